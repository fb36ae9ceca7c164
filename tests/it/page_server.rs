//! Status pages on a web server that others wrote, and behind the simulated branch.

#![expect(clippy::disallowed_methods, reason = "starts a real server")]

use crate::branch::Branch;
use demarc_model::id::CapabilityId;
use demarc_model::observation::{Observation, Outcome, Reading};
use demarc_model::page::{PageClaim, PageForm, PageState};
use demarc_model::probe::{ProbeId, ProbeKind};
use demarc_model::time::Timestamp;
use demarc_model::verdict::PageRelation;
use demarc_probe::net::Net;
use demarc_probe::page::PageReader;
use demarc_probe::path;
use demarc_probe::spec::{Limits, PathProbe, PathSpec, StatusPage};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command};
use std::time::{Duration, Instant};
use tempfile::TempDir;

const AT: Timestamp = Timestamp::from_millis(1_645_466_400_000);

/// lighttpd with a folder of pages; ends with this value.
struct Lighttpd {
    address: SocketAddr,
    child: Child,
    folder: TempDir,
}

impl Lighttpd {
    fn start(pages: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        for (path, text) in pages {
            let file = folder.path().join("www").join(path);
            std::fs::create_dir_all(file.parent().unwrap()).unwrap();
            std::fs::write(file, text).unwrap();
        }
        for _ in 0..5 {
            let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap().port();
            let conf = folder.path().join("server.conf");
            std::fs::write(&conf, configuration(folder.path(), port)).unwrap();
            let known = Path::new("/usr/sbin/lighttpd");
            let program = if known.exists() { known } else { Path::new("lighttpd") };
            let child = Command::new(program).arg("-D").arg("-f").arg(&conf).spawn();
            let mut child = child.unwrap_or_else(|error| panic!("{error}; apt-get install lighttpd"));
            let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
            let start = Instant::now();
            while start.elapsed() < Duration::from_secs(10) && child.try_wait().unwrap().is_none() {
                if TcpStream::connect(address).is_ok() {
                    return Self { address, child, folder };
                }
                std::thread::sleep(Duration::from_millis(20));
            }
            child.kill().unwrap();
            child.wait().unwrap();
        }
        panic!("lighttpd cannot start");
    }

    /// What was asked for, each with the status of the answer.
    fn log(mut self) -> Vec<String> {
        self.end();
        let log = std::fs::read_to_string(self.folder.path().join("access.log")).unwrap();
        log.lines().map(|line| line.trim_end_matches(" HTTP/1.1").to_owned()).collect()
    }

    /// Asks it to end: killed outright, it loses what it has not logged.
    fn end(&mut self) {
        if self.child.try_wait().unwrap().is_none() {
            Command::new("kill").arg(self.child.id().to_string()).status().unwrap();
            self.child.wait().unwrap();
        }
    }
}

impl Drop for Lighttpd {
    fn drop(&mut self) {
        self.end();
    }
}

fn configuration(folder: &Path, port: u16) -> String {
    let folder = folder.display();
    format!(
        r#"
server.document-root = "{folder}/www"
server.bind = "127.0.0.1"
server.port = {port}
server.modules = ("mod_indexfile", "mod_accesslog")
index-file.names = ("index.html")
mimetype.assign = (".json" => "text/plain", ".html" => "text/html", ".atom" => "text/html", "" => "text/plain")
accesslog.filename = "{folder}/access.log"
accesslog.format = "%s %r"
"#
    )
}

/// Reads the page so many times in a minute with one reader.
fn read(url: String, times: usize) -> Vec<Observation> {
    read_every(Duration::ZERO, url, times)
}

fn read_every(pause: Duration, url: String, times: usize) -> Vec<Observation> {
    let capability = |text: &str| CapabilityId::new(text).unwrap();
    let what = PathProbe::StatusPage(StatusPage {
        url,
        format: None,
        components: vec![
            ("Secure Remote Access".to_owned(), capability("remote-access")),
            ("License System".to_owned(), capability("licences")),
        ],
        hosts: Vec::new(),
        resolver: SocketAddr::from((Ipv4Addr::LOCALHOST, 1)),
        private: false,
    });
    let spec = PathSpec { id: ProbeId::new(ProbeKind::VendorStatus, "vendor"), what, via: None };
    let second = Duration::from_secs(5);
    let limits = Limits { connect: second, tls: second, total: 2 * second };
    let (net, mut reader) = (Net::new(None).unwrap(), PageReader::default());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let mut seen = Vec::new();
        for look in 0..u32::try_from(times).unwrap() {
            seen.push(path::run_with(&mut reader, &net, &spec, AT.plus(pause * look), limits).await);
        }
        seen
    })
}

fn claim(observation: &Observation) -> Option<&PageClaim> {
    assert!(observation.outcome == Outcome::Passed, "{observation:?}");
    observation.readings.iter().find_map(|reading| match reading {
        Reading::Page(claim) => Some(claim),
        _ => None,
    })
}

