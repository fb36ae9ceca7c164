//! What is asked of a device, and the dialects of SOAP in which devices want to be asked.

use super::UsernameToken;
use crate::request::{Method, Request};
use crate::xml;

/// A question that changes nothing; an account of level `User` may ask each of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Question<'a> {
    /// The first three are open to everybody (`PRE_AUTH`), though some devices want a login all the same.
    SystemDateAndTime,
    Services,
    /// What devices of before 2012 answer in the place of [`Question::Services`].
    Capabilities,
    DeviceInformation,
    Scopes,
    NetworkInterfaces,
    Ntp,
    Profiles(Media),
    /// Of the profile with this token.
    StreamUri(Media, &'a str),
    SnapshotUri(Media, &'a str),
}

/// The media service: the first lacks what is encoded in H.265, the second is absent on old devices.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Media {
    One,
    Two,
}

/// How a question is wrapped. Which of them a device takes is found out once and remembered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Dialect {
    /// SOAP 1.2 with `action=` in the content type, without which some answer nothing.
    #[default]
    Action,
    /// SOAP 1.2 without it: Illustra cameras choke on it.
    Plain,
    /// SOAP 1.1, for old Hikvision firmware.
    Soap11,
}

const DEVICE: &str = "http://www.onvif.org/ver10/device/wsdl";
const MEDIA_1: &str = "http://www.onvif.org/ver10/media/wsdl";
const MEDIA_2: &str = "http://www.onvif.org/ver20/media/wsdl";
const SCHEMA: &str = "http://www.onvif.org/ver10/schema";

/// The question as a request to the service at `path`.
pub fn request(
    question: Question<'_>,
    path: &str,
    dialect: Dialect,
    token: Option<UsernameToken<'_>>,
) -> Request {
    let (namespace, name) = (question.namespace(), question.name());
    let header = token.map(|token| token.header()).unwrap_or_default();
    let inside = question.inside();
    // Compact, with the namespace on the operation: some parsers in cameras accept nothing else.
    let body = if inside.is_empty() {
        format!(r#"<{name} xmlns="{namespace}"/>"#)
    } else {
        format!(r#"<{name} xmlns="{namespace}">{inside}</{name}>"#)
    };
    let envelope = dialect.envelope();
    let body = format!(r#"<s:Envelope xmlns:s="{envelope}">{header}<s:Body>{body}</s:Body></s:Envelope>"#);
    let (content_type, headers) = dialect.labels(namespace, name);
    Request {
        method: Method::Post,
        target: path.to_owned(),
        content_type: Some(content_type.into()),
        headers,
        body,
    }
}

impl Question<'_> {
    pub const fn name(self) -> &'static str {
        match self {
            Self::SystemDateAndTime => "GetSystemDateAndTime",
            Self::Services => "GetServices",
            Self::Capabilities => "GetCapabilities",
            Self::DeviceInformation => "GetDeviceInformation",
            Self::Scopes => "GetScopes",
            Self::NetworkInterfaces => "GetNetworkInterfaces",
            Self::Ntp => "GetNTP",
            Self::Profiles(_) => "GetProfiles",
            Self::StreamUri(..) => "GetStreamUri",
            Self::SnapshotUri(..) => "GetSnapshotUri",
        }
    }

    const fn namespace(self) -> &'static str {
        match self {
            Self::SystemDateAndTime
            | Self::Services
            | Self::Capabilities
            | Self::DeviceInformation
            | Self::Scopes
            | Self::NetworkInterfaces
            | Self::Ntp => DEVICE,
            Self::Profiles(media) | Self::StreamUri(media, _) | Self::SnapshotUri(media, _) => {
                media.namespace()
            }
        }
    }

    fn inside(self) -> String {
        match self {
            Self::SystemDateAndTime
            | Self::DeviceInformation
            | Self::Scopes
            | Self::NetworkInterfaces
            | Self::Ntp
            | Self::Profiles(Media::One) => String::new(),
            Self::Services => "<IncludeCapability>false</IncludeCapability>".to_owned(),
            Self::Capabilities => "<Category>All</Category>".to_owned(),
            Self::Profiles(Media::Two) => "<Type>VideoEncoder</Type>".to_owned(),
            Self::StreamUri(Media::One, token) => format!(
                r#"<StreamSetup><Stream xmlns="{SCHEMA}">RTP-Unicast</Stream><Transport xmlns="{SCHEMA}"><Protocol>RTSP</Protocol></Transport></StreamSetup>{}"#,
                profile(token)
            ),
            Self::StreamUri(Media::Two, token) => format!("<Protocol>RTSP</Protocol>{}", profile(token)),
            Self::SnapshotUri(_, token) => profile(token),
        }
    }
}

fn profile(token: &str) -> String {
    format!("<ProfileToken>{}</ProfileToken>", quick_xml::escape::escape(token))
}

impl Media {
    const fn namespace(self) -> &'static str {
        match self {
            Self::One => MEDIA_1,
            Self::Two => MEDIA_2,
        }
    }
}

impl Dialect {
    const fn envelope(self) -> &'static str {
        match self {
            Self::Action | Self::Plain => "http://www.w3.org/2003/05/soap-envelope",
            Self::Soap11 => "http://schemas.xmlsoap.org/soap/envelope/",
        }
    }

    /// The content type and the header that name the operation, or do not.
    fn labels(self, namespace: &str, name: &str) -> (String, Vec<(&'static str, String)>) {
        match self {
            Self::Action => {
                let kind = format!(r#"application/soap+xml; charset=utf-8; action="{namespace}/{name}""#);
                (kind, Vec::new())
            }
            Self::Plain => ("application/soap+xml; charset=utf-8".to_owned(), Vec::new()),
            Self::Soap11 => {
                let action = ("soapaction", format!(r#""{namespace}/{name}""#));
                ("text/xml; charset=utf-8".to_owned(), vec![action])
            }
        }
    }

    /// The dialect to try after this answer; `None` when the answer shows that this one is understood,
    /// when something else is the matter, and when none is left.
    pub fn after(self, status: u16, body: &[u8]) -> Option<Self> {
        let next = match (self, hearing(status, body)) {
            (_, Hearing::Understood) | (Self::Soap11, _) => return None,
            (_, Hearing::OtherVersion) | (Self::Plain, Hearing::Lost) => Self::Soap11,
            (Self::Action, Hearing::Lost) => Self::Plain,
        };
        Some(next)
    }
}

/// What an answer says about the wrapping of the question.
enum Hearing {
    Understood,
    Lost,
    OtherVersion,
}

fn hearing(status: u16, body: &[u8]) -> Hearing {
    let envelope = xml::read(body).ok();
    let Some(soap) = envelope.as_ref().and_then(|envelope| envelope.child("Body")) else {
        return match status {
            200 | 204 | 400 | 415 | 500 => Hearing::Lost,
            _ => Hearing::Understood,
        };
    };
    let Some(fault) = soap.child("Fault") else { return Hearing::Understood };
    let mut codes = Vec::new();
    fault.texts("Value", &mut codes);
    fault.texts("faultcode", &mut codes);
    if codes.iter().any(|code| code.ends_with("VersionMismatch")) {
        return Hearing::OtherVersion;
    }
    let text = fault.text_of("Text").or_else(|| fault.text_of("faultstring")).unwrap_or_default();
    let text = text.to_ascii_lowercase();
    if text.contains("action") && text.contains("cannot be processed") {
        Hearing::Lost
    } else {
        Hearing::Understood
    }
}
