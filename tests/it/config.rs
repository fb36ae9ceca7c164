//! Configuration files through the real loader: what is said about wrong ones, what good ones become.

use demarc_agent::config::problem::Problems;
use demarc_agent::config::surroundings::Surroundings;
use demarc_agent::config::{self, Config};
use demarc_model::site::Language;
use demarc_probe::spec::Check;
use std::fs;
use std::net::SocketAddr;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

const SMALLEST: &str = r#"[site]
id = "b-1"
name = "Branch"

[[camera]]
id = "entrance"
address = "10.20.0.101"
"#;

/// Files by name; `demarc.toml` is the one that is loaded.
type Files<'a> = &'a [(&'a str, &'a str)];

/// Each is a file tests/golden/config-NAME.toml, and what is said about it beside it as .txt.
const WRONG: [&str; 18] = [
    "five-mistakes",
    "empty",
    "syntax",
    "syntax-on-a-password",
    "syntax-in-a-long-password",
    "unknown-keys",
    "wrong-kinds",
    "wrong-forms",
    "no-camera",
    "ranges",
    "repeats",
    "references",
    "lines",
    "secrets",
    "channels",
    "characters",
    "basic",
    "relay-check",
];

#[test]
fn every_mistake_is_told_with_place_and_remedy() {
    for name in WRONG {
        let text = golden(&format!("config-{name}.toml"));
        refuses(name, &[("demarc.toml", &text), ("empty.password", "\n"), ("mail.password", "x")]);
    }
}

#[test]
fn mistakes_between_files_are_told_with_both_places() {
    let second = "[site]\nname = \"Other\"\n[probing]\ntimeout = \"8s\"\n";
    let broken = format!("{SMALLEST}[site");
    refuses("missing-file", &[]);
    refuses(
        "set-twice",
        &[
            ("demarc.toml", &format!("{SMALLEST}[probing]\ntimeout = \"9s\"\n")),
            ("demarc.d/10-more.toml", second),
        ],
    );
    refuses(
        "drop-in-syntax",
        &[("demarc.toml", &broken), ("demarc.d/a.toml", "x ="), ("demarc.d/ignored.txt", "x =")],
    );
    refuses(
        "vendor-profile",
        &[
            ("demarc.toml", &with_vendor("axxis")),
            ("vendors/a.toml", PROFILE),
            ("vendors/b.toml", BAD_PROFILE),
            ("vendors/c.toml", PROFILE),
        ],
    );
}

#[test]
fn more_cameras_than_one_agent_watches_are_refused() {
    let site = |cameras: u32| {
        let camera =
            |n: u32| format!("[[camera]]\nid = \"c{n}\"\naddress = \"10.{}.{}.1\"\n", n / 200, n % 200);
        format!("[site]\nid = \"b\"\nname = \"B\"\n{}", (0..cameras).map(camera).collect::<String>())
    };
    refuses("crowd", &[("demarc.toml", &site(2_001))]);
    let (_folder, loaded) = load(&[("demarc.toml", &site(2_000))]);
    assert_eq!(loaded.unwrap().cameras.len(), 2_000);
}

fn refuses(name: &str, files: Files<'_>) {
    let (folder, loaded) = load(files);
    let told = loaded.expect_err(name).to_string();
    assert!(!told.contains("hunter2"), "{name} shows a password:\n{told}");
    compare(&format!("tests/golden/config-{name}.txt"), &place_free(&told, folder.path()));
}

fn with_vendor(id: &str) -> String {
    SMALLEST.replace("\n[[camera]]", &format!("vendor = \"{id}\"\n\n[[camera]]"))
}

const PROFILE: &str = r#"id = "acme"
name = "Acme"
[[capability]]
id = "relay"
name = "relay"
[[endpoint]]
id = "relay-1"
capability = "relay"
host = "relay-1.acme.example"
source = "invented"
"#;

const BAD_PROFILE: &str = r#"id = "acme"
[[capability]]
id = "relay"
name = "relay"
page-components = ["Relay", 3]
[[endpoint]]
id = "relay-1"
capability = "rely"
host = "relay-1.acme.example"
check = "tls"
path = "/"
source = "invented"
[status-page]
url = "status.acme.example"
format = "json"
"#;

