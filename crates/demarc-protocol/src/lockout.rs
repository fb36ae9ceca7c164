//! What a refusal says about the tries that are left, in the body of a 401 or the text of a fault.
//!
//! Cameras of several vendors shut an address out after some wrong passwords: Hikvision for half an hour
//! after about five. Who heeds this never shuts one out.

use crate::xml;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lock {
    /// Whether no password is looked at now, not even the right one.
    pub locked: bool,
    /// Until then, in seconds from the answer.
    pub unlock_s: Option<u32>,
    pub attempts_left: Option<u32>,
}

/// Bodies that speak of locks are short; a longer one is something else.
const LONGEST: usize = 64 * 1024;

/// `None` when the body says nothing of the kind.
pub fn read(body: &[u8]) -> Option<Lock> {
    let body = body.get(..LONGEST).unwrap_or(body);
    of_hikvision(body).or_else(|| of_words(&String::from_utf8_lossy(body)))
}

/// `userCheck` with `lockStatus`, `unlockTime` and `retryLoginTime`.
fn of_hikvision(body: &[u8]) -> Option<Lock> {
    let root = xml::read(body).ok()?;
    if root.name != "userCheck" {
        return None;
    }
    let attempts_left = root.number("retryLoginTime");
    let locked = match root.text_of("lockStatus") {
        Some(status) => status == "lock",
        None => attempts_left == Some(0),
    };
    let unlock_s = root.number("unlockTime").filter(|_| locked);
    let speaks = attempts_left.is_some() || root.text_of("lockStatus").is_some();
    speaks.then_some(Lock { locked, unlock_s, attempts_left })
}

/// "You still have 3 attempt(s)" (Dahua, IMOU), "Login has been locked" (Reolink).
fn of_words(text: &str) -> Option<Lock> {
    let text = text.to_ascii_lowercase();
    if let Some((before, _)) = text.split_once("attempt(s)") {
        let attempts_left = before.split_whitespace().next_back()?.parse().ok()?;
        return Some(Lock { locked: attempts_left == 0, unlock_s: None, attempts_left: Some(attempts_left) });
    }
    let locked = text.contains("login has been locked");
    locked.then_some(Lock { locked, unlock_s: None, attempts_left: None })
}
