//! The user's own way through the vendor's relay: as it is configured, and through Debian's nginx in the
//! vendor's place.

use crate::branch::said;
use crate::lab::{Authority, Running};
use crate::line::Line;
use demarc_agent::config;
use demarc_agent::config::problem::Problems;
use demarc_agent::config::surroundings::Surroundings;
use demarc_agent::snapshot::Snapshot;
use demarc_model::observation::{Outcome, Phase, Reading};
use demarc_model::probe::{ProbeId, ProbeKind};
use demarc_model::symptom::Symptom;
use std::path::Path;

const SITE: &str = "[site]\nid = \"b-1\"\nname = \"Branch\"\nvendor = \"acme\"\n\
    [[camera]]\nid = \"entrance\"\naddress = \"10.20.0.101\"\n\
    [[account]]\nname = \"portal\"\nusername = \"branch\"\npassword = { env = \"SESAME\" }\n\
    [[account]]\nname = \"odd\"\nusername = \"a:b\"\npassword = { env = \"SESAME\" }\n";
const PROFILE: &str = "id = \"acme\"\nname = \"Acme\"\n\
    [[capability]]\nid = \"remote-access\"\nname = \"remote access\"\n\
    [[capability]]\nid = \"login\"\nname = \"login\"\n\
    [[endpoint]]\nid = \"relay\"\ncapability = \"remote-access\"\nhost = \"relay-1.example.net\"\n\
    check = \"tcp\"\nport = 3389\nsource = \"this test\"\n\
    [[endpoint]]\nid = \"login\"\ncapability = \"login\"\nhost = \"login.example.net\"\n\
    source = \"this test\"\n";
const CHECK: &str = "[relay-check]\nurl = \"https://portal.example.com/open-sesame/list\"\n";

fn load(site: &str, profile: &str) -> Result<config::Config, Problems> {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("vendors")).unwrap();
    std::fs::write(folder.path().join("demarc.toml"), site).unwrap();
    std::fs::write(folder.path().join("vendors/acme.toml"), profile).unwrap();
    let env = |name: &str| (name == "SESAME").then(|| "open-sesame".to_owned());
    config::load_with(&folder.path().join("demarc.toml"), &env)
}

#[test]
fn it_is_one_more_endpoint_of_its_service_and_its_secrets_are_not_shown() {
    let more = "account = \"portal\"\nexpect-type = \"application/json\"\n";
    let config = load(&format!("{SITE}{CHECK}{more}"), PROFILE).unwrap();
    let around = Surroundings { resolver: Some(([10, 20, 0, 1], 53).into()), ..Surroundings::default() };
    let vendor = config.site(&around).vendor.unwrap();
    let hosts: Vec<(&str, &str)> =
        vendor.capabilities[0].endpoints.iter().map(|e| (e.id.as_str(), e.host.as_str())).collect();
    assert_eq!(hosts, [("relay", "relay-1.example.net"), ("relay-check", "portal.example.com")]);
    let id = ProbeId::new(ProbeKind::VendorName, "relay-check");
    let specs = config.path_specs(&around);
    let own: Vec<_> = specs.iter().filter(|spec| &*spec.id.subject == "relay-check").collect();
    assert_eq!(own.iter().map(|spec| &spec.id).collect::<Vec<_>>(), [&id]);
    assert!(config::show(&config).contains("url = \"https://portal.example.com/***\""));
    for shown in [format!("{own:?}"), format!("{config:?}"), config::show(&config).to_owned()] {
        assert!(!shown.contains("sesame"), "{shown}");
    }
}

#[test]
fn what_cannot_be_a_relay_check_is_refused_with_its_reason() {
    let elsewhere = CHECK.replace("https://", "https://branch:open-sesame@");
    let without = SITE.replace("vendor = \"acme\"\n", "");
    let taken = PROFILE.replace("id = \"relay\"", "id = \"relay-check\"");
    let spaced = format!("{CHECK}token = {{ env = \"SPACED\" }}\n");
    let cases = [
        (format!("{SITE}{elsewhere}"), PROFILE, "is not a URL that begins with https://"),
        (format!("{without}{CHECK}"), PROFILE, "evidence about a vendor, and the site has none"),
        (format!("{SITE}{CHECK}"), &*taken, "has an endpoint `relay-check` of its own"),
        (format!("{SITE}{CHECK}account = \"porta\"\n"), PROFILE, "did you mean \"portal\"?"),
        (format!("{SITE}{CHECK}account = \"odd\"\n"), PROFILE, "cannot carry a user name with a colon"),
        (format!("{SITE}{CHECK}token = \"open-sesame\"\n"), PROFILE, "`token` holds the secret itself"),
        (format!("{SITE}{spaced}"), PROFILE, "the environment variable SPACED is not set"),
        (format!("{SITE}[relay-check]\n"), PROFILE, "[relay-check] has no `url`"),
    ];
    for (site, profile, told) in cases {
        let problems = load(&site, profile).unwrap_err().to_string();
        assert!(problems.contains(told), "{told}: {problems}");
        let secret = site.contains("@portal") || site.contains("token = \"");
        assert!(secret || !problems.contains("sesame"), "{problems}");
    }
}

