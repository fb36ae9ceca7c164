//! lighttpd and Apache as cameras: a list of groups behind Digest. And motion, which serves what it sees.

use crate::peers::free_port;
use std::io::{BufRead, BufReader, Read};
use std::net::{Ipv4Addr, SocketAddr};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, ChildStderr, Command, Stdio};
use tempfile::TempDir;

/// A server that ends with this value.
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    child: Child,
    // Kept open while the server lives, so that it can go on writing.
    said: BufReader<ChildStderr>,
    folder: TempDir,
}

/// How to start one kind of server.
struct Recipe {
    program: &'static str,
    arguments: &'static [&'static str],
    configuration: fn(&Path, u16) -> String,
    /// What it writes once it listens.
    ready: &'static str,
}

/// `demarc:AXIS_ACCC8E000001:pass word`, hashed.
const MD5_SECRET: &str = "040223dfad2ce43cf38ba36c497216a3";
const SHA256_SECRET: &str = "1f6556999aa00887e3e7a0a9ae0f480d6962fcd55919d662b00df61120430a7c";

pub(crate) fn lighttpd(algorithm: &str) -> Server {
    let (configuration, secret): (fn(&Path, u16) -> String, _) = match algorithm {
        "MD5" => (|folder, port| lighttpd_conf(folder, port, "MD5"), MD5_SECRET),
        "SHA-256" => (|folder, port| lighttpd_conf(folder, port, "SHA-256"), SHA256_SECRET),
        other => panic!("no recipe for {other}"),
    };
    let arguments = &["-D", "-f"];
    start(&Recipe { program: "lighttpd", arguments, configuration, ready: "server started" }, secret)
}

pub(crate) fn apache() -> Server {
    let arguments = &["-DFOREGROUND", "-f"];
    let ready = "resuming normal operations";
    start(&Recipe { program: "apache2", arguments, configuration: apache_conf, ready }, MD5_SECRET)
}

/// Its page of controls, without a camera.
pub(crate) fn motion() -> Server {
    let arguments = &["-n", "-c"];
    let ready = "Started webcontrol";
    start(&Recipe { program: "motion", arguments, configuration: motion_conf, ready }, MD5_SECRET)
}

/// Apache as an Axis camera with current defaults is over TLS: only Basic. Each has a key of its own.
pub(crate) fn apache_with_basic_over_tls() -> Server {
    start(&APACHE_TLS, MD5_SECRET)
}

/// The same in the place of one that has ended.
pub(crate) fn apache_with_basic_over_tls_at(port: u16) -> Server {
    try_start(&APACHE_TLS, MD5_SECRET, port).unwrap_or_else(|said| panic!("Apache cannot start:\n{said}"))
}

const APACHE_TLS: Recipe = Recipe {
    program: "apache2",
    arguments: &["-DFOREGROUND", "-f"],
    configuration: apache_tls_conf,
    ready: "resuming normal operations",
};

impl Server {
    /// Ends the server; the status of every answer it logged.
    pub(crate) fn stop(mut self) -> Vec<String> {
        self.end();
        self.statuses()
    }

    /// Ends the server; what it wrote on standard error after it listened.
    pub(crate) fn complaints(mut self) -> Vec<String> {
        self.end();
        self.said.by_ref().lines().map(Result::unwrap).collect()
    }

    /// The status of every answer logged so far.
    pub(crate) fn statuses(&self) -> Vec<String> {
        let log = std::fs::read_to_string(self.folder.path().join("access.log")).unwrap();
        log.lines().map(|line| line.split(' ').next().unwrap().to_owned()).collect()
    }

