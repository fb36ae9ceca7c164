//! WS-Security `UsernameToken`, for devices that know no HTTP Digest.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha1::{Digest as _, Sha1};

/// A password proved by hash, nonce and time (WS-Security `UsernameToken`).
#[derive(Clone, Copy)]
pub struct UsernameToken<'a> {
    pub username: &'a str,
    pub password: &'a str,
    /// Fresh for every request: devices refuse one they have seen.
    pub nonce: [u8; 16],
    /// The device's time, not ours, in milliseconds since 1970: devices accept 5 to 540 s of difference.
    pub created_ms: i64,
}

impl UsernameToken<'_> {
    pub(super) fn header(self) -> String {
        const WSS: &str = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss";
        let created = zulu(self.created_ms);
        let digest = self.digest(&created);
        let username = quick_xml::escape::escape(self.username);
        let nonce = STANDARD.encode(self.nonce);
        format!(
            r#"<s:Header><Security s:mustUnderstand="1" xmlns="{WSS}-wssecurity-secext-1.0.xsd"><UsernameToken><Username>{username}</Username><Password Type="{WSS}-username-token-profile-1.0#PasswordDigest">{digest}</Password><Nonce EncodingType="{WSS}-soap-message-security-1.0#Base64Binary">{nonce}</Nonce><Created xmlns="{WSS}-wssecurity-utility-1.0.xsd">{created}</Created></UsernameToken></Security></s:Header>"#
        )
    }

    fn digest(self, created: &str) -> String {
        let mut hash = Sha1::new();
        hash.update(self.nonce);
        hash.update(created);
        hash.update(self.password);
        STANDARD.encode(hash.finalize())
    }
}

/// Milliseconds and `Z`: Hikvision refuses more digits and `+00:00`.
pub(super) fn zulu(ms: i64) -> String {
    let time = jiff::Timestamp::from_millisecond(ms).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
    format!("{time:.3}")
}
