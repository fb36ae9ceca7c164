use super::*;
use crate::Channel;
use crate::line::tests::{ELSEWHERE, second_line};
use crate::sample::{again, golden, message, message_in, site, time};
use base64::prelude::{BASE64_STANDARD, Engine};
use demarc_model::incident::Step;
use demarc_model::site::Language;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

/// A mail server on loopback that gives fixed answers and keeps what it is told, line by line.
/// `refuse` is the command and the answer in its place.
async fn server(refuse: Option<(&'static str, &'static str)>) -> (u16, JoinHandle<Vec<String>>) {
    server_at("127.0.0.1:0", refuse).await
}

async fn server_at(
    address: &str,
    refuse: Option<(&'static str, &'static str)>,
) -> (u16, JoinHandle<Vec<String>>) {
    let listener = TcpListener::bind(address).await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let task = tokio::spawn(async move {
        let (stream, _) = listener.accept().await.unwrap();
        let mut stream = BufReader::new(stream);
        let mut said = Vec::new();
        stream.write_all(b"220 here\r\n").await.unwrap();
        let mut in_data = false;
        loop {
            let mut line = String::new();
            // The client closes when it has heard enough.
            if stream.read_line(&mut line).await.unwrap_or(0) == 0 {
                return said;
            }
            let line = line.strip_suffix("\r\n").expect("lines end in CR LF").to_owned();
            let answer = match (refuse, line.as_str()) {
                (Some((command, answer)), line) if !in_data && line.starts_with(command) => answer,
                (_, ".") => "250 kept",
                (_, _) if in_data => "",
                (_, "DATA") => "354 go on",
                (_, "QUIT") => "221 bye",
                _ => "250 fine",
            };
            in_data = (in_data || answer.starts_with("354")) && line != ".";
            said.push(line);
            if !answer.is_empty() && stream.write_all(format!("{answer}\r\n").as_bytes()).await.is_err() {
                return said;
            }
        }
    });
    (port, task)
}

fn channel(port: u16, security: Security) -> SmtpChannel {
    SmtpChannel {
        host: "127.0.0.1".to_owned(),
        port,
        security,
        login: None,
        from: mailbox("Demarc <demarc@example.com>").unwrap(),
        to: vec![mailbox("oncall@example.com").unwrap()],
        authorities: vec![],
        second: None,
    }
}

/// The lines between DATA and the lone dot.
fn mail(said: &[String]) -> Vec<String> {
    let lines = said.iter().skip_while(|line| *line != "DATA").skip(1);
    lines.take_while(|line| *line != ".").cloned().collect()
}

fn header<'a>(mail: &'a [String], name: &str) -> Option<&'a str> {
    mail.iter()
        .take_while(|line| !line.is_empty())
        .find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
}

#[tokio::test]
async fn a_mail_is_what_readers_were_promised() {
    golden("mail-trigger.txt", &mailed(&message(Step::Opened)).await);
    golden("mail-trigger.de.txt", &mailed(&message_in(Step::Opened, Language::German)).await);
}

async fn mailed(message: &Message) -> String {
    let (port, said) = server(None).await;
    let delivery = Channel::Smtp(channel(port, Security::None)).deliver(message).await;
    assert_eq!(delivery, Delivery::Delivered);
    let said = said.await.unwrap();
    assert_eq!(said[1..4], ["MAIL FROM:<demarc@example.com>", "RCPT TO:<oncall@example.com>", "DATA"]);
    let mail = mail(&said);
    let (head, body) = mail.split_at(mail.iter().position(String::is_empty).unwrap());
    let body = BASE64_STANDARD.decode(body.concat()).unwrap();
    let readable = String::from_utf8(body).unwrap().replace("\r\n", "\n");
    format!("{}\n\n{readable}", head.join("\n"))
}

#[tokio::test]
async fn a_mail_that_the_first_line_does_not_carry_goes_out_over_the_second() {
    let (port, said) = server_at(ELSEWHERE, None).await;
    // Over the first line the name leads to a port on which nobody listens.
    let host = "localhost".to_owned();
    let channel = SmtpChannel { host, second: Some(second_line()), ..channel(port, Security::None) };
    let delivery = channel.deliver(&message(Step::Opened)).await;
    assert!(matches!(&delivery, Delivery::Detoured { .. }), "{delivery:?}");
    let subject = header(&mail(&said.await.unwrap()), "Subject").map(str::to_owned);
    assert!(subject.as_deref().is_some_and(|subject| subject.ends_with("VENDOR")), "{subject:?}");
}

#[tokio::test]
async fn a_mail_that_the_server_refuses_is_not_tried_again_over_another_line() {
    let (port, said) = server(Some(("RCPT", "550 nobody here"))).await;
    let channel = SmtpChannel { second: Some(second_line()), ..channel(port, Security::None) };
    let delivery = channel.deliver(&message(Step::Opened)).await;
    assert!(matches!(&delivery, Delivery::Dead { .. }), "{delivery:?}");
    assert!(said.await.unwrap().iter().any(|line| line.starts_with("RCPT")));
}