const STATUSPAGE: &str = include_str!("../statuspages/statuspage-partial.json");
const INSTATUS: &str = include_str!("../statuspages/instatus-partial.json");
const COMPONENTS: &str = include_str!("../statuspages/instatus-components.json");
const SHELL: &str = include_str!("../statuspages/html-application-shell.html");
const ATOM: &str = include_str!("../statuspages/atom-open-incident.xml");

#[test]
fn a_page_that_has_not_changed_costs_one_answer_without_a_body() {
    let server = Lighttpd::start(&[("api/v2/summary.json", STATUSPAGE)]);
    let seen = read(format!("http://{}/api/v2/summary.json", server.address), 3);
    assert_eq!(claim(&seen[0]).unwrap().overall, PageState::PartialOutage);
    assert_eq!(claim(&seen[0]), claim(&seen[1]));
    assert_eq!(claim(&seen[0]), claim(&seen[2]));
    let asked = ["200", "304", "304"].map(|status| format!("{status} GET /api/v2/summary.json"));
    assert_eq!(server.log(), asked);
}

#[test]
fn an_incident_in_a_feed_that_nobody_touches_becomes_history() {
    let server = Lighttpd::start(&[("history.atom", ATOM)]);
    let day = Duration::from_secs(86_400);
    let seen = read_every(day, format!("http://{}/history.atom", server.address), 4);
    let open: Vec<usize> = seen.iter().map(|look| claim(look).unwrap().incidents.len()).collect();
    assert_eq!(open, [1, 1, 0, 0]);
}

#[test]
fn the_form_for_machines_is_looked_for_once_and_read_with_all_its_documents() {
    let pages = [("index.html", SHELL), ("summary.json", INSTATUS), ("v2/components.json", COMPONENTS)];
    let server = Lighttpd::start(&pages);
    let seen = read(format!("http://{}/", server.address), 2);
    let read = claim(&seen[1]).unwrap();
    assert_eq!((read.form, read.overall), (PageForm::Data, PageState::PartialOutage));
    let words: Vec<PageState> = read.capabilities.iter().map(|(_, state)| *state).collect();
    assert_eq!(words, [PageState::Outage, PageState::Operational]);
    assert_eq!(claim(&seen[0]), Some(read));
    let asked = [
        "200 GET /",
        "404 GET /api/v2/summary.json",
        "404 GET /index.json",
        "200 GET /summary.json",
        "200 GET /v2/components.json",
        "304 GET /summary.json",
        "304 GET /v2/components.json",
    ];
    assert_eq!(server.log(), asked);
}

/// lighttpd calls the feed HTML, which is no proof.
#[test]
fn a_page_that_is_only_a_program_is_read_by_the_feed_it_names() {
    let server = Lighttpd::start(&[("index.html", SHELL), ("history.atom", ATOM)]);
    let seen = read(format!("http://{}/", server.address), 3);
    let read = claim(&seen[2]).unwrap();
    assert_eq!((read.form, read.overall), (PageForm::Feed, PageState::Outage));
    assert_eq!(
        read.incidents.iter().map(ToString::to_string).collect::<Vec<_>>(),
        ["Remote access unavailable"]
    );
}

#[test]
fn the_agent_reads_a_page_in_a_form_that_its_profile_does_not_name_and_measures_its_lag() {
    for (software, form) in [("instatus", PageForm::Data), ("feed", PageForm::Feed)] {
        let branch = Branch::start(2);
        branch.tell(&format!("status-software {software}"));
        let profile = branch.folder.path().join("vendors/axis.toml");
        let text = std::fs::read_to_string(&profile).unwrap();
        let auto = text.replace("/api/v2/summary.json\"\nformat = \"statuspage\"", "/\"\nformat = \"auto\"");
        assert_ne!(text, auto);
        std::fs::write(&profile, auto).unwrap();
        let mut agent = branch.agent();
        agent.wait_until_well();
        agent.wait("the page", 30, |s| s.overview.page.as_ref().is_some_and(|page| page.form == form));
        branch.tell("vendor-cut-off:all");
        let before = agent.wait("the verdict", 40, |s| !s.incidents.is_empty());
        assert_eq!(before.incidents[0].page_admitted, None);
        branch.tell("status investigating");
        let after = agent.wait("the admission", 30, |s| {
            s.overview.page.as_ref().is_some_and(|page| page.relation == PageRelation::Agrees)
                && s.incidents.iter().any(|incident| incident.page_admitted.is_some())
        });
        let incident = &after.incidents[0];
        assert!(incident.page_admitted > Some(incident.verdict.since), "{incident:?}");
        let told = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
        agent.wait("the keeper", 10, |s| s.rounds > after.rounds + 2);
        let explained = told(&crate::branch::stdout(&branch.demarc(&["explain"])));
        assert!(explained.contains("the vendor's page admitted it"), "{explained}");
    }
}
