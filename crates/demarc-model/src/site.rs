//! A site as diagnosis sees it: its components and how they hang together.

use crate::id::{CameraId, CapabilityId, ControlId, EndpointId, RegionId, SegmentId, SiteId, VendorId};

/// One branch. Built from a checked configuration; ids are unique within their kind.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Site {
    pub id: SiteId,
    /// What people call the branch.
    pub name: String,
    /// The language in which people there read verdicts.
    #[serde(default)]
    pub language: Language,
    pub segments: Vec<Segment>,
    pub cameras: Vec<Camera>,
    pub controls: Vec<ControlId>,
    /// Whether the site's resolver runs on the gateway, so that they share its fate.
    pub resolver_on_gateway: bool,
    pub vendor: Option<Vendor>,
}

/// A language of verdicts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, serde::Serialize, serde::Deserialize)]
pub enum Language {
    #[default]
    #[serde(rename = "en")]
    English,
    #[serde(rename = "de")]
    German,
}

/// What several cameras share.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Segment {
    pub id: SegmentId,
}

#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Camera {
    pub id: CameraId,
    /// What people call the camera.
    pub name: String,
    /// Absent when the camera hangs directly on the site's network.
    pub segment: Option<SegmentId>,
}

/// The camera vendor whose cloud the site relies on.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Vendor {
    pub id: VendorId,
    pub capabilities: Vec<Capability>,
    /// The service that cameras connect to, where they are asked whether they do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub of_cameras: Option<CapabilityId>,
}

/// A vendor service and the hosts that provide it.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Capability {
    pub id: CapabilityId,
    /// What people call the service: "remote access".
    pub name: String,
    pub endpoints: Vec<Endpoint>,
}

/// A host that provides a service.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Endpoint {
    pub id: EndpointId,
    /// Its name; endpoints that share it are no independent witnesses.
    pub host: String,
    /// The vendor's region that it stands in, where the vendor has several.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region: Option<RegionId>,
    #[serde(default, skip_serializing_if = "Transport::is_tcp")]
    pub transport: Transport,
    #[serde(default, skip_serializing_if = "NamedBy::is_vendor")]
    pub named_by: NamedBy,
}

/// What carries the question to an endpoint. Controls answer by TCP alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Transport {
    #[default]
    Tcp,
    /// Which many firewalls let out to nobody.
    Udp,
}

/// Who says that a host provides the service.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum NamedBy {
    /// The vendor, or who wrote the profile.
    #[default]
    Vendor,
    /// Cameras of the site alone, whose list may be old, or by another hand.
    Cameras,
}

impl NamedBy {
    fn is_vendor(&self) -> bool {
        matches!(self, Self::Vendor)
    }
}

impl Transport {
    fn is_tcp(&self) -> bool {
        matches!(self, Self::Tcp)
    }
}