#[tokio::test]
async fn mails_about_one_incident_thread_and_others_do_not() {
    let mut seen = Vec::new();
    let update = message(Step::Changed);
    let test = Message::test(site(), time("18:42:12"));
    let other = Message { page: again(true), ..message(Step::Opened) };
    for message in [message(Step::Opened), update.clone(), update, message(Step::Closed), test, other] {
        let (port, said) = server(None).await;
        assert_eq!(channel(port, Security::None).deliver(&message).await, Delivery::Delivered);
        let mail = mail(&said.await.unwrap());
        let of = |name| header(&mail, name).map(str::to_owned);
        seen.push((of("Message-ID").unwrap(), of("References"), of("In-Reply-To")));
    }
    let first = Some(seen[0].0.clone());
    assert_eq!((&seen[0].1, &seen[0].2), (&None, &None));
    for later in &seen[1..4] {
        assert_eq!((&later.1, &later.2), (&first, &first));
    }
    assert_eq!(seen[1], seen[2], "the same message tried twice is the same mail");
    assert_ne!(seen[1].0, seen[3].0);
    assert_eq!((seen[4].1.as_ref(), seen[4].0 == seen[0].0), (None, false));
    // What goes on under the page of an earlier incident stands in the thread of that one.
    assert!(seen[5].1.is_some() && seen[5].1 != first && seen[5].0 != seen[0].0, "{:?}", seen[5]);
}

#[tokio::test]
async fn refusals_for_now_and_for_good_are_told_apart() {
    let cases = [
        ("RCPT", "451 greylisted", "retry"),
        ("MAIL", "421 closing", "retry"),
        (".", "452 no room", "retry"),
        ("RCPT", "550 no such user", "dead"),
        (".", "554 refused", "dead"),
        ("EHLO", "garbage", "retry"),
    ];
    for (command, answer, expected) in cases {
        // The lone dot ends the data, so it is no command of its own to the server above.
        let refuse = if command == "." { ("DATA", answer) } else { (command, answer) };
        let (port, said) = server(Some(refuse)).await;
        let delivery = channel(port, Security::None).deliver(&message(Step::Opened)).await;
        let found = match &delivery {
            Delivery::Delivered | Delivery::Detoured { .. } => "delivered",
            Delivery::Retry { .. } => "retry",
            Delivery::Dead { .. } => "dead",
        };
        assert_eq!(found, expected, "{command} {answer}: {delivery:?}");
        said.await.unwrap();
    }
}

#[tokio::test]
async fn a_server_without_starttls_is_told_nothing() {
    let (port, said) = server(None).await;
    let login = Login { username: "demarc".to_owned(), password: "hunter2".into() };
    let channel = SmtpChannel { login: Some(login), ..channel(port, Security::StartTls) };
    let delivery = channel.deliver(&message(Step::Opened)).await;
    let error = "internal client error: STARTTLS is not supported on this server".to_owned();
    assert_eq!(delivery, Delivery::Retry { after: None, error });
    let said = said.await.unwrap();
    let commands: Vec<&str> = said.iter().filter_map(|line| line.split(' ').next()).collect();
    assert!(commands.iter().all(|command| ["EHLO", "QUIT"].contains(command)), "{said:?}");
}

#[tokio::test]
async fn no_unprotected_mail_leaves_this_computer() {
    let error = "an unprotected connection is permitted only to this computer itself".to_owned();
    for host in ["192.0.2.1", "mail.example.com", "localhost.example.com"] {
        let channel = SmtpChannel { host: host.to_owned(), ..channel(25, Security::None) };
        let delivery = channel.deliver(&message(Step::Opened)).await;
        assert_eq!(delivery, Delivery::Dead { error: error.clone() }, "{host}");
    }
}

#[tokio::test]
async fn hostile_names_become_neither_headers_nor_commands() {
    for hostile in [
        "x\r\nBcc: thief@example.com",
        "x\n.\nMAIL FROM:<thief@example.com>",
        "x\r\n.\r\nQUIT",
        "x\rRSET\u{0}",
    ] {
        let (port, said) = server(None).await;
        let mut message = message(Step::Opened);
        message.site.name = hostile.to_owned();
        message.site.cameras[1].name = hostile.to_owned();
        assert_eq!(channel(port, Security::None).deliver(&message).await, Delivery::Delivered);
        let said = said.await.unwrap();
        let commands: Vec<&str> = said
            .iter()
            .filter(|line| !mail(&said).contains(line))
            .filter_map(|l| l.split([' ', ':']).next())
            .collect();
        assert_eq!(commands, ["EHLO", "MAIL", "RCPT", "DATA", ".", "QUIT"][..commands.len()], "{hostile:?}");
        let mail = mail(&said);
        assert_eq!(header(&mail, "Bcc"), None, "{hostile:?}");
        let body: Vec<&String> = mail.iter().skip_while(|line| !line.is_empty()).skip(1).collect();
        let base64 = |line: &&String| line.chars().all(|c| c.is_ascii_alphanumeric() || "+/=".contains(c));
        assert!(!body.is_empty() && body.iter().all(base64), "{body:?}");
    }
}

#[test]
fn only_addresses_are_addresses() {
    let cases = [
        ("oncall@example.com", true),
        ("On call <oncall@example.com>", true),
        ("oncall", false),
        ("", false),
        ("a@example.com\r\nBcc: b@example.com", false),
        ("a@example.com, b@example.com", false),
    ];
    for (text, expected) in cases {
        assert_eq!(mailbox(text).is_ok(), expected, "{text:?}");
    }
}
