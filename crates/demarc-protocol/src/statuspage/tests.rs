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

/// What is well in each form that has values: a document, the place of a status, and the component that it is
/// of; none is the whole.
const WELL: [(&str, &str, Option<&str>); 15] = [
    (STATUSPAGE, "/status", None),
    (STATUSPAGE, "/status/indicator", None),
    (STATUSPAGE, "/components/0/status", Some("Relay")),
    (INSTATUS, "/page/status", None),
    (INSTATUS, "/components/0/status", Some("Relay")),
    (INSTATUS, "/components/0/children/0/status", Some("Europe")),
    (BETTER_STACK, "/data/attributes/aggregate_state", None),
    (BETTER_STACK, "/included/0/attributes/status", Some("Relay")),
    (r#"{"data":{"status":"operational","message":"All is well"}}"#, "/data/status", None),
    (CACHET_3, "/data/0/attributes/status", None),
    (CACHET_3, "/data/0/attributes/status/value", Some("Relay")),
    (CACHET_2, "/data/0/status", Some("Relay")),
    (STATUS_IO, "/result/status_overall/status_code", None),
    (STATUS_IO, "/result/status/0/status_code", Some("Relay")),
    (r#"{"status":"operational"}"#, "/status", None),
];
const STATUSPAGE: &str = r#"{"page":{"id":"x"},"status":{"indicator":"none","description":"All is well"},
    "components":[{"name":"Relay","status":"operational"}]}"#;
const INSTATUS: &str = r#"{"page":{"name":"Vendor","status":"UP"},"components":[
    {"name":"Relay","status":"OPERATIONAL","children":[{"name":"Europe","status":"OPERATIONAL"}]}]}"#;
const BETTER_STACK: &str = r#"{"data":{"type":"status_page","attributes":{"aggregate_state":"operational"}},
    "included":[{"type":"status_page_resource","attributes":{"public_name":"Relay","status":"operational"}}]}"#;
const CACHET_3: &str = r#"{"data":[{"type":"components","attributes":{"name":"Relay","status":{"value":1}}}],
    "links":{"next":null}}"#;
const CACHET_2: &str = r#"{"meta":{"pagination":{"total_pages":1}},
    "data":[{"name":"Relay","status":1,"status_name":"Operational"}]}"#;
const STATUS_IO: &str = r#"{"result":{"status_overall":{"status":"Operational","status_code":100},
    "status":[{"name":"Relay","status_code":100}],"incidents":[],"maintenance":{}}}"#;

/// Values of all types, with all that means "well" among them. No text is a number: some versions write codes so.
fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        prop_oneof![Just(1), Just(100), any::<i64>()].prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        "operational|OPERATIONAL|none|UP|[a-zA-Z_ ]{0,12}".prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 16, 4, |inner| {
        let member = ("status|indicator|value|status_code|name|[a-z]{1,6}", inner.clone());
        prop_oneof![
            proptest::collection::vec(inner, 0..4).prop_map(Value::from),
            proptest::collection::vec(member, 0..4)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

fn level_at(document: &Value, of: Option<&str>) -> Option<Level> {
    let page = read(document.to_string().as_bytes(), NOW_MS).ok()?;
    Some(of.map_or(page.overall, |name| page.level_of(name)))
}

proptest! {
    /// Fault S03 of the table of hostile input.
    #[test]
    fn a_status_of_another_type_never_says_that_all_is_well(at in 0..WELL.len(), other in any_json()) {
        let (text, place, of) = WELL[at];
        let mut document: Value = serde_json::from_str(text).unwrap();
        prop_assert_eq!(level_at(&document, of), Some(Level::Operational), "{} {}", text, place);
        let status = document.pointer_mut(place).unwrap();
        prop_assume!(std::mem::discriminant(status) != std::mem::discriminant(&other));
        *status = other;
        prop_assert_ne!(level_at(&document, of), Some(Level::Operational), "{}", document);
    }

    #[test]
    fn no_page_is_too_strange(text in r#"([{}\[\]":,0-9]|page|status|data|"components"|<rss|<feed|<html|<item>|</?[a-z]{1,6}>|<!--|&[a-z#0-9;]{0,4}|\PC){0,80}"#) {
        _ = read(text.as_bytes(), NOW_MS);
    }

    #[test]
    fn no_bytes_are_too_strange(start in "(\\{\"page\":|<rss>|<html>|<feed>|)", bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        _ = read(&[start.as_bytes(), &bytes].concat(), NOW_MS);
    }
}
