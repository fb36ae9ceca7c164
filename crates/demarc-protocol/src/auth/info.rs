//! Reads `Authentication-Info`, with which a device answers a proof by one of its own (RFC 7616, section 3.5).

use super::challenge;
use super::digest::Qop;

/// What a device says with its answer to a login.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Info {
    /// The nonce to use next in place of the one that was used.
    pub next_nonce: Option<Vec<u8>>,
    /// `rspauth`: what it proves with that it knows the password.
    pub proof: Option<Vec<u8>>,
    /// What the proof covers; as asked when it does not say.
    pub qop: Option<Qop>,
}

impl Info {
    /// From the header's values; nothing where there is none or none that can be read.
    pub fn read<'a>(headers: impl IntoIterator<Item = &'a [u8]>) -> Self {
        let Some(value) = headers.into_iter().next() else { return Self::default() };
        // The same grammar as a challenge, without a scheme.
        let whole = [b"Info ".as_slice(), value].concat();
        let Some(info) = challenge::read([whole.as_slice()]).into_iter().next() else {
            return Self::default();
        };
        let said = |name| info.param(name).filter(|value| !value.is_empty());
        Self {
            next_nonce: said("nextnonce").map(<[u8]>::to_vec),
            proof: said("rspauth").map(<[u8]>::to_vec),
            qop: said("qop").and_then(Qop::from_list),
        }
    }
}
