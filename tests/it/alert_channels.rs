//! Alerts over servers that are not ours: Debian's `python3-aiosmtpd`, and Python's own HTTP server,
//! which checks the signature with Python's own HMAC.

use demarc_alert::message::{Message, Times};
use demarc_alert::smtp::{Login, Security, SmtpChannel, mailbox};
use demarc_alert::webhook::{self, WebhookChannel};
use demarc_alert::{Channel, Delivery, tls};
use demarc_model::fault::{Fault, LineCause};
use demarc_model::id::{IncidentId, SiteId};
use demarc_model::incident::{Incident, Step, Transition};
use demarc_model::site::Site;
use demarc_model::time::Timestamp;
use demarc_model::verdict::{Explanation, Finding, Verdict};
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Lines};
use std::process::{Child, ChildStdout, Command, Stdio};
use tempfile::TempDir;

/// Debian's own, which sees Debian's packages; another one may come first in the path.
const PYTHON: &str = "/usr/bin/python3";
const MAIL_SERVER: &str = include_str!("alert_channels/mail_server.py");
const HTTPS_SERVER: &str = include_str!("alert_channels/https_server.py");

/// A certificate for 127.0.0.1 and the authority that issued it, as files and as PEM.
struct Pki {
    directory: TempDir,
    authority: String,
}

fn pki() -> Pki {
    let key = KeyPair::generate().unwrap();
    let mut params = CertificateParams::new(vec![]).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority = params.self_signed(&key).unwrap().pem();
    let issuer = Issuer::new(params, key);
    let key = KeyPair::generate().unwrap();
    let leaf =
        CertificateParams::new(vec!["127.0.0.1".to_owned()]).unwrap().signed_by(&key, &issuer).unwrap();
    let directory = tempfile::tempdir().unwrap();
    std::fs::write(directory.path().join("cert.pem"), leaf.pem()).unwrap();
    std::fs::write(directory.path().join("key.pem"), key.serialize_pem()).unwrap();
    Pki { directory, authority }
}

/// A Python program that says its port first and then one line of JSON for each thing it took.
struct Server {
    child: Child,
    lines: Lines<BufReader<ChildStdout>>,
    port: u16,
}

impl Server {
    #[expect(clippy::disallowed_methods, reason = "the test needs a server that is not ours")]
    fn start(program: &str, mode: &str, pki: &Pki) -> Self {
        let mut child = Command::new(PYTHON)
            .args(["-W", "ignore", "-c", program, mode])
            .args(["cert.pem", "key.pem"].map(|name| pki.directory.path().join(name)))
            .stdout(Stdio::piped())
            .spawn()
            .expect("this test needs Debian's Python: apt-get install python3 python3-aiosmtpd");
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let first = lines.next().and_then(Result::ok);
        let first = first.expect("the server did not start; it needs: apt-get install python3-aiosmtpd");
        Self { child, lines, port: first.parse().unwrap() }
    }

    /// Ends the server and tells what it took.
    fn took(mut self) -> Vec<Value> {
        self.end();
        self.lines.by_ref().map(|line| serde_json::from_str(&line.unwrap()).unwrap()).collect()
    }

    fn end(&mut self) {
        // Both fail only when it has already ended.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.end();
    }
}

fn message() -> Message {
    let at: Timestamp = "2022-02-20T16:38:40Z".parse().unwrap();
    let verdict = Verdict {
        finding: Finding::Fault(Fault::Line { cause: LineCause::Down }),
        since: at,
        detected: at,
        confidence: 0.998,
        flapping: None,
        explanation: Explanation::default(),
    };
    let site = Site {
        id: SiteId::new("se-mmo-0412").unwrap(),
        name: "Malmö".to_owned(),
        language: demarc_model::site::Language::English,
        segments: vec![],
        cameras: vec![],
        controls: vec![],
        resolver_on_gateway: false,
        vendor: None,
    };
    let id = IncidentId(7);
    let incident = Incident {
        id,
        site: site.id.clone(),
        verdict,
        opened: at,
        changed: None,
        closed: None,
        page_admitted: None,
        starts: None,
    };
    let transition = Transition { step: Step::Opened, at, incident };
    Message::about(transition, site, Times { sent: at, first_tried: at })
}

