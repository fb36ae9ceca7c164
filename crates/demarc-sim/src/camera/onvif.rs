//! ONVIF device service: the clock and the list of services for everybody, the device's description for
//! those with a login.

use super::Camera;
use super::digest::Guard;
use super::state::{Access, State};
use super::token::Outcome;
use super::web::admit;
use crate::clock;
use crate::layout::Login;
use crate::reply::{self, Reply};
use hyper::StatusCode;
use hyper::header::HOST;
use hyper::http::request::Parts;
use jiff::tz::TimeZone;

pub(crate) fn answer(head: &Parts, envelope: &str, camera: &Camera, state: &State) -> Reply {
    let body = envelope.split_once("Body").map_or(envelope, |(_, body)| body);
    if body.contains("GetSystemDateAndTime") {
        return soap(StatusCode::OK, &clock_of(state));
    }
    if body.contains("GetServices") {
        return soap(StatusCode::OK, &services(head));
    }
    if body.contains("GetCapabilities") {
        return soap(StatusCode::OK, &capabilities(head));
    }
    if !body.contains("GetDeviceInformation") {
        return fault(StatusCode::INTERNAL_SERVER_ERROR, "ter:ActionNotSupported", "Action not supported");
    }
    match authorize(head, envelope, camera, state) {
        Ok(()) => soap(StatusCode::OK, &information(camera, state)),
        Err(refusal) => *refusal,
    }
}

fn authorize(head: &Parts, envelope: &str, camera: &Camera, state: &State) -> Result<(), Box<Reply>> {
    // The web server's policy for passwords does not concern the token.
    let login = match state.access {
        Access::BasicOnly => Login::Token,
        Access::Normal | Access::NoUsers | Access::Locked => camera.plan.onvif_login,
    };
    match login {
        Login::Digest => admit(head, Guard::Onvif, camera, state),
        Login::Token => admit_token(envelope, camera, state),
    }
}

fn admit_token(envelope: &str, camera: &Camera, state: &State) -> Result<(), Box<Reply>> {
    if state.access == Access::Locked {
        return Err(Box::new(reply::html(StatusCode::FORBIDDEN)));
    }
    let outcome = if state.access == Access::NoUsers {
        Outcome::Unusable
    } else {
        camera.tokens.judge(envelope, state)
    };
    match outcome {
        Outcome::Accepted => {
            camera.tally.logged_in();
            Ok(())
        }
        Outcome::WrongPassword => {
            camera.tally.refused();
            Err(Box::new(not_authorized()))
        }
        Outcome::Absent | Outcome::Unusable => Err(Box::new(not_authorized())),
    }
}

fn not_authorized() -> Reply {
    fault(StatusCode::BAD_REQUEST, "ter:NotAuthorized", "Sender not authorized")
}

fn clock_of(state: &State) -> String {
    let time = clock::calendar(state.time).to_zoned(TimeZone::UTC);
    format!(
        "<tds:GetSystemDateAndTimeResponse><tds:SystemDateAndTime><tt:DateTimeType>NTP</tt:DateTimeType>\
         <tt:DaylightSavings>false</tt:DaylightSavings><tt:TimeZone><tt:TZ>CET-1CEST,M3.5.0,M10.5.0/3</tt:TZ>\
         </tt:TimeZone><tt:UTCDateTime><tt:Time><tt:Hour>{}</tt:Hour><tt:Minute>{}</tt:Minute>\
         <tt:Second>{}</tt:Second></tt:Time><tt:Date><tt:Year>{}</tt:Year><tt:Month>{}</tt:Month>\
         <tt:Day>{}</tt:Day></tt:Date></tt:UTCDateTime></tds:SystemDateAndTime>\
         </tds:GetSystemDateAndTimeResponse>",
        time.hour(),
        time.minute(),
        time.second(),
        time.year(),
        time.month(),
        time.day(),
    )
}

/// The only one there is.
fn services(head: &Parts) -> String {
    let address = address_in(head);
    format!(
        "<tds:GetServicesResponse><tds:Service><tds:Namespace>http://www.onvif.org/ver10/device/wsdl\
         </tds:Namespace><tds:XAddr>{address}</tds:XAddr><tds:Version><tt:Major>2</tt:Major>\
         <tt:Minor>60</tt:Minor></tds:Version></tds:Service></tds:GetServicesResponse>"
    )
}

/// The same for clients from before `GetServices`.
fn capabilities(head: &Parts) -> String {
    let address = address_in(head);
    format!(
        "<tds:GetCapabilitiesResponse><tds:Capabilities><tt:Device><tt:XAddr>{address}</tt:XAddr></tt:Device>\
         </tds:Capabilities></tds:GetCapabilitiesResponse>"
    )
}

/// The address of the service, as whoever asks reaches it.
fn address_in(head: &Parts) -> String {
    let host = head.headers.get(HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    format!("http://{host}/onvif/device_service")
}

fn information(camera: &Camera, state: &State) -> String {
    format!(
        "<tds:GetDeviceInformationResponse><tds:Manufacturer>AXIS</tds:Manufacturer><tds:Model>{}</tds:Model>\
         <tds:FirmwareVersion>{}</tds:FirmwareVersion><tds:SerialNumber>{}</tds:SerialNumber>\
         <tds:HardwareId>92A.1</tds:HardwareId></tds:GetDeviceInformationResponse>",
        camera.plan.model.trim_start_matches("AXIS "),
        camera.plan.firmware,
        state.serial,
    )
}

fn fault(status: StatusCode, subcode: &str, text: &str) -> Reply {
    soap(
        status,
        &format!(
            "<env:Fault><env:Code><env:Value>env:Sender</env:Value><env:Subcode><env:Value>{subcode}\
             </env:Value></env:Subcode></env:Code><env:Reason><env:Text xml:lang=\"en\">{text}</env:Text>\
             </env:Reason></env:Fault>"
        ),
    )
}

fn soap(status: StatusCode, body: &str) -> Reply {
    let envelope = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
         <env:Envelope xmlns:env=\"http://www.w3.org/2003/05/soap-envelope\" \
         xmlns:tds=\"http://www.onvif.org/ver10/device/wsdl\" \
         xmlns:tt=\"http://www.onvif.org/ver10/schema\" \
         xmlns:ter=\"http://www.onvif.org/ver10/error\"><env:Body>{body}</env:Body></env:Envelope>"
    );
    reply::with_body(status, "application/soap+xml; charset=utf-8", envelope.into_bytes())
}
