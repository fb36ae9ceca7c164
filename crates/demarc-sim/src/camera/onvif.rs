//! ONVIF's device and media services: the clock and the list of services for everybody, the rest for those
//! with a login.

use super::Camera;
use super::digest::Guard;
use super::state::{Access, State};
use super::token::Outcome;
use super::vapix::TIME_SERVER;
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
    let Some((_, told)) = GUARDED.iter().find(|(operation, _)| body.contains(operation)) else {
        return fault(StatusCode::INTERNAL_SERVER_ERROR, "ter:ActionNotSupported", "Action not supported");
    };
    match authorize(head, envelope, camera, state) {
        Ok(()) => soap(StatusCode::OK, &told(head, camera, state)),
        Err(refusal) => *refusal,
    }
}

type Told = fn(&Parts, &Camera, &State) -> String;

/// What is told to those with a login.
const GUARDED: [(&str, Told); 7] = [
    ("GetDeviceInformation", information),
    ("GetScopes", scopes),
    ("GetNTP", ntp),
    ("GetNetworkInterfaces", interfaces),
    ("GetProfiles", profiles),
    ("GetStreamUri", stream_uri),
    ("GetSnapshotUri", snapshot_uri),
];

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

pub(crate) const SERVICES: [(&str, &str); 2] =
    [("device", "/onvif/device_service"), ("media", "/onvif/media_service")];

fn services(head: &Parts) -> String {
    let host = host_in(head);
    let service = |(name, path): (&str, &str)| {
        format!(
            "<tds:Service><tds:Namespace>http://www.onvif.org/ver10/{name}/wsdl</tds:Namespace>\
             <tds:XAddr>http://{host}{path}</tds:XAddr><tds:Version><tt:Major>2</tt:Major>\
             <tt:Minor>60</tt:Minor></tds:Version></tds:Service>"
        )
    };
    format!("<tds:GetServicesResponse>{}</tds:GetServicesResponse>", SERVICES.map(service).concat())
}

/// The same for clients from before `GetServices`.
fn capabilities(head: &Parts) -> String {
    let host = host_in(head);
    let [(_, device), (_, media)] = SERVICES;
    format!(
        "<tds:GetCapabilitiesResponse><tds:Capabilities><tt:Device><tt:XAddr>http://{host}{device}</tt:XAddr>\
         </tt:Device><tt:Media><tt:XAddr>http://{host}{media}</tt:XAddr><tt:StreamingCapabilities>\
         <tt:RTPMulticast>false</tt:RTPMulticast><tt:RTP_TCP>true</tt:RTP_TCP>\
         <tt:RTP_RTSP_TCP>true</tt:RTP_RTSP_TCP></tt:StreamingCapabilities></tt:Media>\
         </tds:Capabilities></tds:GetCapabilitiesResponse>"
    )
}

/// The camera, as whoever asks reaches it.
fn host_in(head: &Parts) -> &str {
    head.headers.get(HOST).and_then(|host| host.to_str().ok()).unwrap_or_default()
}

fn scopes(_: &Parts, camera: &Camera, _: &State) -> String {
    let model = camera.plan.model.replace(' ', "%20");
    let item = |scope: &str| {
        format!(
            "<tds:Scopes><tt:ScopeDef>Configurable</tt:ScopeDef><tt:ScopeItem>onvif://www.onvif.org/{scope}\
             </tt:ScopeItem></tds:Scopes>"
        )
    };
    let items = [item(&format!("name/{model}")), item(&format!("hardware/{model}"))];
    format!("<tds:GetScopesResponse>{}</tds:GetScopesResponse>", items.concat())
}

fn ntp(_: &Parts, _: &Camera, _: &State) -> String {
    format!(
        "<tds:GetNTPResponse><tds:NTPInformation><tt:FromDHCP>false</tt:FromDHCP><tt:NTPManual>\
         <tt:Type>DNS</tt:Type><tt:DNSname>{TIME_SERVER}</tt:DNSname></tt:NTPManual></tds:NTPInformation>\
         </tds:GetNTPResponse>"
    )
}

fn interfaces(_: &Parts, camera: &Camera, state: &State) -> String {
    let pairs: Vec<&str> = (0..6).filter_map(|at| state.serial.get(2 * at..2 * at + 2)).collect();
    format!(
        "<tds:GetNetworkInterfacesResponse><tds:NetworkInterfaces token=\"eth0\"><tt:Enabled>true</tt:Enabled>\
         <tt:Info><tt:Name>eth0</tt:Name><tt:HwAddress>{}</tt:HwAddress><tt:MTU>1500</tt:MTU></tt:Info><tt:IPv4>\
         <tt:Enabled>true</tt:Enabled><tt:Config><tt:Manual><tt:Address>{}</tt:Address>\
         <tt:PrefixLength>8</tt:PrefixLength></tt:Manual><tt:DHCP>false</tt:DHCP></tt:Config></tt:IPv4>\
         </tds:NetworkInterfaces></tds:GetNetworkInterfacesResponse>",
        pairs.join(":"),
        camera.rtsp.ip(),
    )
}

fn profiles(_: &Parts, _: &Camera, _: &State) -> String {
    "<trt:GetProfilesResponse><trt:Profiles token=\"profile_1\" fixed=\"true\"><tt:Name>small</tt:Name>\
     <tt:VideoEncoderConfiguration token=\"encoder_1\"><tt:Name>small</tt:Name><tt:UseCount>1</tt:UseCount>\
     <tt:Encoding>H264</tt:Encoding><tt:Resolution><tt:Width>64</tt:Width><tt:Height>48</tt:Height>\
     </tt:Resolution><tt:Quality>1</tt:Quality><tt:Multicast><tt:Address><tt:Type>IPv4</tt:Type></tt:Address>\
     <tt:Port>0</tt:Port><tt:TTL>0</tt:TTL><tt:AutoStart>false</tt:AutoStart></tt:Multicast>\
     <tt:SessionTimeout>PT60S</tt:SessionTimeout></tt:VideoEncoderConfiguration></trt:Profiles>\
     </trt:GetProfilesResponse>"
        .to_owned()
}

fn stream_uri(_: &Parts, camera: &Camera, _: &State) -> String {
    media_uri("GetStreamUri", &format!("rtsp://{}/axis-media/media.amp?resolution=64x48", camera.rtsp))
}

fn snapshot_uri(head: &Parts, _: &Camera, _: &State) -> String {
    let address = format!("http://{}/axis-cgi/jpg/image.cgi?resolution=160x120", host_in(head));
    media_uri("GetSnapshotUri", &address)
}

fn media_uri(operation: &str, address: &str) -> String {
    format!(
        "<trt:{operation}Response><trt:MediaUri><tt:Uri>{address}</tt:Uri>\
         <tt:InvalidAfterConnect>false</tt:InvalidAfterConnect>\
         <tt:InvalidAfterReboot>false</tt:InvalidAfterReboot><tt:Timeout>PT0S</tt:Timeout></trt:MediaUri>\
         </trt:{operation}Response>"
    )
}

fn information(_: &Parts, camera: &Camera, state: &State) -> String {
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
         xmlns:trt=\"http://www.onvif.org/ver10/media/wsdl\" \
         xmlns:tt=\"http://www.onvif.org/ver10/schema\" \
         xmlns:ter=\"http://www.onvif.org/ver10/error\"><env:Body>{body}</env:Body></env:Envelope>"
    );
    reply::with_body(status, "application/soap+xml; charset=utf-8", envelope.into_bytes())
}
