use super::*;
use crate::Channel;
use crate::line::tests::{ELSEWHERE, second_line};
use crate::sample::{golden, message, site, time};
use demarc_model::incident::Step;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

/// A request as it came over the wire.
struct Received {
    head: String,
    body: Vec<u8>,
}

impl Received {
    fn header(&self, name: &str) -> Option<&str> {
        let line =
            |line: &'_ str| line.split_once(": ").filter(|(n, _)| n.eq_ignore_ascii_case(name)).is_some();
        self.head.lines().find(|l| line(l)).and_then(|l| l.split_once(": ")).map(|(_, value)| value)
    }
}

/// Takes one request on loopback and answers with these bytes, then closes.
async fn receiver(answer: Vec<u8>) -> (Url, JoinHandle<Received>) {
    receiver_at("127.0.0.1:0", answer).await
}

async fn receiver_at(address: &str, answer: Vec<u8>) -> (Url, JoinHandle<Received>) {
    let listener = TcpListener::bind(address).await.unwrap();
    let url = format!("http://{}/hook?token=hunter2", listener.local_addr().unwrap()).parse().unwrap();
    let task = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut read = Vec::new();
        let (head, length) = loop {
            stream.read_buf(&mut read).await.unwrap();
            let Some(end) = read.windows(4).position(|w| w == b"\r\n\r\n") else { continue };
            let head = String::from_utf8(read.drain(..end + 4).collect()).unwrap();
            let length =
                head.lines().find_map(|l| l.to_lowercase().strip_prefix("content-length: ")?.parse().ok());
            break (head, length.unwrap_or(0usize));
        };
        while read.len() < length {
            stream.read_buf(&mut read).await.unwrap();
        }
        // The client may have seen enough and closed; the test looks at what the client made of it.
        let _ = stream.write_all(&answer).await;
        Received { head, body: read }
    });
    (url, task)
}

fn channel(url: Url, secret: Option<&str>) -> Channel {
    let http = client(vec![], None).unwrap();
    Channel::Webhook(WebhookChannel { url, secret: secret.map(Into::into), http, second: None })
}

#[tokio::test]
async fn a_message_is_posted_signed_and_whole() {
    let (url, received) = receiver(b"HTTP/1.1 204 No Content\r\n\r\n".to_vec()).await;
    let message = message(Step::Opened);
    assert_eq!(channel(url, Some("s3cret")).deliver(&message).await, Delivery::Delivered);
    let received = received.await.unwrap();
    assert_eq!(received.head.lines().next(), Some("POST /hook?token=hunter2 HTTP/1.1"));
    assert_eq!(received.header("content-type"), Some("application/json"));
    assert_eq!(
        received.header("idempotency-key"),
        Some("demarc/se-mmo-0412/7/1645375120000/trigger/1645375120000")
    );
    // Computed by the definition of HMAC (RFC 2104), not by the library that signed it.
    let seconds = time("18:42:12").as_millis() / 1_000;
    let signed = [format!("{seconds}.").as_bytes(), &received.body].concat();
    let expected = format!("t={seconds},v1={}", hmac_by_hand(b"s3cret", &signed));
    assert_eq!(received.header("demarc-signature"), Some(expected.as_str()));
    assert!(received.body == body(&message).unwrap());
}

fn hmac_by_hand(key: &[u8], text: &[u8]) -> String {
    use sha2::Digest;
    let mut block = key.to_vec();
    block.resize(64, 0);
    let pad = |with: u8| block.iter().map(|byte| byte ^ with).collect::<Vec<u8>>();
    let inner = Sha256::digest([pad(0x36).as_slice(), text].concat());
    let outer = Sha256::digest([pad(0x5c).as_slice(), &inner].concat());
    hex::encode(outer)
}

#[tokio::test]
async fn what_the_first_line_does_not_carry_goes_out_over_the_second() {
    let (url, received) = receiver_at(ELSEWHERE, b"HTTP/1.1 204 No Content\r\n\r\n".to_vec()).await;
    // Over the first line the name leads to a port on which nobody listens.
    let url: Url = format!("http://localhost:{}/hook", url.port().unwrap()).parse().unwrap();
    let second = Some(client(vec![], Some(&second_line())).unwrap());
    let http = client(vec![], None).unwrap();
    let channel = Channel::Webhook(WebhookChannel { url, secret: None, http, second });
    let delivery = channel.deliver(&message(Step::Opened)).await;
    assert!(matches!(&delivery, Delivery::Detoured { error } if error.contains("refused")), "{delivery:?}");
    assert_eq!(received.await.unwrap().head.lines().next(), Some("POST /hook HTTP/1.1"));
}

#[tokio::test]
async fn what_neither_line_carries_is_tried_later_and_says_why_of_both() {
    let closed = TcpListener::bind(ELSEWHERE).await.unwrap().local_addr().unwrap().port();
    let url: Url = format!("http://localhost:{closed}/hook").parse().unwrap();
    let second = Some(client(vec![], Some(&second_line())).unwrap());
    let http = client(vec![], None).unwrap();
    let channel = Channel::Webhook(WebhookChannel { url, secret: None, http, second });
    let delivery = channel.deliver(&message(Step::Opened)).await;
    let Delivery::Retry { after: None, error } = delivery else { panic!("{delivery:?}") };
    assert!(error.contains("; over the second line: "), "{error}");
}