#[test]
fn problems_are_also_json() {
    let (folder, loaded) = load(&[("demarc.toml", &golden("config-five-mistakes.toml"))]);
    let json = serde_json::to_string_pretty(&loaded.unwrap_err()).unwrap();
    compare("tests/golden/config-five-mistakes.json", &place_free(&(json + "\n"), folder.path()));
}

#[test]
fn every_described_key_is_read() {
    for section in toml_sections(&config::sample()) {
        for key in &section.keys {
            let text = section.with_a_date_for(key);
            let (_folder, loaded) = load(&[("demarc.toml", &text)]);
            let problems = loaded.expect_err(&text).problems;
            let told = problems.iter().any(|problem| problem.what.contains(&format!("`{key}` is")));
            assert!(told, "{} {key} is not read:\n{text}\n{problems:?}", section.header);
        }
    }
}

/// A section of the sample with all its keys, the commented ones too.
struct SampleSection {
    header: String,
    keys: Vec<String>,
    lines: Vec<String>,
}

impl SampleSection {
    fn with_a_date_for(&self, key: &str) -> String {
        let lines = self.lines.iter().map(|line| match line.split_once(" = ") {
            Some((name, _)) if name == key => format!("{key} = 1979-05-27\n"),
            _ => format!("{line}\n"),
        });
        format!("{}\n{}", self.header, lines.collect::<String>())
    }
}

fn toml_sections(sample: &str) -> Vec<SampleSection> {
    let mut sections = Vec::<SampleSection>::new();
    for line in sample.lines().map(|line| line.trim_start_matches("# ")) {
        let name = line.split_once(" = ").map(|(name, _)| name).filter(|name| !name.contains(' '));
        if line.starts_with('[') && line.ends_with(']') {
            sections.push(SampleSection { header: line.to_owned(), keys: Vec::new(), lines: Vec::new() });
        } else if let (Some(name), Some(section)) = (name, sections.last_mut()) {
            section.keys.push(name.to_owned());
            section.lines.push(line.to_owned());
        }
    }
    assert_eq!(sections.len(), 15, "the sample has this many headers");
    sections
}

#[test]
fn the_sample_sets_the_defaults() {
    compare("config/demarc.toml", &config::sample());
    let sample = fs::read_to_string(root().join("config/demarc.toml")).unwrap();
    let (_a, sample) = load(&[("demarc.toml", &sample), ("cameras.password", "x\n")]);
    let (_b, smallest) = load(&[("demarc.toml", SMALLEST)]);
    let (sample, smallest) = (sample.unwrap(), smallest.unwrap());
    assert_eq!(sample.network, smallest.network);
    assert_eq!(sample.probing, smallest.probing);
    assert_eq!(sample.diagnosis, smallest.diagnosis);
    assert_eq!(sample.alerting, smallest.alerting);
    assert_eq!(sample.store, smallest.store);
    let [camera] = sample.cameras.as_slice() else { panic!("{:?}", sample.cameras) };
    assert_eq!(camera, &smallest.cameras[0]);
}

#[test]
fn the_reference_page_and_the_schema_are_up_to_date() {
    compare("docs/reference/config.md", &config::reference());
    let schema = serde_json::to_string_pretty(&config::schema()).unwrap();
    compare("tests/golden/config-schema.json", &(schema + "\n"));
    let schema = serde_json::to_string_pretty(&config::profile_schema()).unwrap();
    compare("tests/golden/vendor-schema.json", &(schema + "\n"));
}

const WHOLE: &str = r##"[site]
id = "b-1"
name = "Branch"
vendor = "axis"
[network]
interface = "eth0"
gateway-port = 80
resolver = "10.20.0.1"
second-resolver = "127.0.0.1:5353"
second-line = "wwan0"
portal-check = "http://127.0.0.1:8080/generate_204"
[[network.control]]
id = "near"
host = "near.example.net"
address = "10.9.9.9"
check = "tcp"
[[network.control]]
id = "far"
host = "far.example.net"
address = "203.0.113.7"
address-ipv6 = "2001:db8::7"
port = 8443
[[segment]]
id = "floor-a"
address = "10.20.0.2"
[[segment]]
id = "floor-b"
[[account]]
name = "cameras"
username = "demarc"
password = { file = "cameras.password" }
[[account]]
name = "vault"
username = "demarc"
password = { credential = "vault" }
[camera-defaults]
account = "cameras"
port = 8080
[[camera]]
id = "entrance"
name = "Main entrance"
address = "10.20.0.101"
segment = "floor-a"
[[channel]]
id = "noc"
type = "webhook"
url = "https://hooks.example.com/services/T0/sesame"
secret = { env = "NOC_SECRET" }
[[channel]]
id = "mail"
type = "smtp"
host = "mail.example.com"
security = "tls"
username = "u"
password = { file = "mail.password" }
from = "demarc@example.com"
to = ["oncall@example.com"]
"##;

