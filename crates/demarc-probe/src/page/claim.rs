//! What the page says of the capabilities that the vendor profile finds on it.

use super::{PageReader, unreadable};
use crate::spec::{PageFormat, StatusPage};
use crate::trace::Stop;
use demarc_model::id::CapabilityId;
use demarc_model::page::{PageClaim, PageForm, PageState};
use demarc_model::text::DeviceText;
use demarc_model::time::Timestamp;
use demarc_protocol::statuspage::{Level, Page};

const MOST_INCIDENTS: usize = 20;

impl PageReader {
    /// What all documents of the page say together.
    pub(super) fn claim(&self, what: &StatusPage) -> Result<PageClaim, Stop> {
        let mut pages = self.documents.iter().filter_map(|document| document.page.as_ref());
        let Some(first) = pages.next() else { return Err(unreadable("it says nothing")) };
        let mut page = first.clone();
        pages.for_each(|other| page.join(other.clone()));
        // An incident that is only maintenance is no trouble that is admitted.
        let trouble = page.incidents.iter().filter(|incident| incident.impact != Level::Maintenance);
        Ok(PageClaim {
            form: form(page.format),
            overall: state(page.overall),
            headline: DeviceText::clean(&page.headline),
            capabilities: capabilities(&page, &what.components),
            incidents: trouble
                .take(MOST_INCIDENTS)
                .map(|incident| DeviceText::clean(&incident.name))
                .collect(),
            updated: page.changed.millis().map(Timestamp::from_millis),
            age_s: self.documents.iter().map(|document| document.age_s).max().unwrap_or(0),
            wrong_times: page.is_out_of_time(),
            shared: self.kin.as_ref().map(|(_, shared)| shared.clone()).unwrap_or_default(),
        })
    }
}

/// A component that the profile lists and the page does not is unknown; of several for one capability
/// the worst counts. A page that knows no components speaks of everything together.
fn capabilities(page: &Page, components: &[(String, CapabilityId)]) -> Vec<(CapabilityId, PageState)> {
    if page.components.is_empty() {
        return Vec::new();
    }
    let mut out: Vec<(CapabilityId, Level)> = Vec::new();
    for (name, id) in components {
        let level = page.level_of(name);
        match out.iter_mut().find(|(known, _)| known == id) {
            Some((_, known)) => *known = Level::of_all([*known, level]),
            None => out.push((id.clone(), level)),
        }
    }
    out.into_iter().map(|(id, level)| (id, state(level))).collect()
}

const fn form(format: PageFormat) -> PageForm {
    match format {
        PageFormat::Statuspage
        | PageFormat::Instatus
        | PageFormat::BetterStack
        | PageFormat::Cachet3
        | PageFormat::Cachet2
        | PageFormat::StatusIo
        | PageFormat::OpenStatus => PageForm::Data,
        PageFormat::Rss | PageFormat::Atom => PageForm::Feed,
        PageFormat::Html => PageForm::Words,
    }
}

const fn state(level: Level) -> PageState {
    match level {
        Level::Operational => PageState::Operational,
        Level::Maintenance => PageState::Maintenance,
        Level::Degraded => PageState::Degraded,
        Level::PartialOutage => PageState::PartialOutage,
        Level::Outage => PageState::Outage,
        Level::Unknown => PageState::Unknown,
    }
}