#[tokio::test]
async fn without_a_secret_nothing_is_signed() {
    let (url, received) = receiver(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok".to_vec()).await;
    let message = Message::test(site(), time("18:42:12"));
    assert_eq!(channel(url, None).deliver(&message).await, Delivery::Delivered);
    assert_eq!(received.await.unwrap().header("demarc-signature"), None);
}

#[tokio::test]
async fn answers_are_told_apart() {
    let retry = |after: Option<u64>, error: &str| Delivery::Retry {
        after: after.map(Duration::from_secs),
        error: error.to_owned(),
    };
    let dead = |error: &str| Delivery::Dead { error: error.to_owned() };
    let cases = [
        ("200 OK\r\n", "", Delivery::Delivered),
        ("202 Accepted\r\n", "", Delivery::Delivered),
        ("500 Oops\r\n", "", retry(None, "HTTP 500")),
        ("503 Busy\r\nRetry-After: 30\r\n", "", retry(Some(30), "HTTP 503")),
        ("408 Slow\r\n", "", retry(None, "HTTP 408")),
        ("425 Early\r\n", "", retry(None, "HTTP 425")),
        ("429 Enough\r\nRetry-After: 120\r\n", "", retry(Some(120), "HTTP 429")),
        ("429 Enough\r\nRetry-After: 999999\r\n", "", retry(Some(3_600), "HTTP 429")),
        ("429 Enough\r\nRetry-After: Sun, 20 Feb 2022 18:43:12 GMT\r\n", "", retry(Some(60), "HTTP 429")),
        ("429 Enough\r\nRetry-After: soon\r\n", "", retry(None, "HTTP 429")),
        ("400 No\r\n", "unknown\r\nfield \u{1b}[31mx", dead("HTTP 400: unknown field [31mx")),
        ("401 No\r\n", "", dead("HTTP 401")),
        ("410 Gone\r\n", "", dead("HTTP 410")),
        ("302 Elsewhere\r\nLocation: http://127.0.0.1:1/\r\n", "", dead("HTTP 302")),
    ];
    for (head, body, expected) in cases {
        let answer = format!("HTTP/1.1 {head}content-length: {}\r\n\r\n{body}", body.len());
        let (url, received) = receiver(answer.into_bytes()).await;
        assert_eq!(channel(url, None).deliver(&message(Step::Opened)).await, expected, "{head}");
        received.await.unwrap();
    }
}

#[tokio::test]
async fn an_answer_without_end_is_cut() {
    let mut answer = b"HTTP/1.1 400 No\r\ncontent-length: 1000000000\r\n\r\n".to_vec();
    answer.extend(b"x".repeat(200_000));
    let (url, received) = receiver(answer).await;
    let expected = Delivery::Dead { error: format!("HTTP 400: {}", "x".repeat(256)) };
    assert_eq!(channel(url, None).deliver(&message(Step::Opened)).await, expected);
    received.await.unwrap();
}

#[tokio::test]
async fn no_answer_is_tried_again_and_the_address_stays_secret() {
    let (url, received) = receiver(b"this is not HTTP\r\n\r\n".to_vec()).await;
    let garbage = channel(url, None).deliver(&message(Step::Opened)).await;
    received.await.unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url: Url = format!("http://{}/hook?token=hunter2", listener.local_addr().unwrap()).parse().unwrap();
    drop(listener);
    let refused = channel(url, None).deliver(&message(Step::Opened)).await;
    for delivery in [garbage, refused] {
        let Delivery::Retry { after: None, error } = &delivery else { panic!("{delivery:?}") };
        assert!(!error.contains("hunter2") && error.len() > 20, "{error}");
    }
}

#[tokio::test]
async fn a_receiver_that_never_answers_is_left_after_the_timeout() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url: Url = format!("http://{}/", listener.local_addr().unwrap()).parse().unwrap();
    let http = Client::builder().tls_backend_preconfigured(tls::config(vec![]).unwrap());
    let http = http.timeout(Duration::from_millis(50)).build().unwrap();
    let channel = Channel::Webhook(WebhookChannel { url, secret: None, http, second: None });
    let delivery = channel.deliver(&message(Step::Opened)).await;
    assert!(matches!(delivery, Delivery::Retry { after: None, .. }), "{delivery:?}");
    drop(listener);
}

#[test]
fn the_json_is_what_receivers_were_promised() {
    let cases = [
        ("webhook-trigger.json", message(Step::Opened)),
        ("webhook-resolve.json", message(Step::Closed)),
        ("webhook-test.json", Message::test(site(), time("18:42:12"))),
    ];
    for (name, message) in cases {
        let value: serde_json::Value = serde_json::from_slice(&body(&message).unwrap()).unwrap();
        golden(name, &(serde_json::to_string_pretty(&value).unwrap() + "\n"));
    }
}
