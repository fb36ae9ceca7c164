//! The Digest computation: RFC 7616, RFC 2617, and RFC 2069 for devices that send no `qop`.

use super::basic::Basic;
use super::challenge::Challenge;

/// A Digest challenge that can be answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offer {
    pub realm: Vec<u8>,
    pub nonce: Vec<u8>,
    /// The nonce that the challenge itself carried: `-sess` goes on hashing it after `nextnonce`.
    first_nonce: Vec<u8>,
    pub opaque: Option<Vec<u8>>,
    pub algorithm: Algorithm,
    /// The algorithm's name as the device wrote it; it gets it back, or gets none if it sent none.
    pub algorithm_name: Option<Vec<u8>>,
    pub qop: Qop,
    /// The device takes the user name hashed (RFC 7616, section 3.4.4).
    pub userhash: bool,
    /// The device says that only the nonce was too old.
    pub stale: bool,
}

/// Weakest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Algorithm {
    Md5Sess,
    Md5,
    Sha256Sess,
    Sha256,
    Sha512T256Sess,
    Sha512T256,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Qop {
    Auth,
    /// The body is signed too. Only where nothing else is offered: cameras compute it in different ways.
    AuthInt,
    /// RFC 2069: neither counter nor client nonce.
    Absent,
}

/// What is asked for, as it stands in the request line.
#[derive(Debug, Clone, Copy)]
pub struct Request<'a> {
    pub method: &'a str,
    /// Byte for byte the request target: path and query.
    pub uri: &'a str,
    /// As sent; `auth-int` signs it.
    pub body: &'a [u8],
}

#[derive(Clone, Copy)]
pub struct Login<'a> {
    pub username: &'a str,
    pub password: &'a str,
    pub basic: Basic,
}

/// Where in the life of a nonce an answer stands.
#[derive(Debug, Clone, Copy)]
pub struct Turn<'a> {
    pub cnonce: &'a str,
    pub count: u32,
}

/// Long enough for what cameras ask for.
const USUAL_LENGTH: usize = 512;

impl Offer {
    /// `None` when the challenge is no Digest, lacks a nonce, or asks for what is not spoken here.
    pub fn from_challenge(challenge: &Challenge) -> Option<Self> {
        if !challenge.is("Digest") {
            return None;
        }
        let algorithm_name = challenge.param("algorithm");
        let nonce = challenge.param("nonce").filter(|nonce| !nonce.is_empty())?.to_vec();
        let is_true = |name| challenge.param(name).is_some_and(|value| value.eq_ignore_ascii_case(b"true"));
        Some(Self {
            realm: challenge.param("realm").unwrap_or_default().to_vec(),
            first_nonce: nonce.clone(),
            nonce,
            opaque: challenge.param("opaque").map(<[u8]>::to_vec),
            algorithm: algorithm_name.map_or(Some(Algorithm::Md5), Algorithm::from_name)?,
            algorithm_name: algorithm_name.map(<[u8]>::to_vec),
            qop: Qop::from_list(challenge.param("qop").unwrap_or_default())?,
            userhash: is_true("userhash"),
            stale: is_true("stale"),
        })
    }

    /// The value of the `Authorization` header.
    pub fn answer(&self, request: Request<'_>, login: Login<'_>, turn: Turn<'_>) -> Vec<u8> {
        let mut out = Vec::with_capacity(USUAL_LENGTH);
        out.extend_from_slice(b"Digest ");
        if self.userhash {
            let hashed = self.hash(&[login.username.as_bytes(), &self.realm]);
            push_quoted(&mut out, "username", &hashed);
        } else {
            push_quoted(&mut out, "username", login.username.as_bytes());
        }
        push_quoted(&mut out, "realm", &self.realm);
        push_quoted(&mut out, "nonce", &self.nonce);
        push_quoted(&mut out, "uri", request.uri.as_bytes());
        if let Some(name) = &self.algorithm_name {
            push_token(&mut out, "algorithm", name);
        }
        // Tokens, not strings: Amcrest and Dahua cameras refuse a quoted qop or nc.
        if let Some(word) = self.qop.word() {
            push_token(&mut out, "qop", word);
            push_token(&mut out, "nc", &digits(turn.count));
        }
        if self.qop != Qop::Absent || self.algorithm.is_session() {
            push_quoted(&mut out, "cnonce", turn.cnonce.as_bytes());
        }
        if let Some(opaque) = &self.opaque {
            push_quoted(&mut out, "opaque", opaque);
        }
        if self.userhash {
            push_token(&mut out, "userhash", b"true");
        }
        let response = self.response(self.qop, request, login, turn);
        push_quoted(&mut out, "response", &response);
        out.truncate(out.len() - 2);
        out
    }