const WHOLE_DROP_IN: &str = r#"[[camera]]
id = "vault"
address = "10.20.0.102"
account = "vault"
scheme = "https"
basic-over-tls = true
[store]
history-days = 30
"#;

const WHOLE_PROFILE: &str = r#"id = "axis"
name = "Own relay"
[[capability]]
id = "relay"
name = "relay"
page-components = ["Relay", "Relay EU"]
[[endpoint]]
id = "relay-1"
capability = "relay"
host = "relay-1.axis.example"
address = "192.0.2.1"
check = "tls"
trust = "any"
source = "invented"
[[endpoint]]
id = "www"
capability = "relay"
host = "www.axis.example"
port = 8443
path = "/se"
private = true
source = "invented"
[status-page]
url = "https://status.axis.example/summary.json"
"#;

/// The secrets of [`whole`], none of which may ever be shown.
const SECRETS_IN_WHOLE: [&str; 5] = ["open-1", "open-2", "open-3", "open-4", "sesame"];

fn whole() -> (tempfile::TempDir, Config) {
    let folder = write(&[
        ("demarc.toml", WHOLE),
        ("demarc.d/vault.toml", WHOLE_DROP_IN),
        ("vendors/axis.toml", WHOLE_PROFILE),
        ("cameras.password", "open-1\r\n"),
        ("credentials/vault", "open-2"),
        ("mail.password", "open-4\n"),
    ]);
    let credentials = folder.path().join("credentials").to_str().unwrap().to_owned();
    let env = move |name: &str| match name {
        "NOC_SECRET" => Some("open-3".to_owned()),
        "CREDENTIALS_DIRECTORY" => Some(credentials.clone()),
        _ => None,
    };
    let loaded = config::load_with(&folder.path().join("demarc.toml"), &env);
    (folder, loaded.unwrap())
}

/// As a user copies it beside what `demarc simulate` writes.
#[test]
fn the_configuration_for_the_simulated_branch_is_good() {
    let folder = tempfile::tempdir().unwrap();
    let (written, own) = (folder.path().join("demarc-simulated"), folder.path().join("my-branch"));
    for sub in [written.clone(), own.join("vendors")] {
        fs::create_dir_all(sub).unwrap();
    }
    for secret in ["ca.pem", "cameras.password"] {
        let file = written.join(secret);
        fs::write(&file, "x").unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
    }
    for name in ["demarc.toml", "vendors/example.toml"] {
        fs::copy(root().join("config/simulated").join(name), own.join(name)).unwrap();
    }
    let config = config::load(&own.join("demarc.toml")).unwrap();
    let endpoints = config.vendor.as_ref().map(|vendor| vendor.endpoints.len());
    let found = (config.cameras.len(), config.segments.len(), config.network.controls.len(), endpoints);
    assert_eq!((found, config.warnings.as_slice()), ((6, 2, 2, Some(8)), &[][..]));
}

fn surroundings() -> Surroundings {
    Surroundings {
        interface: Some("eth0".to_owned()),
        gateway: Some("10.20.0.1".parse().unwrap()),
        resolver: Some(SocketAddr::from(([10, 99, 0, 1], 53))),
        ipv6: true,
        networks: vec!["10.20.0.0/24".parse().unwrap()],
        asks_by_arp: true,
        state_dir: Some(PathBuf::from("/var/lib/demarc")),
    }
}

