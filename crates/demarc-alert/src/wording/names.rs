//! What people call the things of a site, in place of their ids.

use demarc_model::fault::Fault;
use demarc_model::id::{CameraId, CapabilityId};
use demarc_model::probe::ProbeKind;
use demarc_model::site::Site;
use demarc_model::text::DeviceText;

/// So many names are spelt out; of more, the number is said.
const MOST: usize = 3;

/// The names of one site's parts. What the site does not know keeps its id.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Names<'a>(pub(crate) &'a Site);

impl Names<'_> {
    pub(crate) fn camera(&self, id: &CameraId) -> String {
        let known = self.0.cameras.iter().find(|camera| camera.id == *id);
        known.map_or_else(|| id.to_string(), |camera| clean(&camera.name, id.as_str()))
    }

    pub(crate) fn capability(&self, id: &CapabilityId) -> String {
        let all = self.0.vendor.iter().flat_map(|vendor| &vendor.capabilities);
        let known = all.into_iter().find(|capability| capability.id == *id);
        known.map_or_else(|| id.to_string(), |capability| clean(&capability.name, id.as_str()))
    }

    pub(crate) fn site(&self) -> String {
        clean(&self.0.name, self.0.id.as_str())
    }

    /// `entrance, till 3`, or `12 cameras`-like counts when there are many.
    pub(crate) fn subjects(&self, kind: ProbeKind, subjects: &[String]) -> String {
        if subjects.len() > MOST {
            return format!("{} asked", subjects.len());
        }
        let name = |subject: &String| match CameraId::new(subject) {
            Ok(id) if kind.is_camera() => self.camera(&id),
            Ok(_) | Err(_) => subject.clone(),
        };
        subjects.iter().map(name).collect::<Vec<_>>().join(", ")
    }

    /// A fault in a few words: `camera Entrance hung`, `vendor axis outage: remote access`.
    pub(crate) fn fault(&self, fault: &Fault) -> String {
        match fault {
            Fault::Camera { camera, cause } => format!("camera {} {}", self.camera(camera), cause.name()),
            Fault::Vendor { vendor, capabilities, cause } => {
                let what = capabilities.iter().map(|id| self.capability(id)).collect::<Vec<_>>();
                format!("vendor {vendor} {}: {}", cause.name(), what.join(", "))
            }
            Fault::Segment { .. }
            | Fault::Lan { .. }
            | Fault::Gateway { .. }
            | Fault::Line { .. }
            | Fault::Dns { .. }
            | Fault::Interception { .. }
            | Fault::Agent { .. } => fault.to_string(),
        }
    }

    pub(crate) fn faults(&self, faults: &[Fault]) -> String {
        if faults.is_empty() {
            return "nothing is wrong".to_owned();
        }
        faults.iter().map(|fault| self.fault(fault)).collect::<Vec<_>>().join(" and ")
    }
}

/// A configured name that is shown like text from outside: it may have been copied from a camera.
fn clean(name: &str, id: &str) -> String {
    let name = DeviceText::clean(name);
    if name.is_empty() { id.to_owned() } else { name.to_string() }
}
