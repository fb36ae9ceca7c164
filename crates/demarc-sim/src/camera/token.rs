//! WS-UsernameToken, the server's side (OASIS WSS 1.0), with a memory against repetition.

use super::state::State;
use crate::layout::USERNAME;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use demarc_model::time::Timestamp;
use sha1::{Digest, Sha1};
use std::sync::atomic::{AtomicU64, Ordering};

/// How far a token's time may be from the camera's.
const WINDOW_MS: u64 = 300_000;
const REMEMBERED: usize = 1024;

/// Fingerprints of the tokens that were accepted.
#[derive(Debug)]
pub(crate) struct UsedTokens(Box<[AtomicU64]>);

impl Default for UsedTokens {
    fn default() -> Self {
        Self((0..REMEMBERED).map(|_| AtomicU64::new(0)).collect())
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// There is no token in the envelope.
    Absent,
    Accepted,
    WrongPassword,
    /// Too far from the camera's time, used before, or not readable.
    Unusable,
}

impl UsedTokens {
    pub(crate) fn judge(&self, envelope: &str, state: &State) -> Outcome {
        let [user, password, nonce, created] =
            ["Username", "Password", "Nonce", "Created"].map(|name| text_of(envelope, name));
        let Some(user) = user else { return Outcome::Absent };
        let (Some(password), Some(nonce), Some(created)) = (password, nonce, created) else {
            return Outcome::Unusable;
        };
        let (Ok(raw), Ok(time)) = (STANDARD.decode(nonce), created.parse::<Timestamp>()) else {
            return Outcome::Unusable;
        };
        if user != USERNAME || password_digest(&raw, created, state.password) != password {
            return Outcome::WrongPassword;
        }
        let apart = time.as_millis().abs_diff(state.time.as_millis());
        if apart > WINDOW_MS || !created.ends_with('Z') || self.is_used(&raw, created) {
            return Outcome::Unusable;
        }
        Outcome::Accepted
    }

    fn is_used(&self, nonce: &[u8], created: &str) -> bool {
        let mut hash = Sha1::new();
        hash.update(nonce);
        hash.update(created);
        let digest = hash.finalize();
        let fingerprint = digest.iter().take(8).fold(0, |all, byte| (all << 8) | u64::from(*byte));
        let slot = usize::from(digest[8]) | usize::from(digest[9] & 3) << 8;
        self.0[slot].swap(fingerprint, Ordering::Relaxed) == fingerprint
    }
}

fn password_digest(nonce: &[u8], created: &str, password: &str) -> String {
    let mut hash = Sha1::new();
    hash.update(nonce);
    hash.update(created);
    hash.update(password);
    STANDARD.encode(hash.finalize())
}

/// The text of the first element with this local name.
pub(crate) fn text_of<'a>(xml: &'a str, name: &str) -> Option<&'a str> {
    xml.split('<').skip(1).find_map(|piece| {
        let (tag, text) = piece.split_once('>')?;
        let full = tag.split_whitespace().next()?;
        let local = full.rsplit(':').next()?;
        (local == name).then_some(text.trim())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of the ONVIF Application Programmer's Guide.
    #[test]
    fn signs_as_the_guide_does() {
        let nonce = STANDARD.decode("LKqI6G/AikKCQrN0zqZFlg==").unwrap();
        let digest = password_digest(&nonce, "2010-09-16T07:50:45Z", "userpassword");
        assert_eq!(digest, "tuOSpGlFlIXsozq4HFNeeGeFLEI=");
    }

    #[test]
    fn finds_elements_by_their_local_name() {
        let xml = r#"<s:E xmlns:s="x"><w:Username a="b"> demarc </w:Username><Nonce>n</Nonce></s:E>"#;
        let cases = [("Username", Some("demarc")), ("Nonce", Some("n")), ("Created", None)];
        for (name, expected) in cases {
            assert_eq!(text_of(xml, name), expected, "{name}");
        }
    }
}