#[test]
fn a_configuration_becomes_probes_cameras_and_a_site() {
    let (_folder, config) = whole();
    let mut text = format!("{:#?}\n", config.site(&surroundings()));
    for spec in config.path_specs(&surroundings()) {
        let via = spec.via.map(|line| format!(" over {line}")).unwrap_or_default();
        text += &format!("{}{via}: {:?}\n", spec.id, spec.what);
    }
    for camera in config.camera_specs() {
        text += &format!("{camera:?}\n");
    }
    compare("tests/golden/config-specs.txt", &text);
}

#[test]
fn nothing_known_of_the_network_leaves_what_needs_none_of_it() {
    let (_folder, loaded) = load(&[("demarc.toml", SMALLEST)]);
    let config = loaded.unwrap();
    let nothing = Surroundings::default();
    let ids = config.path_specs(&nothing).iter().map(|spec| spec.id.to_string()).collect::<Vec<_>>();
    let expected = [
        "host.link",
        "host.resources",
        "host.traffic",
        "host.clock",
        "resolver.second",
        "control.address/cloudflare",
        "control.address/google",
        "line.mtu",
    ];
    assert_eq!(ids, expected);
    assert!(!config.site(&nothing).resolver_on_gateway);
}

#[test]
fn the_resolver_is_on_the_gateway_when_told_or_when_addresses_agree() {
    let cases = [
        ("", "10.20.0.1", false),
        ("", "10.99.0.1", true),
        ("resolver-on-gateway = true\n", "10.20.0.1", true),
        ("resolver-on-gateway = false\n", "10.99.0.1", false),
        ("resolver-on-gateway = \"auto\"\ngateway = \"10.99.0.1\"\n", "10.20.0.1", true),
    ];
    for (keys, gateway, expected) in cases {
        let (_folder, loaded) = load(&[("demarc.toml", &format!("{SMALLEST}[network]\n{keys}"))]);
        let here = Surroundings { gateway: Some(gateway.parse().unwrap()), ..surroundings() };
        assert_eq!(loaded.unwrap().site(&here).resolver_on_gateway, expected, "{keys} {gateway}");
    }
}

#[test]
fn a_site_speaks_its_language_and_names_services_in_it() {
    let names = |language: &str| {
        let text = with_vendor("acme").replace("vendor =", &format!("{language}vendor ="));
        let profile = PROFILE.replace("name = \"relay\"\n", "name = \"relay\"\nname-de = \"Vermittlung\"\n");
        let (_folder, loaded) = load(&[("demarc.toml", &text), ("vendors/acme.toml", &profile)]);
        let site = loaded.unwrap().site(&surroundings());
        (site.language, site.vendor.unwrap().capabilities[0].name.clone())
    };
    assert_eq!(names(""), (Language::English, "relay".to_owned()));
    assert_eq!(names("language = \"en\"\n"), (Language::English, "relay".to_owned()));
    assert_eq!(names("language = \"de\"\n"), (Language::German, "Vermittlung".to_owned()));
}

#[test]
fn shows_what_holds_and_where_it_comes_from() {
    let (folder, config) = whole();
    compare("tests/golden/config-show.txt", &place_free(config::show(&config), folder.path()));
}

#[test]
fn secrets_are_read_and_never_shown() {
    use secrecy::ExposeSecret as _;
    let (_folder, config) = whole();
    let passwords = config.accounts.iter().map(|account| account.password.expose_secret());
    assert_eq!(passwords.collect::<Vec<_>>(), ["open-1", "open-2"]);
    let shown =
        [config::show(&config).to_owned(), format!("{config:?}"), format!("{:?}", config.camera_specs())];
    for (text, secret) in shown.iter().flat_map(|text| SECRETS_IN_WHOLE.map(|secret| (text, secret))) {
        assert!(!text.contains(secret), "{secret} in {text}");
    }
}

#[test]
fn warns_of_a_password_that_everybody_can_read_and_of_a_lonely_control() {
    let text = format!(
        "{SMALLEST}[[account]]\nname = \"a\"\nusername = \"u\"\npassword = {{ file = \"p\" }}\n\
         [[network.control]]\nid = \"x\"\nhost = \"x.example\"\naddress = \"192.0.2.1\"\n"
    );
    let folder = write(&[("demarc.toml", &text), ("p", "open-1")]);
    fs::set_permissions(folder.path().join("p"), fs::Permissions::from_mode(0o644)).unwrap();
    let problems = load_from(folder.path()).unwrap().warnings;
    let text = problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n");
    compare("tests/golden/config-warnings.txt", &place_free(&text, folder.path()));
}