    /// Asks it to end: killed outright, lighttpd loses what it has not logged and Apache leaves its children.
    fn end(&mut self) {
        if self.child.try_wait().unwrap().is_none() {
            Command::new("kill").arg(self.child.id().to_string()).status().unwrap();
            self.child.wait().unwrap();
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.end();
    }
}

fn start(recipe: &Recipe, secret: &str) -> Server {
    let mut last_words = String::new();
    for _ in 0..5 {
        match try_start(recipe, secret, free_port()) {
            Ok(server) => return server,
            Err(said) => last_words = said,
        }
    }
    panic!("{} cannot start:\n{last_words}", recipe.program);
}

/// The server, or what it said when it ended before it listened, as when somebody else took the port.
fn try_start(recipe: &Recipe, secret: &str, port: u16) -> Result<Server, String> {
    let folder = furnish(secret);
    let conf = folder.path().join("server.conf");
    std::fs::write(&conf, (recipe.configuration)(folder.path(), port)).unwrap();
    let mut child = Command::new(program(recipe.program))
        .args(recipe.arguments)
        .arg(&conf)
        .stderr(Stdio::piped())
        // Apache ends by a signal to its whole group, which must not be ours.
        .process_group(0)
        .spawn()
        .unwrap_or_else(|error| panic!("{}: {error}; apt-get install {0}", recipe.program));
    let mut said = BufReader::new(child.stderr.take().unwrap());
    let mut text = String::new();
    while !text.contains(recipe.ready) {
        if said.read_line(&mut text).unwrap() == 0 {
            child.wait().unwrap();
            return Err(text);
        }
    }
    Ok(Server { address: (Ipv4Addr::LOCALHOST, port).into(), child, said, folder })
}

/// Debian keeps servers out of the users' search path.
fn program(name: &str) -> String {
    let known = format!("/usr/sbin/{name}");
    if Path::new(&known).exists() { known } else { name.to_owned() }
}

/// A folder with the page, and the user as `htdigest` writes it. Apache reads it as another user.
fn furnish(secret: &str) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let page = folder.path().join("www/axis-cgi");
    std::fs::create_dir_all(&page).unwrap();
    std::fs::write(page.join("usergroup.cgi"), "viewer\nusers viewer\n").unwrap();
    let users = format!("demarc:AXIS_ACCC8E000001:{secret}\n");
    std::fs::write(folder.path().join("users"), users).unwrap();
    // As `htpasswd -s` writes it.
    std::fs::write(folder.path().join("basic-users"), "demarc:{SHA}2oguq15ANCGsJCWKX31fllwpyEk=\n").unwrap();
    // Made by the camera itself, and out of date, as cameras' certificates are after a few years.
    let mut params = rcgen::CertificateParams::new(vec!["camera.example".to_owned()]).unwrap();
    params.not_after = rcgen::date_time_ymd(2021, 1, 1);
    let key = rcgen::KeyPair::generate().unwrap();
    let pem = params.self_signed(&key).unwrap().pem() + &key.serialize_pem();
    std::fs::write(folder.path().join("camera.pem"), pem).unwrap();
    std::fs::set_permissions(folder.path(), PermissionsExt::from_mode(0o755)).unwrap();
    folder
}

fn lighttpd_conf(folder: &Path, port: u16, algorithm: &str) -> String {
    let folder = folder.display();
    format!(
        r#"
server.document-root = "{folder}/www"
server.bind = "127.0.0.1"
server.port = {port}
server.modules = ("mod_auth", "mod_authn_file", "mod_accesslog")
accesslog.filename = "{folder}/access.log"
accesslog.format = "%s %r"
auth.backend = "htdigest"
auth.backend.htdigest.userfile = "{folder}/users"
auth.require = ("/" => ("method" => "digest", "realm" => "AXIS_ACCC8E000001", "require" => "valid-user", "algorithm" => "{algorithm}"))
"#
    )
}

fn motion_conf(folder: &Path, port: u16) -> String {
    let folder = folder.display();
    format!(
        "target_dir {folder}\nnetcam_url file://{folder}/no-video\npicture_output off\nmovie_output off\n\
         webcontrol_port {port}\nwebcontrol_localhost on\nwebcontrol_auth_method 2\n\
         webcontrol_authentication demarc:pass word\n"
    )
}

fn apache_conf(folder: &Path, port: u16) -> String {
    let folder = folder.display();
    let modules = ["mpm_prefork", "authn_core", "authn_file", "authz_core", "authz_user", "auth_digest"];
    let modules = modules.map(|m| format!("LoadModule {m}_module /usr/lib/apache2/modules/mod_{m}.so"));
    format!(
        r#"
{}
ServerRoot "{folder}"
DefaultRuntimeDir "{folder}"
PidFile "{folder}/pid"
ServerName 127.0.0.1
Listen 127.0.0.1:{port}
User nobody
Group nogroup
StartServers 1
LogLevel notice
ErrorLog /dev/stderr
CustomLog "{folder}/access.log" "%>s %r"
DocumentRoot "{folder}/www"
<Location "/">
  AuthType Digest
  AuthName "AXIS_ACCC8E000001"
  AuthUserFile "{folder}/users"
  Require valid-user
</Location>
"#,
        modules.join("\n")
    )
}

fn apache_tls_conf(folder: &Path, port: u16) -> String {
    let digest = apache_conf(folder, port);
    let (before, _) = digest.split_once("<Location").unwrap();
    let folder = folder.display();
    format!(
        r#"
LoadModule ssl_module /usr/lib/apache2/modules/mod_ssl.so
LoadModule auth_basic_module /usr/lib/apache2/modules/mod_auth_basic.so
{before}
SSLEngine on
SSLCertificateFile "{folder}/camera.pem"
<Location "/">
  AuthType Basic
  AuthName "AXIS_ACCC8E000001"
  AuthUserFile "{folder}/basic-users"
  Require valid-user
</Location>
"#
    )
}