/// nginx at the portal's address, which does this with requests for the branch, and writes down each.
fn serve(line: &Line, certificate: &Path, does: &str) -> Running {
    let folder = line.lab.folder.path().display();
    let http = format!("log_format plain \"$remote_user $status\"; access_log {folder}/access.log plain;");
    let server = format!("location / {{ return 200 well; }}\n location /branch/ {{ {does} }}");
    line.nginx("203.0.113.14", certificate, (&http, &server))
}

/// A branch whose relay check leads to the vendor's login host, where nginx stands.
fn relayed(login: &str) -> (Line, std::path::PathBuf) {
    let line = Line::start();
    line.rely_on(&PROFILE.replace("port = 3389", "port = 443"));
    let authority = Authority::new("Acme Root CA");
    line.lab.write("authority.pem", &(line.authority.clone() + &authority.pem));
    line.lab.write("portal.password", "open-sesame");
    let mut text = std::fs::read_to_string(&line.config).unwrap();
    text += &format!(
        "[[account]]\nname = \"portal\"\nusername = \"branch\"\npassword = {{ file = \"portal.password\" }}\n\
         [relay-check]\nurl = \"https://login.example.net/branch/list\"\n{login}"
    );
    std::fs::write(&line.config, text).unwrap();
    let certificate = authority.certify(&line.lab, "portal", &["login.example.net"]);
    (line, certificate)
}

fn is_blamed(snapshot: &Snapshot) -> bool {
    snapshot.incidents.iter().any(|incident| said(incident).starts_with("vendor"))
}

#[test]
fn a_refused_login_is_told_as_one_is_shown_once_and_is_no_outage() {
    let (mut line, certificate) = relayed("account = \"portal\"\n");
    let authority = Authority::new("Relay CA");
    line.show(&authority, &["relay-1.example.net"], &["203.0.113.11"]);
    line.lab.write("users", "somebody:{PLAIN}else\n");
    let users = line.lab.folder.path().join("users");
    let refuses = format!(
        "auth_basic relay; auth_basic_user_file {}; default_type text/plain; alias {}/;",
        users.display(),
        line.lab.folder.path().display()
    );
    let _server = serve(&line, &certificate, &refuses);
    let _agent = line.watch(&[]);
    let seen = line.wait_for_look("vendor.name/relay-check", Symptom::Rejected);
    let Outcome::Failed { phase, detail, .. } = &seen.outcome else { panic!("{seen:?}") };
    let told = "login.example.net answered 401 Unauthorized to the login of the relay check";
    assert_eq!((*phase, detail.as_str()), (Phase::Authentication, told));
    // The next looks would be due every four seconds.
    let begun = line.wait("a while", |_| true).rounds;
    let later = line.wait("twelve more rounds", |snapshot| snapshot.rounds > begun + 12);
    assert!(!is_blamed(&later));
    let log = std::fs::read_to_string(line.lab.folder.path().join("access.log")).unwrap();
    let refused = log.lines().filter(|line| line.ends_with(" 401")).collect::<Vec<_>>();
    assert_eq!(refused, ["branch 401"], "{log}");
}

#[test]
fn a_relay_that_reaches_nothing_is_seen_and_not_blamed_while_the_vendors_hosts_answer() {
    let (mut line, certificate) = relayed("account = \"portal\"\nexpect-type = \"text/plain\"\n");
    let authority = Authority::new("Relay CA");
    line.show(&authority, &["relay-1.example.net"], &["203.0.113.11"]);
    let server = serve(&line, &certificate, "default_type text/plain; return 200 cameras;");
    let _agent = line.watch(&[]);
    let seen = line.wait_for_look("vendor.name/relay-check", Symptom::Passed);
    assert!(seen.readings.contains(&Reading::HttpStatus(200)), "{seen:?}");
    drop(server);
    let _server = serve(&line, &certificate, "return 502;");
    let seen = line.wait_for_look("vendor.name/relay-check", Symptom::ServerError);
    let Outcome::Failed { detail, .. } = &seen.outcome else { panic!("{seen:?}") };
    let told = "login.example.net answered 502 Bad Gateway and so does not reach what the URL names";
    assert_eq!(detail.as_str(), told);
    let begun = line.wait("a while", |_| true).rounds;
    let later = line.wait("twelve more rounds", |snapshot| snapshot.rounds > begun + 12);
    assert!(!is_blamed(&later), "{:?}", later.incidents.iter().map(said).collect::<Vec<_>>());
}
