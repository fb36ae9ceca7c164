//! The camera as a second place to look from: `pingtest.cgi` and `tcptest.cgi`.
//!
//! What these answer with is not documented. By those who read the scripts in AXIS OS 12 it is
//! "Test successful." or an error, and "got response" or "no response"; nothing was recorded from a camera,
//! so other words are kept and not judged.

use super::VapixError;
use crate::request::Request;

/// The camera's words about its test, at most 256 characters of one line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TestWords(pub String);

const LONGEST: usize = 256;

/// Makes the camera resolve a name and ping it. `None` for what is no name or address.
pub fn ping_test_request(host: &str) -> Option<Request> {
    is_host(host).then(|| Request::get(&format!("/axis-cgi/pingtest.cgi?ip={host}")))
}

/// Makes the camera connect. `None` for what is no name or address.
pub fn tcp_test_request(host: &str, port: u16) -> Option<Request> {
    is_host(host).then(|| Request::get(&format!("/axis-cgi/tcptest.cgi?address={host}&port={port}")))
}

fn is_host(host: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b':');
    (1..=253).contains(&host.len()) && host.bytes().all(allowed)
}

impl TestWords {
    /// Whether the camera got through; `None` when it cannot be told from its words.
    pub fn got_through(&self) -> Option<bool> {
        let words = self.0.to_ascii_lowercase();
        let says = |phrase: &str| words.contains(phrase);
        match (says("test successful") || says("got response"), says("no response")) {
            (true, false) => Some(true),
            (false, true) => Some(false),
            (true, true) | (false, false) => None,
        }
    }
}

/// # Errors
/// The bytes are empty or a page, such as the 404 of a camera without the test.
pub fn parse_test(bytes: &[u8]) -> Result<TestWords, VapixError> {
    let text: String = bytes.iter().map(|byte| char::from(*byte)).collect();
    let words: Vec<&str> = text.split_whitespace().collect();
    let words: String = words.join(" ").chars().filter(|c| !c.is_control()).take(LONGEST).collect();
    if words.is_empty() || words.starts_with('<') { Err(VapixError::Text) } else { Ok(TestWords(words)) }
}
