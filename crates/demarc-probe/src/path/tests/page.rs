use super::servers::{
    Authority, Dates, LOCALHOST, Manner, Resolver, a, closed, http, name_server, resolve, serve, serve_tls,
    tcp, udp,
};
use super::{End, end, probe};
use crate::net::Net;
use crate::spec::{PageFormat, PathProbe, StatusPage};
use demarc_model::id::CapabilityId;
use demarc_model::observation::{MissingReason, Phase, Reading};
use demarc_model::page::{PageClaim, PageForm, PageState, Shared};
use demarc_model::symptom::Symptom;
use demarc_model::text::DeviceText;
use demarc_model::time::Timestamp;
use std::net::SocketAddr;

const fn content(symptom: Symptom) -> End {
    End::Failed(Phase::Content, symptom)
}

/// URLs here hold addresses, so no resolver is asked.
fn nobody() -> SocketAddr {
    SocketAddr::from((LOCALHOST, 1))
}

#[tokio::test]
async fn the_portal_check_passes_only_on_the_known_answer() {
    let login = "<html>Welcome to Hotel WLAN</html>";
    let cases = [
        (None, http("204 No Content", &[], ""), End::Passed),
        (None, http("200 OK", &[], login), content(Symptom::Redirected)),
        (None, http("302 Found", &["Location: http://10.0.0.1/login"], ""), content(Symptom::Redirected)),
        (None, http("511 Network Authentication Required", &[], login), content(Symptom::Redirected)),
        (None, http("403 Forbidden", &[], ""), content(Symptom::Redirected)),
        (None, http("502 Bad Gateway", &[], ""), content(Symptom::ServerError)),
        (None, b"garbage\r\n\r\n".to_vec(), End::Failed(Phase::FirstByte, Symptom::Garbage)),
        (Some("success\n"), http("200 OK", &[], "success\n"), End::Passed),
        (Some("success"), http("200 OK", &[], "success\r\n"), End::Passed),
        (Some("success"), http("200 OK", &[], "successful login"), content(Symptom::Redirected)),
        (Some("success"), http("200 OK", &[], &"x".repeat(100_000)), content(Symptom::Redirected)),
        (Some("success"), http("204 No Content", &[], ""), End::Passed),
    ];
    let net = Net::new(None).unwrap();
    for (body, answer, expected) in cases {
        let (listener, address) = tcp().await;
        let what = PathProbe::Portal {
            url: format!("http://{address}/generate_204"),
            body: body.map(str::to_owned),
            resolver: nobody(),
        };
        let seen = probe(&net, what, serve(listener, vec![Manner::Says(answer)])).await;
        assert_eq!(end(&seen), expected, "{seen:?}");
    }
}

#[tokio::test]
async fn the_portal_check_finds_its_page_by_name() {
    let net = Net::new(None).unwrap();
    let (listener, address) = tcp().await;
    let (socket, resolver) = udp().await;
    let url = format!("http://check.example:{}/", address.port());
    let what = PathProbe::Portal { url, body: None, resolver };
    let records = Resolver::Records(vec![("check.example.", a([127, 0, 0, 1]))]);
    let server = async {
        let answer = Manner::Says(http("204 No Content", &[], ""));
        tokio::join!(serve(listener, vec![answer]), resolve(socket, records));
    };
    let seen = probe(&net, what, server).await;
    assert_eq!((end(&seen), seen.phases.dns_us.is_some()), (End::Passed, true), "{seen:?}");
}

