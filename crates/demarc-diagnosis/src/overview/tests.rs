use super::*;
use crate::likelihood::Likelihood;
use crate::policy::Policy;
use crate::table::When;
use demarc_model::id::{CapabilityId, EndpointId, SiteId, VendorId};
use demarc_model::observation::{Outcome, Phases};
use demarc_model::probe::ProbeId;
use demarc_model::site::{Capability, Endpoint, Language, NamedBy, Site, Transport, Vendor};

const NOW: Timestamp = Timestamp::from_millis(1_645_466_400_000);

fn capability(id: &str) -> CapabilityId {
    CapabilityId::new(id).unwrap()
}

fn layout() -> Layout {
    let offered = |id: &str| Capability {
        id: capability(id),
        name: id.to_owned(),
        endpoints: vec![Endpoint {
            id: EndpointId::new(id).unwrap(),
            host: format!("{id}.example"),
            region: None,
            transport: Transport::Tcp,
            named_by: NamedBy::Vendor,
        }],
    };
    let site = Site {
        id: SiteId::new("site").unwrap(),
        name: "Site".to_owned(),
        segments: Vec::new(),
        cameras: Vec::new(),
        controls: Vec::new(),
        language: Language::English,
        resolver_on_gateway: false,
        vendor: Some(Vendor {
            of_cameras: None,
            id: VendorId::new("axis").unwrap(),
            capabilities: vec![offered("relay"), offered("login")],
        }),
    };
    let probes = [ProbeId::new(ProbeKind::VendorStatus, "axis")];
    let policy = Policy::default();
    let likelihood = Likelihood::new(When::ResolverElsewhere, &policy);
    Layout::new(site, &probes, &likelihood, policy.correlation())
}

fn ago(minutes: u64) -> Timestamp {
    NOW.minus(Duration::from_secs(60 * minutes))
}

/// A page that admits trouble with the relay and knows nothing of the login.
fn claim() -> PageClaim {
    PageClaim {
        form: PageForm::Data,
        overall: PageState::Unknown,
        headline: DeviceText::default(),
        capabilities: vec![(capability("relay"), PageState::Outage)],
        incidents: Vec::new(),
        updated: Some(ago(30)),
        age_s: 0,
        wrong_times: false,
        shared: Vec::new(),
    }
}

fn look(latest: &mut Latest, layout: &Layout, at: Timestamp, claim: PageClaim) {
    let observation = Observation {
        probe: ProbeId::new(ProbeKind::VendorStatus, "axis"),
        at,
        outcome: Outcome::Passed,
        phases: Phases::default(),
        readings: vec![Reading::Page(claim)],
    };
    latest.note(layout, 0, Symptom::Passed, &observation);
}

#[test]
fn an_admission_counts_by_how_it_is_made_and_how_old_it_is() {
    let layout = layout();
    let cases = [
        (ago(0), claim(), (vec![0], 2.3)),
        (ago(0), PageClaim { form: PageForm::Feed, ..claim() }, (vec![0], 1.4)),
        (ago(0), PageClaim { form: PageForm::Words, ..claim() }, (vec![0], 0.7)),
        (ago(14), claim(), (vec![0], 2.3)),
        (ago(16), claim(), (vec![], 0.0)),
        (ago(0), PageClaim { age_s: 86_400, ..claim() }, (vec![], 0.0)),
        (ago(0), PageClaim { updated: Some(ago(6 * 1440)), ..claim() }, (vec![0], 2.3)),
        (ago(0), PageClaim { updated: Some(ago(8 * 1440)), ..claim() }, (vec![], 0.0)),
        (ago(0), PageClaim { updated: None, ..claim() }, (vec![0], 2.3)),
    ];
    for (at, claim, expected) in cases {
        let mut latest = Latest::new(&layout);
        look(&mut latest, &layout, at, claim.clone());
        assert_eq!(latest.admitted_now(&layout, NOW), expected, "{at} {claim:?}");
    }
}

#[test]
fn a_page_without_a_word_on_what_fails_says_nothing() {
    let layout = layout();
    let mut latest = Latest::new(&layout);
    let since = ago(5);
    let relation = |latest: &Latest, failing: &[usize]| {
        let fails = Some((since, failing)).filter(|_| !failing.is_empty());
        latest.overview_with_page(&layout, NOW, fails).page.map(|page| page.relation)
    };
    assert_eq!(relation(&latest, &[1]), None);
    look(&mut latest, &layout, ago(0), claim());
    assert_eq!(relation(&latest, &[0]), Some(PageRelation::Agrees));
    assert_eq!(relation(&latest, &[1]), Some(PageRelation::SaysNothing));
    assert_eq!(relation(&latest, &[]), Some(PageRelation::CriesWolf));
    look(&mut latest, &layout, ago(0), PageClaim { capabilities: Vec::new(), ..claim() });
    assert_eq!(relation(&latest, &[]), Some(PageRelation::SaysNothing));
}

#[test]
fn an_admission_lasts_from_its_first_look_to_the_one_that_takes_it_back() {
    let layout = layout();
    let mut latest = Latest::new(&layout);
    let green = || PageClaim { overall: PageState::Operational, capabilities: Vec::new(), ..claim() };
    let looks = [
        (9, green(), None),
        (8, claim(), Some(ago(8))),
        (7, claim(), Some(ago(8))),
        (6, green(), None),
        (5, claim(), Some(ago(5))),
    ];
    for (minutes, claim, expected) in looks {
        look(&mut latest, &layout, ago(minutes), claim);
        assert_eq!(latest.admitting_since(&[0, 1]), expected, "{minutes} min ago");
        assert_eq!(latest.admitting_since(&[1]), None);
    }
}

#[test]
fn what_a_page_shares_is_remembered_when_it_falls_silent() {
    let layout = layout();
    let mut latest = Latest::new(&layout);
    look(&mut latest, &layout, ago(2), PageClaim { shared: vec![Shared::Address], ..claim() });
    let silent = Observation {
        probe: ProbeId::new(ProbeKind::VendorStatus, "axis"),
        at: ago(1),
        outcome: Outcome::Passed,
        phases: Phases::default(),
        readings: Vec::new(),
    };
    latest.note(&layout, 0, Symptom::Timeout, &silent);
    let page = latest.overview_with_page(&layout, NOW, None).page.unwrap();
    assert_eq!((page.relation, page.shared), (PageRelation::Silent, vec![Shared::Address]));
}
