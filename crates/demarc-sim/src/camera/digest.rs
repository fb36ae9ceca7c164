//! HTTP digest authentication, the server's side (RFC 7616, and RFC 2069 where no `qop` is offered).
//!
//! A challenge carries the camera's time and a seal, as Axis cameras make it, so the camera need not
//! remember it; what it remembers is how often each of the last challenges was answered.

use super::state::State;
use crate::layout::{Algorithm, USERNAME};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use md5::Md5;
use sha1::{Digest, Sha1};
use sha2::Sha256;
use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};

const SLOTS: usize = 1024;
const SEALED: usize = 12 + 40;

/// The challenges of one camera.
#[derive(Debug)]
pub(crate) struct Nonces {
    secret: u64,
    life_us: i64,
    issued: AtomicU64,
    /// For each slot the low half of the challenge's time, and the highest `nc` seen with it.
    answered: Box<[AtomicU64]>,
}

/// What is protected, and how its challenge looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Guard {
    Web(Algorithm),
    /// No `qop`, no `algorithm`, a `stale` without quotes.
    Onvif,
    Rtsp,
}

/// One request that wants in.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Attempt<'a> {
    pub(crate) authorization: &'a str,
    pub(crate) method: &'a str,
    /// As it stood in the request.
    pub(crate) target: &'a str,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    Accepted,
    WrongPassword,
    /// Right, to a challenge that is too old.
    Stale,
    /// Right, and said before.
    Replayed,
    /// No answer to a challenge of this camera.
    Unusable,
}

impl Nonces {
    pub(crate) fn new(secret: u64, life_s: u32) -> Self {
        let answered = (0..SLOTS).map(|_| AtomicU64::new(0)).collect();
        Self { secret, life_us: i64::from(life_s) * 1_000_000, issued: AtomicU64::new(0), answered }
    }

    /// The challenges of a 401, the preferred one first.
    pub(crate) fn challenges(&self, guard: Guard, state: &State, stale: Stale) -> Vec<String> {
        let (realm, nonce) = (realm(guard, state), self.issue(&realm(guard, state), state));
        let stale_word = match stale {
            Stale::Yes => ", stale=true",
            Stale::No => "",
        };
        let web = |algorithm: &str| {
            format!(
                r#"Digest realm="{realm}", nonce="{nonce}", algorithm={algorithm}, qop="auth"{stale_word}"#
            )
        };
        match guard {
            Guard::Web(Algorithm::Md5) => vec![web("MD5")],
            Guard::Web(Algorithm::Sha256) => vec![web("SHA-256"), web("MD5")],
            Guard::Onvif | Guard::Rtsp => {
                let flag = if stale == Stale::Yes { "TRUE" } else { "FALSE" };
                vec![format!(r#"Digest realm="{realm}", nonce="{nonce}", stale={flag}"#)]
            }
        }
    }

    pub(crate) fn judge(&self, attempt: Attempt<'_>, guard: Guard, state: &State) -> Outcome {
        let Some(answer) = Answer::parse(attempt.authorization) else { return Outcome::Unusable };
        let Some(issued_us) = self.unseal(answer.get("nonce"), &realm(guard, state)) else {
            return Outcome::Unusable;
        };
        if answer.get("uri") != attempt.target || answer.get("realm") != realm(guard, state) {
            return Outcome::Unusable;
        }
        match answer.expected(attempt.method, state.password, guard) {
            None => return Outcome::Unusable,
            Some(expected) if expected != answer.get("response") || answer.get("username") != USERNAME => {
                return Outcome::WrongPassword;
            }
            Some(_) => {}
        }
        let age_us = time_us(state) - issued_us;
        if !(-1_000_000..=self.life_us).contains(&age_us) {
            return Outcome::Stale;
        }
        match (guard, u32::from_str_radix(answer.get("nc"), 16)) {
            (Guard::Onvif | Guard::Rtsp, _) => Outcome::Accepted,
            (Guard::Web(_), Ok(count)) => self.count(issued_us, count),
            (Guard::Web(_), Err(_)) => Outcome::Unusable,
        }
    }

    /// Base64 of the time in microseconds, little-endian, and a seal of 40 hexadecimal digits.
    /// The lowest ten bits of the time are the slot's number.
    fn issue(&self, realm: &str, state: &State) -> String {
        let slot = self.issued.fetch_add(1, Ordering::Relaxed) % SLOTS as u64;
        let time_us = (time_us(state) & !(SLOTS as i64 - 1)) | slot.cast_signed();
        self.answered[slot_of(time_us)].store(u64::from(mark(time_us)) << 32, Ordering::Relaxed);
        format!("{}{}", STANDARD.encode(time_us.to_le_bytes()), self.seal(time_us, realm))
    }

    fn seal(&self, time_us: i64, realm: &str) -> String {
        let mut hash = Sha1::new();
        hash.update(self.secret.to_le_bytes());
        hash.update(time_us.to_le_bytes());
        hash.update(realm);
        hex::encode(hash.finalize())
    }

    /// When the challenge was made, if it was made here.
    fn unseal(&self, nonce: &str, realm: &str) -> Option<i64> {
        if nonce.len() != SEALED || !nonce.is_ascii() {
            return None;
        }
        let (time, seal) = nonce.split_at(12);
        let time_us = i64::from_le_bytes(STANDARD.decode(time).ok()?.try_into().ok()?);
        (seal == self.seal(time_us, realm)).then_some(time_us)
    }

    fn count(&self, issued_us: i64, count: u32) -> Outcome {
        let slot = &self.answered[slot_of(issued_us)];
        let mark = mark(issued_us);
        let new = (u64::from(mark) << 32) | u64::from(count);
        let raised = slot.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |old| {
            let same = old >> 32 == u64::from(mark);
            (same && old & 0xffff_ffff < u64::from(count)).then_some(new)
        });
        match raised {
            Ok(_) => Outcome::Accepted,
            // The slot serves a newer challenge: this one is forgotten, which is as good as too old.
            Err(old) if old >> 32 != u64::from(mark) => Outcome::Stale,
            Err(_) => Outcome::Replayed,
        }
    }
}

/// Whether a refused answer was right, and only late.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stale {
    Yes,
    No,
}

