//! ONVIF device service: the clock, which needs no password, and who the device is, which does.
//!
//! Values are taken from the SOAP body alone: some devices echo the caller's login in the header.

use crate::clock;
use crate::request::Request;
use crate::xml::{self, Element, XmlError};
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

/// What came back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reply<T> {
    Answer(T),
    /// The device lives and declines.
    Fault(Fault),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    pub kind: FaultKind,
    /// Its reason in the device's words.
    pub text: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FaultKind {
    NotAuthorized,
    NotSupported,
    /// Out of memory, or in need of a reset: the device says so itself.
    Unwell,
    Other,
}

/// The device's clock. `None` when it gives no UTC time or one that cannot be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DeviceClock {
    pub utc_ms: Option<i64>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeviceInformation {
    pub manufacturer: Option<String>,
    pub model: Option<String>,
    pub firmware: Option<String>,
    pub serial: Option<String>,
}

/// Why an answer tells nothing.
#[derive(Debug, thiserror::Error)]
pub enum OnvifError {
    #[error("not a SOAP answer")]
    Xml(#[from] XmlError),
    #[error("the SOAP body holds neither the answer nor a fault")]
    Unexpected,
}

pub fn clock_request(path: &str) -> Request {
    let action = r#"application/soap+xml; charset=utf-8; action="http://www.onvif.org/ver10/device/wsdl/GetSystemDateAndTime""#;
    Request::post(path, action, envelope("", "GetSystemDateAndTime"))
}

pub fn information_request(path: &str, token: Option<UsernameToken<'_>>) -> Request {
    let action = r#"application/soap+xml; charset=utf-8; action="http://www.onvif.org/ver10/device/wsdl/GetDeviceInformation""#;
    let header = token.map(|token| token.header()).unwrap_or_default();
    Request::post(path, action, envelope(&header, "GetDeviceInformation"))
}

/// Compact, with the namespace on the operation: some parsers in cameras accept nothing else.
fn envelope(header: &str, operation: &str) -> String {
    format!(
        r#"<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope">{header}<s:Body><{operation} xmlns="http://www.onvif.org/ver10/device/wsdl"/></s:Body></s:Envelope>"#
    )
}

impl UsernameToken<'_> {
    fn header(self) -> String {
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
fn zulu(ms: i64) -> String {
    let time = jiff::Timestamp::from_millisecond(ms).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
    format!("{time:.3}")
}

/// # Errors
/// The bytes are no SOAP answer to this question.
pub fn parse_clock(bytes: &[u8]) -> Result<Reply<DeviceClock>, OnvifError> {
    parse(bytes, "GetSystemDateAndTimeResponse", |answer| DeviceClock {
        utc_ms: answer.find("UTCDateTime").and_then(utc_ms),
    })
}

/// # Errors
/// The bytes are no SOAP answer to this question.
pub fn parse_information(bytes: &[u8]) -> Result<Reply<DeviceInformation>, OnvifError> {
    parse(bytes, "GetDeviceInformationResponse", |answer| {
        let text = |name| answer.text_of(name).map(str::to_owned);
        DeviceInformation {
            manufacturer: text("Manufacturer"),
            model: text("Model"),
            firmware: text("FirmwareVersion"),
            serial: text("SerialNumber"),
        }
    })
}

fn parse<T>(bytes: &[u8], name: &str, take: impl FnOnce(&Element) -> T) -> Result<Reply<T>, OnvifError> {
    let envelope = xml::read(bytes)?;
    let body = envelope.child("Body").ok_or(OnvifError::Unexpected)?;
    if let Some(fault) = body.child("Fault") {
        return Ok(Reply::Fault(Fault::from_element(fault)));
    }
    body.child(name).map(|answer| Reply::Answer(take(answer))).ok_or(OnvifError::Unexpected)
}

fn utc_ms(time: &Element) -> Option<i64> {
    let field = |group: &str, name: &str| time.child(group)?.text_of(name)?.parse::<i64>().ok();
    let date = [field("Date", "Year")?, field("Date", "Month")?, field("Date", "Day")?];
    let clock = [field("Time", "Hour")?, field("Time", "Minute")?, field("Time", "Second")?];
    clock::civil_ms(date, clock)
}

impl Fault {
    fn from_element(fault: &Element) -> Self {
        let mut codes = Vec::new();
        fault.texts("Value", &mut codes);
        fault.texts("faultcode", &mut codes);
        let text = fault.text_of("Text").or_else(|| fault.text_of("faultstring")).unwrap_or_default();
        // Prefixes in codes are often unbound or misspelt; the local part is what devices agree on.
        let kinds =
            codes.iter().map(|code| FaultKind::from_code(code.rsplit(':').next().unwrap_or_default()));
        let named = kinds.reduce(|kept, next| if kept == FaultKind::Other { next } else { kept });
        let kind = match named.unwrap_or(FaultKind::Other) {
            FaultKind::Other if speaks_of_login(text) => FaultKind::NotAuthorized,
            kind => kind,
        };
        Self { kind, text: text.to_owned() }
    }
}

impl FaultKind {
    fn from_code(code: &str) -> Self {
        match code {
            "NotAuthorized" | "FailedAuthentication" | "InvalidSecurity" => Self::NotAuthorized,
            "ActionNotSupported" | "UnknownAction" => Self::NotSupported,
            "OutofMemory" | "CriticalError" => Self::Unwell,
            _ => Self::Other,
        }
    }
}

/// "Sender not Authorized", "Authority failure", "Invalid username or password!".
fn speaks_of_login(text: &str) -> bool {
    let text = text.to_ascii_lowercase();
    text.contains("authori") || text.contains("password")
}

#[cfg(test)]
mod tests;
