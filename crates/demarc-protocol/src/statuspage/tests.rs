use super::*;
use proptest::prelude::*;

/// 2022-02-20T17:00:00Z.
const NOW_MS: i64 = 1_645_376_400_000;

#[test]
fn of_several_words_the_worst_admitted_counts_and_unknown_is_never_well() {
    use Level as L;
    let cases: [(&[L], L); 8] = [
        (&[], L::Unknown),
        (&[L::Operational], L::Operational),
        (&[L::Operational, L::Maintenance], L::Maintenance),
        (&[L::Operational, L::Unknown], L::Unknown),
        (&[L::Maintenance, L::Unknown], L::Unknown),
        (&[L::Degraded, L::Unknown], L::Degraded),
        (&[L::Outage, L::PartialOutage, L::Operational], L::Outage),
        (&[L::Unknown], L::Unknown),
    ];
    for (levels, expected) in cases {
        assert_eq!(Level::of_all(levels.iter().copied()), expected, "{levels:?}");
    }
}

#[test]
fn a_component_is_found_by_its_name_and_otherwise_unknown() {
    let text = r#"{"page":{},"status":{"indicator":"none"},"components":[
        {"name":" Remote <b>Access</b> ","status":"operational"},{"name":"remote access","status":"major_outage"},
        {"name":"Login","status":"operational"},{"name":7,"status":"operational"}]}"#;
    let page = read(text.as_bytes(), NOW_MS).unwrap();
    let cases =
        [("Remote Access", Level::Outage), ("LOGIN ", Level::Operational), ("Licences", Level::Unknown)];
    for (name, expected) in cases {
        assert_eq!(page.level_of(name), expected, "{name}");
    }
}

#[test]
fn a_second_document_adds_what_the_first_does_not_say() {
    let mut page = read(br#"{"data":{"status":"operational","message":"All is well"}}"#, NOW_MS).unwrap();
    let list = r#"{"data":[{"attributes":{"name":"Relay","status":{"value":4}}}],"links":{"next":null}}"#;
    page.join(read(list.as_bytes(), NOW_MS).unwrap());
    let expected = Page {
        format: Format::Cachet3,
        overall: Level::Operational,
        headline: "All is well".to_owned(),
        components: vec![Component { name: "Relay".to_owned(), level: Level::Outage }],
        incidents: Vec::new(),
        changed: Moment::Untold,
    };
    assert_eq!(page, expected);
}

#[test]
fn a_page_in_another_form_than_the_one_asked_for_is_an_error() {
    let text = br#"{"status":"operational"}"#;
    assert_eq!(read_as(Format::OpenStatus, text, NOW_MS).unwrap().overall, Level::Operational);
    let error = read_as(Format::Statuspage, text, NOW_MS).unwrap_err();
    assert_eq!(error.to_string(), "it is in the form openstatus, and not in the form statuspage");
}

#[test]
fn work_is_bounded_however_much_is_sent() {
    let statuspage =
        |list: &str| format!(r#"{{"page":{{}},"status":{{"indicator":"none"}},"incidents":[{list}]}}"#);
    let item = "<item><title>Outage</title></item>";
    let cases = [
        statuspage(&vec![r#"{"name":"x"}"#; 1_000_000].join(",")),
        statuspage(&"[".repeat(1_000_000)),
        format!("<rss><channel>{}</channel></rss>", item.repeat(200_000)),
        format!("<rss><channel>{}</channel></rss>", "<a>".repeat(1_000_000)),
        r#"<?xml version="1.0"?><!DOCTYPE rss [<!ENTITY a "lol"><!ENTITY b "&a;&a;">]><rss>&b;</rss>"#
            .to_owned(),
    ];
    for text in &cases {
        assert!(read(text.as_bytes(), NOW_MS).is_err(), "{}", &text[..100]);
    }
    let many = statuspage(&vec![r#"{"name":"x"}"#; 10_000].join(","));
    assert_eq!(read(many.as_bytes(), NOW_MS).unwrap().incidents.len(), MOST_INCIDENTS);
    let legend = format!("<html>{}</html>", "<p>Relay</p><p>Major outage</p>".repeat(60_000));
    let page = read(legend.as_bytes(), NOW_MS).unwrap();
    assert_eq!((page.components.len(), page.overall), (MOST_COMPONENTS, Level::Outage));
}

#[test]
fn a_page_for_people_names_its_feeds() {
    let html = br#"<html><head><link rel="alternate" type="application/atom+xml" href="/history.atom">
        <link rel='alternate' type='application/rss+xml' href='https://status.example/rss'><link rel="icon" href="/i">
        <link rel="alternate" type="application/rss+xml" href>"#;
    assert_eq!(feeds(html), ["/history.atom", "https://status.example/rss"]);
}

proptest! {
    #[test]
    fn no_page_is_too_strange(text in r#"([{}\[\]":,0-9]|page|status|data|"components"|<rss|<feed|<html|<item>|</?[a-z]{1,6}>|<!--|&[a-z#0-9;]{0,4}|\PC){0,80}"#) {
        _ = read(text.as_bytes(), NOW_MS);
    }

    #[test]
    fn no_bytes_are_too_strange(start in "(\\{\"page\":|<rss>|<html>|<feed>|)", bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        _ = read(&[start.as_bytes(), &bytes].concat(), NOW_MS);
    }
}
