//! What people call the things of a site, in place of their ids.

use demarc_model::id::{CameraId, CapabilityId};
use demarc_model::probe::ProbeKind;
use demarc_model::site::{Language, Site};
use demarc_model::text::DeviceText;

/// So many names are spelt out; of more, the number is said.
const MOST: usize = 3;

/// The names of one site's parts. What the site does not know keeps its id.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Names<'a>(pub(crate) &'a Site);

impl Names<'_> {
    pub(crate) const fn language(&self) -> Language {
        self.0.language
    }

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

    /// ` (Entrance, Till 3)`, a count when there are many, and nothing for what a site has once.
    pub(crate) fn in_brackets(&self, kind: ProbeKind, subjects: &[String]) -> String {
        if subjects.is_empty() {
            return String::new();
        }
        if subjects.len() > MOST {
            return match self.language() {
                Language::English => format!(" ({} asked)", subjects.len()),
                Language::German => format!(" ({} gefragt)", subjects.len()),
            };
        }
        let name = |subject: &String| match CameraId::new(subject) {
            Ok(id) if kind.is_camera() => self.camera(&id),
            Ok(_) | Err(_) => subject.clone(),
        };
        format!(" ({})", subjects.iter().map(name).collect::<Vec<_>>().join(", "))
    }
}

/// A configured name that is shown like text from outside: it may have been copied from a camera.
fn clean(name: &str, id: &str) -> String {
    let name = DeviceText::clean(name);
    if name.is_empty() { id.to_owned() } else { name.to_string() }
}
