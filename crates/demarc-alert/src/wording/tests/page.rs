use crate::sample::{camera_fault, incident, time, vendor_outage};
use crate::wording::frame;
use crate::wording::overview::status;
use demarc_model::fault::CameraCause;
use demarc_model::incident::Incident;
use demarc_model::page::{PageForm, PageState, Shared};
use demarc_model::site::Language;
use demarc_model::text::DeviceText;
use demarc_model::verdict::{PageRelation, PageStanding};
use std::time::Duration;

#[test]
fn a_page_that_counts_for_less_says_why() {
    let page = |form, wrong_times, shared: &[Shared], relation| PageStanding {
        relation,
        overall: PageState::Outage,
        headline: DeviceText::default(),
        updated: None,
        read: time("16:42:30"),
        form,
        wrong_times,
        shared: shared.to_vec(),
    };
    let cases = [
        (
            page(PageForm::Words, true, &[Shared::Address], PageRelation::Agrees),
            "the vendor's page says that there is an outage (it does not say when it changed): it agrees; \
             only its words can be read; its times cannot be right",
        ),
        (
            page(PageForm::Data, false, &[Shared::Network, Shared::NameServers], PageRelation::Silent),
            "the vendor's page cannot be read; it shares a network with what it reports on",
        ),
        (
            page(PageForm::Feed, false, &[], PageRelation::SaysNothing),
            "the vendor's page says that there is an outage (it does not say when it changed): it has no \
             word for what is asked; it is a feed",
        ),
    ];
    for (page, expected) in cases {
        assert_eq!(status(&page, time("16:42:30"), Language::English), expected);
    }
}

#[test]
fn the_lag_of_a_page_is_told_from_the_onset() {
    let base = incident(vendor_outage());
    let onset = base.verdict.since;
    let minutes = |n: u64| Duration::from_secs(60 * n);
    let at = |page_admitted, closed| Incident { page_admitted, closed, ..base.clone() };
    let cases = [
        (at(None, None), Some("the vendor's page has not admitted it so far")),
        (at(None, Some(onset.plus(minutes(90)))), Some("the vendor's page never admitted it")),
        (
            at(Some(onset.plus(minutes(22))), None),
            Some("the vendor's page admitted it 22 min after the onset"),
        ),
        (
            at(Some(onset.minus(minutes(3))), None),
            Some("the vendor's page reported trouble 3 min before the onset"),
        ),
    ];
    for (told, expected) in cases {
        assert_eq!(frame::page_lag(&told, Language::English).as_deref(), expected);
    }
    let camera = incident(camera_fault(CameraCause::Unreachable));
    assert_eq!(frame::page_lag(&camera, Language::English), None);
}