#[test]
fn an_issuer_is_expected_only_where_a_certificate_is_seen() {
    let control = |check: &str| {
        format!(
            "{SMALLEST}[[network.control]]\nid = \"x\"\nhost = \"x.example\"\naddress = \"192.0.2.1\"\n\
             issuer = \"Example CA\"\ncheck = \"{check}\"\n"
        )
    };
    let (_folder, loaded) = load(&[("demarc.toml", &control("tls"))]);
    assert_eq!(loaded.unwrap().network.controls[0].issuer.as_deref(), Some("Example CA"));
    let (_folder, loaded) = load(&[("demarc.toml", &control("tcp"))]);
    let told = loaded.unwrap_err().to_string();
    assert!(told.contains("a TCP connection shows no certificate"), "{told}");
}

#[test]
fn a_stun_check_has_a_port_of_its_own_and_asks_for_no_path_and_no_issuer() {
    let load_with = |more: &str| {
        let site = SMALLEST.replace("name = \"Branch\"\n", "name = \"Branch\"\nvendor = \"acme\"\n");
        let profile = format!(
            "id = \"acme\"\nname = \"Acme\"\n[[capability]]\nid = \"relay\"\nname = \"relay\"\n\
             [[endpoint]]\nid = \"turn\"\ncapability = \"relay\"\nhost = \"turn.example\"\n\
             source = \"this test\"\n{more}"
        );
        load(&[("demarc.toml", &site), ("vendors/acme.toml", &profile)]).1
    };
    let asked = |more: &str| {
        let profile = load_with(more).unwrap().vendor.unwrap();
        (profile.endpoints[0].check.clone(), profile.endpoints[0].port)
    };
    assert_eq!(asked("check = \"stun\"\n"), (Check::Stun, 3478));
    assert_eq!(asked("check = \"stun\"\nport = 443\n"), (Check::Stun, 443));
    assert_eq!(asked("check = \"tcp\"\n"), (Check::Tcp, 443));
    let told = load_with("check = \"stun\"\npath = \"/\"\nissuer = \"Acme\"\n").unwrap_err().to_string();
    assert!(told.contains("a path is only asked for by `https`"), "{told}");
    assert!(told.contains("an answer to STUN shows no certificate"), "{told}");
}

#[test]
fn the_shipped_axis_profile_loads_and_claims_nothing_verified() {
    let (_folder, loaded) = load(&[("demarc.toml", &with_vendor("axis"))]);
    let profile = loaded.unwrap().vendor.unwrap();
    assert_eq!(profile.endpoints.iter().filter(|endpoint| endpoint.verified).count(), 0);
    let without = profile
        .capabilities
        .iter()
        .filter(|capability| !profile.endpoints.iter().any(|endpoint| endpoint.capability == capability.id));
    assert_eq!(without.count(), 0);
}

fn load(files: Files<'_>) -> (tempfile::TempDir, Result<Config, Problems>) {
    let folder = write(files);
    let loaded = load_from(folder.path());
    (folder, loaded)
}

fn load_from(folder: &Path) -> Result<Config, Problems> {
    config::load_with(&folder.join("demarc.toml"), &|_| None)
}

fn write(files: Files<'_>) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
    }
    folder
}

fn place_free(text: &str, folder: &Path) -> String {
    text.replace(folder.to_str().unwrap(), "/etc/demarc")
}

fn golden(name: &str) -> String {
    fs::read_to_string(root().join("tests/golden").join(name)).unwrap()
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Against a file of the repository; DEMARC_BLESS=1 writes the file instead.
fn compare(name: &str, actual: &str) {
    let path = root().join(name);
    if std::env::var_os("DEMARC_BLESS").is_some() {
        fs::write(&path, actual).unwrap();
        return;
    }
    let expected = fs::read_to_string(&path).unwrap_or_default();
    assert!(
        expected == actual,
        "{name} differs; DEMARC_BLESS=1 cargo test -p demarc --test it config writes it again. Now:\n{actual}"
    );
}