fn realm(guard: Guard, state: &State) -> String {
    match guard {
        Guard::Web(_) | Guard::Rtsp => format!("AXIS_{}", state.serial),
        Guard::Onvif => format!("AXIS_WS_{}", state.serial),
    }
}

const fn time_us(state: &State) -> i64 {
    state.time.as_millis() * 1000
}

fn slot_of(time_us: i64) -> usize {
    (time_us & (SLOTS as i64 - 1)) as usize
}

const fn mark(time_us: i64) -> u32 {
    (time_us >> 10) as u32
}

/// The parameters of an `Authorization: Digest` header.
struct Answer<'a>(HashMap<&'a str, &'a str>);

impl<'a> Answer<'a> {
    fn parse(header: &'a str) -> Option<Self> {
        let (scheme, mut rest) = header.split_once(' ')?;
        if !scheme.eq_ignore_ascii_case("digest") {
            return None;
        }
        let mut values = HashMap::new();
        while let Some((name, after)) = rest.split_once('=') {
            let (value, after) = match after.strip_prefix('"') {
                Some(quoted) => quoted.split_once('"')?,
                None => after.split_at(after.find(',').unwrap_or(after.len())),
            };
            values.insert(name.trim_matches([' ', ',']), value.trim());
            rest = after;
        }
        Some(Self(values))
    }

    fn get(&self, name: &str) -> &'a str {
        self.0.get(name).copied().unwrap_or_default()
    }

    /// What `response` must be; `None` for a form that was not offered.
    fn expected(&self, method: &str, password: &str, guard: Guard) -> Option<String> {
        let hash = self.hash(guard)?;
        let secret = hash(&[self.get("username"), self.get("realm"), password].join(":"));
        let request = hash(&[method, self.get("uri")].join(":"));
        let parts = match guard {
            Guard::Web(_) if self.get("qop") != "auth" => return None,
            Guard::Web(_) => {
                vec![&secret, self.get("nonce"), self.get("nc"), self.get("cnonce"), "auth", &request]
            }
            Guard::Onvif | Guard::Rtsp => vec![&*secret, self.get("nonce"), &request],
        };
        Some(hash(&parts.join(":")))
    }

    fn hash(&self, guard: Guard) -> Option<fn(&str) -> String> {
        let named = self.get("algorithm").to_ascii_uppercase();
        match (guard, named.as_str()) {
            (Guard::Web(Algorithm::Sha256), "SHA-256") => Some(|text| hex::encode(Sha256::digest(text))),
            (Guard::Web(_) | Guard::Onvif | Guard::Rtsp, "MD5" | "") => {
                Some(|text| hex::encode(Md5::digest(text)))
            }
            (Guard::Web(_) | Guard::Onvif | Guard::Rtsp, _) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The examples of RFC 7616, section 3.9.1, and of RFC 2069 as corrected by its errata.
    #[test]
    fn computes_what_the_rfcs_compute() {
        let rfc_7616 = |algorithm: &str| {
            format!(
                r#"Digest username="Mufasa", realm="http-auth@example.org", uri="/dir/index.html", algorithm={algorithm}, nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", nc=00000001, cnonce="f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ", qop=auth, response="""#
            )
        };
        let rfc_2069 = r#"Digest username="Mufasa", realm="testrealm@host.com", nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093", uri="/dir/index.html", response="""#;
        let sha = Guard::Web(Algorithm::Sha256);
        let cases = [
            (rfc_7616("MD5"), "Circle of Life", sha, Some("8ca523f5e9506fed4657c9700eebdbec")),
            (
                rfc_7616("SHA-256"),
                "Circle of Life",
                sha,
                Some("753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"),
            ),
            (rfc_7616("SHA-256"), "Circle of Life", Guard::Web(Algorithm::Md5), None),
            (rfc_2069.to_owned(), "CircleOfLife", Guard::Onvif, Some("1949323746fe6a43ef61f9606e7febea")),
            (rfc_2069.to_owned(), "CircleOfLife", sha, None),
        ];
        for (header, password, guard, expected) in cases {
            let answer = Answer::parse(&header).unwrap();
            assert_eq!(answer.expected("GET", password, guard).as_deref(), expected, "{header}");
        }
    }
}