#[tokio::test]
async fn the_hosts_clock_is_measured_against_a_web_server() {
    let date = |text: &str| http("204 No Content", &[&format!("Date: {text}")], "");
    let unmeasured = End::Missing(MissingReason::Prerequisite);
    let cases = [
        (date("Sun, 20 Feb 2022 17:00:00 GMT"), End::Passed),
        (date("Sun, 20 Feb 2022 17:00:59 GMT"), End::Passed),
        (date("Sun, 20 Feb 2022 17:01:30 GMT"), content(Symptom::Clock)),
        (date("Sun, 20 Feb 2022 16:50:00 GMT"), content(Symptom::Clock)),
        (date("yesterday"), unmeasured),
        (http("204 No Content", &[], ""), unmeasured),
        (b"garbage\r\n\r\n".to_vec(), unmeasured),
    ];
    let net = Net::new(None).unwrap();
    for (answer, expected) in cases {
        let (listener, address) = tcp().await;
        let what = PathProbe::HostClock { url: format!("http://{address}/"), servers: vec![] };
        let seen = probe(&net, what, serve(listener, vec![Manner::Says(answer)])).await;
        assert_eq!(end(&seen), expected, "{seen:?}");
        let measured = seen.readings.iter().any(|reading| matches!(reading, Reading::ClockOffsetMs(_)));
        assert_eq!(measured, expected != unmeasured, "{seen:?}");
    }
    let (_kept, refusing) = closed();
    let what = PathProbe::HostClock { url: format!("http://{refusing}/"), servers: vec![] };
    let seen = probe(&net, what, std::future::pending()).await;
    assert_eq!(end(&seen), unmeasured, "{seen:?}");
}

const SUMMARY: &str = r#"{
    "page": {"id": "x", "name": "Vendor", "updated_at": "2022-02-20T16:30:00.000Z"},
    "status": {"indicator": "major", "description": "Partial\u001b[31m System Outage"},
    "components": [
        {"id": "1", "name": "Remote Access ", "status": "major_outage"},
        {"id": "2", "name": "Website", "status": "operational"}],
    "incidents": [{"id": "3", "name": "Remote access is down", "status": "investigating", "created_at": "2022-02-20T16:00:00Z"}]}"#;

fn capability(text: &str) -> CapabilityId {
    CapabilityId::new(text).unwrap()
}

fn page(url: String, resolver: SocketAddr) -> PathProbe {
    let components = vec![
        ("remote access".to_owned(), capability("remote-access")),
        ("Licences".to_owned(), capability("licences")),
    ];
    let format = Some(PageFormat::Statuspage);
    PathProbe::StatusPage(StatusPage { url, format, components, hosts: Vec::new(), resolver, private: true })
}

fn claim() -> PageClaim {
    PageClaim {
        form: PageForm::Data,
        overall: PageState::PartialOutage,
        headline: DeviceText::clean("Partial[31m System Outage"),
        capabilities: vec![
            (capability("remote-access"), PageState::Outage),
            (capability("licences"), PageState::Unknown),
        ],
        incidents: vec![DeviceText::clean("Remote access is down")],
        updated: Some("2022-02-20T16:30:00Z".parse::<Timestamp>().unwrap()),
        age_s: 0,
        wrong_times: false,
        shared: Vec::new(),
    }
}

#[tokio::test]
async fn a_status_page_is_read_over_https_by_name() {
    let authority = Authority::new("Site CA");
    let net = Net::new(Some(authority.file.path())).unwrap();
    let (listener, address) = tcp().await;
    let (socket, resolver) = udp().await;
    let server = async {
        let tls = authority.server("status.example", Dates::Now);
        let records = Resolver::Records(vec![("status.example.", a([127, 0, 0, 1]))]);
        let pages = serve_tls(listener, tls, Manner::Says(http("200 OK", &[], SUMMARY)));
        tokio::join!(pages, resolve(socket, records));
    };
    let url = format!("https://status.example:{}/api/v2/summary.json", address.port());
    let seen = probe(&net, page(url, resolver), server).await;
    let expected = vec![
        Reading::Peer(address),
        Reading::TlsIssuer(DeviceText::clean("CN=Site CA")),
        Reading::TlsNotAfter("2120-01-01T00:00:00Z".parse().unwrap()),
        Reading::HttpStatus(200),
        Reading::Page(claim()),
    ];
    assert_eq!((end(&seen), &seen.readings), (End::Passed, &expected), "{seen:?}");
}

