//! What one probe saw.

use crate::page::PageClaim;
use crate::probe::ProbeId;
use crate::relay::RelayList;
use crate::symptom::Symptom;
use crate::text::DeviceText;
use crate::time::Timestamp;

/// The result of one probe. A probe yields exactly one; a failed probe is an observation, not an error.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Observation {
    pub probe: ProbeId,
    /// When the probe began.
    pub at: Timestamp,
    pub outcome: Outcome,
    pub phases: Phases,
    /// What was learnt on the way.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub readings: Vec<Reading>,
}

/// How a probe ended.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(tag = "result", rename_all = "kebab-case")]
pub enum Outcome {
    Passed,
    Failed {
        phase: Phase,
        symptom: Symptom,
        /// One sentence for a person: what exactly came back.
        detail: DeviceText,
    },
    /// Not measured. Neither good nor bad: absence of data is not evidence.
    Missing {
        reason: MissingReason,
    },
}

/// The phase in which a probe failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Phase {
    /// Before anything was sent: this host's own state.
    Local,
    Dns,
    Connect,
    Tls,
    FirstByte,
    Body,
    Authentication,
    /// Everything arrived; what it says is the failure.
    Content,
}

/// Why a probe was not carried out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum MissingReason {
    /// This host does not permit it: no ICMP socket.
    NotPermitted,
    /// The device has no such service: ONVIF switched off, old firmware without the call.
    NotOffered,
    /// The camera's budget of requests or failed logins is spent.
    Budget,
    /// An earlier probe that this one needs did not succeed.
    Prerequisite,
    /// No identity is pinned for the device yet, or it changed; no password is sent.
    Unpinned,
    /// What was seen proves nothing yet; it takes another look.
    Undecided,
    /// The agent itself stalled or was stopping.
    Agent,
}

/// How long each phase took, in microseconds. A phase that did not happen is absent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
pub struct Phases {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dns_us: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub connect_us: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tls_us: Option<u32>,
    /// From the request sent to the first byte of the answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first_byte_us: Option<u32>,
    /// From the start of the probe to its end.
    pub total_us: u32,
}

/// Something measured or read on the way, kept as evidence.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reading {
    /// The address that was really contacted.
    Peer(std::net::SocketAddr),
    HttpStatus(u16),
    /// The device's clock less ours, in milliseconds. Of a camera that was asked for something else, what the
    /// `Date` of its answer says, where that is further off than it may be.
    ClockOffsetMs(i64),
    UptimeS(u64),
    BootId(DeviceText),
    /// When the device started, by our clock.
    StartedAt(Timestamp),
    Serial(DeviceText),
    Model(DeviceText),
    Firmware(DeviceText),
    TlsIssuer(DeviceText),
    TlsNotAfter(Timestamp),
    /// The authentication realm, which on Axis cameras carries the serial number.
    Realm(DeviceText),
    /// Which means something answered by: `icmp`, `tcp`, `neighbour`, `tls`.
    Means(DeviceText),
    /// The speed of a link, in Mbit/s, as its driver says.
    LinkMbit(u32),
    /// Packets that a link received or sent damaged since it came up.
    LinkErrors(u64),
    /// The largest packet, in bytes, that this host believes the way to the peer to take.
    PathMtu(u32),
    /// Of the devices that have the address, as twelve hexadecimal digits each.
    HardwareAddresses(Vec<DeviceText>),
    /// The routers on the way, nearest first; nothing for one that did not say that it is there.
    Hops(Vec<Option<std::net::IpAddr>>),
    /// Where the site's packets come from, as a server on the Internet sees it: what the operator knows the
    /// line by.
    PublicAddress(std::net::IpAddr),
    /// Where the network itself says that its captive portal is, checked or not.
    CaptivePortal(DeviceText),
    Page(PageClaim),
    /// How far the proof of video got.
    Stream(StreamProof),
    /// The relays that a camera would connect to.
    Relays(RelayList),
}

/// What was proved of a camera's stream; each step proves more than the one before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum StreamProof {
    /// The port accepts connections.
    Connected,
    /// What listens there speaks RTSP.
    Answered,
    /// It describes a video track.
    Described,
    SetUp,
    /// It says that it plays.
    Playing,
    /// Packets come.
    Packets,
    /// A picture that needs no other to be shown began to arrive.
    KeyFrame,
}

impl Observation {
    /// What diagnosis needs to know; nothing for a probe that was not carried out.
    pub fn symptom(&self) -> Option<Symptom> {
        match &self.outcome {
            Outcome::Passed => Some(Symptom::Passed),
            Outcome::Failed { symptom, .. } => Some(*symptom),
            Outcome::Missing { .. } => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::probe::ProbeKind;

    #[test]
    fn a_failed_probe_reads_back_as_it_was_written() {
        let observation = Observation {
            probe: ProbeId::new(ProbeKind::CameraLogin, "entrance"),
            at: Timestamp::from_millis(1_645_376_400_000),
            outcome: Outcome::Failed {
                phase: Phase::Authentication,
                symptom: Symptom::Rejected,
                detail: DeviceText::clean("401 to a fresh nonce"),
            },
            phases: Phases { connect_us: Some(400), total_us: 2_100, ..Phases::default() },
            readings: vec![Reading::HttpStatus(401)],
        };
        let json = serde_json::to_string(&observation).unwrap();
        assert_eq!(
            json,
            r#"{"probe":"camera.login/entrance","at":"2022-02-20T17:00:00.000Z","outcome":{"result":"failed","phase":"authentication","symptom":"rejected","detail":"401 to a fresh nonce"},"phases":{"connect_us":400,"total_us":2100},"readings":[{"http-status":401}]}"#
        );
        assert_eq!(serde_json::from_str::<Observation>(&json).unwrap(), observation);
    }
}