#[derive(Debug, PartialEq)]
enum Ending {
    Delivered,
    Retry,
    Dead,
}

fn ending(delivery: &Delivery) -> Ending {
    match delivery {
        Delivery::Delivered | Delivery::Detoured { .. } => Ending::Delivered,
        Delivery::Retry { .. } => Ending::Retry,
        Delivery::Dead { .. } => Ending::Dead,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn mail_goes_out_encrypted_to_a_trusted_server_or_not_at_all() {
    let cases = [
        ("starttls", Security::StartTls, Trust::Ours, "s3cret", Ending::Delivered),
        ("tls", Security::Tls, Trust::Ours, "s3cret", Ending::Delivered),
        ("starttls", Security::StartTls, Trust::SystemOnly, "s3cret", Ending::Retry),
        ("tls", Security::Tls, Trust::SystemOnly, "s3cret", Ending::Retry),
        ("starttls", Security::StartTls, Trust::Ours, "wrong", Ending::Dead),
        ("none", Security::StartTls, Trust::Ours, "s3cret", Ending::Retry),
        ("none", Security::None, Trust::Ours, "s3cret", Ending::Delivered),
    ];
    for (mode, security, trust, password, expected) in cases {
        let pki = pki();
        let server = Server::start(MAIL_SERVER, mode, &pki);
        let channel = Channel::Smtp(SmtpChannel {
            host: "127.0.0.1".to_owned(),
            port: server.port,
            security,
            login: Some(Login { username: "demarc".to_owned(), password: password.into() }),
            from: mailbox("demarc@example.com").unwrap(),
            to: vec![mailbox("oncall@example.com").unwrap()],
            authorities: trust.authorities(&pki),
            second: None,
        });
        let delivery = channel.deliver(&message()).await;
        assert_eq!(ending(&delivery), expected, "{mode} {security:?} {trust:?} {password}: {delivery:?}");
        let mail = json!({
            "from": "demarc@example.com",
            "to": ["oncall@example.com"],
            "encrypted": mode != "none",
            "user": "demarc",
            "subject": "[Malmö] LINE DOWN",
            "first_line": "LINE DOWN",
            "last_line": "Malmö (se-mmo-0412) · demarc/se-mmo-0412/7/1645375120000",
        });
        let took = if expected == Ending::Delivered { vec![mail] } else { vec![] };
        assert_eq!(server.took(), took, "{mode} {security:?} {trust:?} {password}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_webhook_is_posted_over_https_to_a_trusted_server_or_not_at_all() {
    let cases = [
        (Trust::Ours, "s3cret", Ending::Delivered),
        (Trust::Ours, "forged", Ending::Dead),
        (Trust::SystemOnly, "s3cret", Ending::Retry),
    ];
    for (trust, secret, expected) in cases {
        let pki = pki();
        let server = Server::start(HTTPS_SERVER, "s3cret", &pki);
        let channel = Channel::Webhook(WebhookChannel {
            url: format!("https://127.0.0.1:{}/hook", server.port).parse().unwrap(),
            secret: Some(secret.into()),
            http: webhook::client(trust.authorities(&pki), None).unwrap(),
            second: None,
        });
        let delivery = channel.deliver(&message()).await;
        assert_eq!(ending(&delivery), expected, "{trust:?} {secret}: {delivery:?}");
        let took = if expected == Ending::Delivered {
            vec![json!({ "event": "trigger", "title": "LINE DOWN", "path": "/hook" })]
        } else {
            vec![]
        };
        assert_eq!(server.took(), took, "{trust:?} {secret}");
    }
}

#[derive(Debug, Clone, Copy)]
enum Trust {
    Ours,
    SystemOnly,
}

impl Trust {
    fn authorities(self, pki: &Pki) -> Vec<rustls::pki_types::CertificateDer<'static>> {
        match self {
            Self::Ours => tls::authorities(pki.authority.as_bytes()).unwrap(),
            Self::SystemOnly => vec![],
        }
    }
}