#[tokio::test]
async fn a_status_page_is_a_page_of_the_vendor_in_the_known_shape() {
    let found =
        |target: &str| Manner::Says(http("301 Moved Permanently", &[&format!("Location: {target}")], ""));
    let says = |text: &str| Manner::Says(http("200 OK", &[], text));
    let long = SUMMARY.replace("\"page\"", &format!("{}\"page\"", " ".repeat(2 << 20)));
    let cases = [
        (vec![says(SUMMARY)], End::Passed),
        (vec![found("/moved"), found("/again"), found("/once-more"), says(SUMMARY)], End::Passed),
        (vec![found("/for-ever")], content(Symptom::Redirected)),
        (vec![found("http://127.0.0.2:1/elsewhere")], content(Symptom::Redirected)),
        (vec![found("ftp://127.0.0.1/")], content(Symptom::Redirected)),
        (vec![Manner::Says(http("302 Found", &[], ""))], content(Symptom::Redirected)),
        (vec![says("<!DOCTYPE html><html>All Systems Operational</html>")], content(Symptom::Garbage)),
        (vec![says(&long)], content(Symptom::Garbage)),
        (vec![Manner::Says(http("404 Not Found", &[], "{}"))], content(Symptom::Garbage)),
        (vec![Manner::Says(http("503 Service Unavailable", &[], ""))], content(Symptom::ServerError)),
        (
            vec![Manner::SaysAndWaits(b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{".to_vec())],
            End::Failed(Phase::Body, Symptom::Hung),
        ),
        (
            vec![Manner::Says(b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{".to_vec())],
            End::Failed(Phase::Body, Symptom::Hung),
        ),
    ];
    let net = Net::new(None).unwrap();
    for (manners, expected) in cases {
        let (listener, address) = tcp().await;
        let what = page(format!("http://{address}/api/v2/summary.json"), nobody());
        let seen = probe(&net, what, serve(listener, manners)).await;
        assert_eq!(end(&seen), expected, "{seen:?}");
        let page = seen.readings.iter().find(|reading| matches!(reading, Reading::Page(_)));
        assert_eq!(page, (expected == End::Passed).then_some(&Reading::Page(claim())));
    }
}

/// Fault N04 of the table of hostile input: the name of a page leads into the branch.
#[tokio::test]
async fn a_status_page_is_not_looked_for_in_the_branch() {
    let net = Net::new(None).unwrap();
    let (listener, address) = tcp().await;
    let (socket, resolver) = udp().await;
    let PathProbe::StatusPage(page) = page(format!("http://status.example:{}/", address.port()), resolver)
    else {
        unreachable!("a page is a page")
    };
    let what = PathProbe::StatusPage(StatusPage { private: false, ..page });
    let records = Resolver::Records(vec![("status.example.", a([127, 0, 0, 1]))]);
    let server = async {
        let pages = serve(listener, vec![Manner::Says(http("200 OK", &[], SUMMARY))]);
        tokio::join!(pages, resolve(socket, records));
    };
    let seen = probe(&net, what, server).await;
    assert_eq!(end(&seen), End::Failed(Phase::Dns, Symptom::NameWrong), "{seen:?}");
}

/// Fault S08 of the table of hostile input: what a cache hands out is as old as the cache says, also when that
/// is more than a number holds.
#[tokio::test]
async fn a_copy_of_a_status_page_is_as_old_as_the_cache_says() {
    let net = Net::new(None).unwrap();
    for (age, age_s) in [("77", 77), ("86400", 86_400), ("99999999999", u32::MAX), ("soon", 0)] {
        let (listener, address) = tcp().await;
        let what = page(format!("http://{address}/"), nobody());
        let copy = http("200 OK", &[&format!("Age: {age}")], SUMMARY);
        let seen = probe(&net, what, serve(listener, vec![Manner::Says(copy)])).await;
        let told = Reading::Page(PageClaim { age_s, ..claim() });
        assert_eq!(seen.readings.last(), Some(&told), "{age}: {seen:?}");
    }
}

/// Fault S07 of the table of hostile input: a time that cannot be tells nothing, and is marked.
#[tokio::test]
async fn a_status_page_with_times_that_cannot_be_is_marked() {
    let net = Net::new(None).unwrap();
    let (page_s, incident_s) = ("2022-02-20T16:30:00.000Z", "2022-02-20T16:00:00Z");
    let ends_before_it_begins = r#"2022-02-20T16:00:00Z", "updated_at": "2022-02-20T15:00:00Z"#;
    let marked = PageClaim { wrong_times: true, ..claim() };
    let untold = PageClaim { updated: None, ..marked.clone() };
    let cases = [
        (incident_s, incident_s, claim()),
        (incident_s, "2022-02-20T17:05:00Z", claim()),
        (incident_s, "2022-02-20T18:00:00Z", marked.clone()),
        (incident_s, "2031-01-01T00:00:00Z", marked.clone()),
        (incident_s, "1970-01-01T00:00:00Z", marked.clone()),
        (incident_s, ends_before_it_begins, marked),
        (page_s, "2031-01-01T00:00:00Z", untold.clone()),
        (page_s, "1970-01-01T00:00:00Z", untold),
    ];
    for (instead_of, time, expected) in cases {
        let (listener, address) = tcp().await;
        let what = page(format!("http://{address}/"), nobody());
        let answer = http("200 OK", &[], &SUMMARY.replace(instead_of, time));
        let seen = probe(&net, what, serve(listener, vec![Manner::Says(answer)])).await;
        assert_eq!(seen.readings.last(), Some(&Reading::Page(expected)), "{time}: {seen:?}");
    }
}

/// A page beside the service it reports on, by another name: the same network, and the same name server.
#[tokio::test]
async fn a_status_page_that_does_not_stand_apart_is_found_out_by_names_and_addresses() {
    let net = Net::new(None).unwrap();
    let server_of = |zone: &'static str, server: &str| (zone, name_server(server));
    let apart = vec![
        ("status.pages.example.", a([127, 0, 0, 1])),
        ("relay.vendor.example.", a([127, 0, 7, 1])),
        server_of("pages.example.", "ns1.pages.example."),
        server_of("vendor.example.", "ns1.vendor.example."),
    ];
    let beside = vec![
        ("status.pages.example.", a([127, 0, 0, 1])),
        ("relay.vendor.example.", a([127, 0, 0, 9])),
        server_of("pages.example.", "ns1.host.example."),
        server_of("vendor.example.", "NS1.host.example."),
    ];
    let same = vec![
        ("status.pages.example.", a([127, 0, 0, 1])),
        ("relay.vendor.example.", a([127, 0, 0, 1])),
        server_of("pages.example.", "ns1.pages.example."),
    ];
    let cases = [
        (apart, vec![]),
        (beside, vec![Shared::Network, Shared::NameServers]),
        (same, vec![Shared::Address]),
    ];
    for (records, expected) in cases {
        let (listener, address) = tcp().await;
        let (socket, resolver) = udp().await;
        let what = PathProbe::StatusPage(StatusPage {
            url: format!("http://status.pages.example:{}/", address.port()),
            format: None,
            components: Vec::new(),
            hosts: vec!["relay.vendor.example".to_owned()],
            resolver,
            private: true,
        });
        let server = async {
            let pages = serve(listener, vec![Manner::Says(http("200 OK", &["Age: 77"], SUMMARY))]);
            tokio::join!(pages, resolve(socket, Resolver::Records(records)));
        };
        let seen = probe(&net, what, server).await;
        let claim = seen.readings.iter().find_map(|reading| match reading {
            Reading::Page(claim) => Some(claim),
            _ => None,
        });
        assert_eq!(claim.map(|claim| (&claim.shared, claim.age_s)), Some((&expected, 77)), "{seen:?}");
    }
}
