//! What a camera is recognised by.

use crate::text::DeviceText;
use std::fmt;
use std::str::FromStr;

/// What a device showed of itself. What it did not show is absent.
#[derive(Debug, Clone, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
pub struct Identity {
    /// The public key of its certificate.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<KeyHash>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub serial: Option<DeviceText>,
    /// The authentication realm of its web service.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub realm: Option<DeviceText>,
    /// The authentication realm of its ONVIF service, which cameras name differently.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub onvif_realm: Option<DeviceText>,
    /// How it wanted to be logged in to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub login: Option<LoginScheme>,
}

/// Weakest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LoginScheme {
    /// The password itself.
    Basic,
    Digest,
}

/// SHA-256 of a public key as it stands in a certificate (SubjectPublicKeyInfo), in hexadecimal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct KeyHash(pub [u8; 32]);

/// A text that is not 64 hexadecimal digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the hash of a key is 64 hexadecimal digits")]
pub struct KeyHashError;

impl Identity {
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Who is pinned when the device that showed `stranger` is accepted in the place of this one.
    ///
    /// What the old device showed and the new one has not shown yet is learnt anew, except when only the
    /// way of logging in has changed: then it is the same device.
    pub fn accepting(&self, stranger: &Self) -> Self {
        let same_device = Self { login: stranger.login, ..Self::default() } == *stranger;
        if same_device {
            return Self { login: stranger.login.or(self.login), ..self.clone() };
        }
        Self { key: stranger.key.or(self.key), ..stranger.clone() }
    }
}

impl fmt::Display for KeyHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl FromStr for KeyHash {
    type Err = KeyHashError;

    fn from_str(text: &str) -> Result<Self, KeyHashError> {
        if text.len() != 64 || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(KeyHashError);
        }
        let mut hash = [0; 32];
        for (byte, at) in hash.iter_mut().zip((0..64).step_by(2)) {
            *byte = u8::from_str_radix(&text[at..at + 2], 16).map_err(|_| KeyHashError)?;
        }
        Ok(Self(hash))
    }
}

impl TryFrom<String> for KeyHash {
    type Error = KeyHashError;

    fn try_from(text: String) -> Result<Self, KeyHashError> {
        text.parse()
    }
}

impl From<KeyHash> for String {
    fn from(hash: KeyHash) -> Self {
        hash.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn serial(text: &str) -> Identity {
        Identity { serial: Some(DeviceText::clean(text)), ..Identity::default() }
    }

    #[test]
    fn an_accepted_device_is_known_by_what_it_showed_itself() {
        let (old_key, new_key) = (Some(KeyHash([1; 32])), Some(KeyHash([2; 32])));
        let login = Some(LoginScheme::Digest);
        let pinned = Identity { key: old_key, login, ..serial("A") };
        let cases = [
            (serial("B"), Identity { key: old_key, ..serial("B") }),
            (Identity { key: new_key, ..serial("B") }, Identity { key: new_key, ..serial("B") }),
            (
                Identity { key: new_key, ..Identity::default() },
                Identity { key: new_key, ..Identity::default() },
            ),
            (
                Identity { login: Some(LoginScheme::Basic), ..Identity::default() },
                Identity { login: Some(LoginScheme::Basic), ..pinned.clone() },
            ),
            (Identity::default(), pinned.clone()),
        ];
        for (stranger, expected) in cases {
            assert_eq!(pinned.accepting(&stranger), expected, "{stranger:?}");
        }
    }

    #[test]
    fn a_key_is_written_in_hexadecimal_and_read_back() {
        let hash = KeyHash(std::array::from_fn(|at| at as u8));
        let text = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";
        assert_eq!((hash.to_string().as_str(), text.parse()), (text, Ok(hash)));
        for wrong in ["", "00", &"g".repeat(64), &"é".repeat(32)] {
            assert_eq!(wrong.parse::<KeyHash>(), Err(KeyHashError), "{wrong}");
        }
    }
}