    /// What proves the password for this request. The device proves that it knows it too by the same
    /// over no method and its own body (RFC 7616, section 3.5).
    pub(super) fn response(
        &self,
        qop: Qop,
        request: Request<'_>,
        login: Login<'_>,
        turn: Turn<'_>,
    ) -> Vec<u8> {
        let mut secret = self.hash(&[login.username.as_bytes(), &self.realm, login.password.as_bytes()]);
        if self.algorithm.is_session() {
            secret = self.hash(&[&secret, &self.first_nonce, turn.cnonce.as_bytes()]);
        }
        let (method, uri) = (request.method.as_bytes(), request.uri.as_bytes());
        let target = match qop {
            Qop::AuthInt => self.hash(&[method, uri, &self.hash(&[request.body])]),
            Qop::Auth | Qop::Absent => self.hash(&[method, uri]),
        };
        let Some(word) = qop.word() else { return self.hash(&[&secret, &self.nonce, &target]) };
        self.hash(&[&secret, &self.nonce, &digits(turn.count), turn.cnonce.as_bytes(), word, &target])
    }

    fn hash(&self, parts: &[&[u8]]) -> Vec<u8> {
        self.algorithm.hash(parts)
    }
}

impl Algorithm {
    fn from_name(name: &[u8]) -> Option<Self> {
        let name = String::from_utf8_lossy(name).to_ascii_uppercase();
        Some(match name.trim() {
            "MD5" => Self::Md5,
            "MD5-SESS" => Self::Md5Sess,
            "SHA-256" | "SHA256" => Self::Sha256,
            "SHA-256-SESS" => Self::Sha256Sess,
            "SHA-512-256" => Self::Sha512T256,
            "SHA-512-256-SESS" => Self::Sha512T256Sess,
            _ => return None,
        })
    }

    const fn is_session(self) -> bool {
        matches!(self, Self::Md5Sess | Self::Sha256Sess | Self::Sha512T256Sess)
    }

    /// Of the parts with colons between them; in hexadecimal digits.
    fn hash(self, parts: &[&[u8]]) -> Vec<u8> {
        match self {
            Self::Md5 | Self::Md5Sess => hash::<md5::Md5>(parts),
            Self::Sha256 | Self::Sha256Sess => hash::<sha2::Sha256>(parts),
            Self::Sha512T256 | Self::Sha512T256Sess => hash::<sha2::Sha512_256>(parts),
        }
    }
}

fn hash<D: md5::Digest>(parts: &[&[u8]]) -> Vec<u8> {
    let mut hash = D::new();
    for (turn, part) in parts.iter().enumerate() {
        if turn > 0 {
            hash.update(b":");
        }
        hash.update(part);
    }
    hexadecimal(&hash.finalize())
}

/// `hex::encode` goes through characters one by one, which is a twentieth of a login.
fn hexadecimal(hash: &[u8]) -> Vec<u8> {
    let mut digits = vec![0; 2 * hash.len()];
    hex::encode_to_slice(hash, &mut digits).expect("there is room for two digits a byte");
    digits
}

/// `nc`: eight digits.
fn digits(count: u32) -> Vec<u8> {
    hexadecimal(&count.to_be_bytes())
}

impl Qop {
    /// The one to use of those offered; `None` when all of them are unknown.
    pub(super) fn from_list(list: &[u8]) -> Option<Self> {
        let words = list.split(|byte| *byte == b',').map(<[u8]>::trim_ascii);
        let words: Vec<&[u8]> = words.filter(|word| !word.is_empty()).collect();
        let offers = |wanted: &[u8]| words.iter().any(|word| word.eq_ignore_ascii_case(wanted));
        match words.as_slice() {
            [] => Some(Self::Absent),
            _ if offers(b"auth") => Some(Self::Auth),
            _ => offers(b"auth-int").then_some(Self::AuthInt),
        }
    }

    const fn word(self) -> Option<&'static [u8]> {
        match self {
            Self::Auth => Some(b"auth"),
            Self::AuthInt => Some(b"auth-int"),
            Self::Absent => None,
        }
    }
}

fn push_token(out: &mut Vec<u8>, name: &str, value: &[u8]) {
    out.extend_from_slice(name.as_bytes());
    out.push(b'=');
    out.extend_from_slice(value);
    out.extend_from_slice(b", ");
}

fn push_quoted(out: &mut Vec<u8>, name: &str, value: &[u8]) {
    out.extend_from_slice(name.as_bytes());
    out.extend_from_slice(b"=\"");
    // Piece by piece: this is done for every request, and hardly ever is there anything to escape.
    let mut rest = value;
    while let Some(at) = rest.iter().position(|byte| matches!(byte, b'"' | b'\\')) {
        let (before, special) = rest.split_at(at);
        out.extend_from_slice(before);
        out.extend_from_slice(&[b'\\', special[0]]);
        rest = &special[1..];
    }
    out.extend_from_slice(rest);
    out.extend_from_slice(b"\", ");
}
