//! All that a client can see of a site, in few words each.

use super::client::{self, Nothing, PATIENCE, Request, get, post, sign};
use crate::SimulatedSite;
use crate::layout::{CONTROLS, ENDPOINTS, PASSWORD, Place, STATUS_HOST};
use hickory_proto::op::{Message, Query, ResponseCode};
use hickory_proto::rr::{Name, RData, RecordType};
use rustls::{ClientConfig, RootCertStore};
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, ServerName};
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use tokio::net::{TcpStream, UdpSocket};
use tokio::task::JoinSet;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use zune_jpeg::JpegDecoder;
use zune_jpeg::zune_core::bytestream::ZCursor;
use zune_jpeg::zune_core::colorspace::ColorSpace;
use zune_jpeg::zune_core::options::DecoderOptions;

pub(super) type Sights = BTreeMap<&'static str, String>;

/// Looks at everything at once.
pub(super) async fn look(site: &SimulatedSite) -> Sights {
    let layout = site.layout();
    let ports = layout.ports;
    let at = |place, port| SocketAddr::from((layout.address(place), port));
    let mut looks = JoinSet::new();
    for (index, names) in [CAM_1, CAM_2].into_iter().enumerate() {
        let web = at(Place::Camera(index), ports.camera_web);
        let rtsp = at(Place::Camera(index), ports.camera_rtsp);
        let [ready, login, clock, serial, stream, picture, card] = names;
        looks.spawn(async move { (ready, ready_of(web).await) });
        looks.spawn(async move { (login, login_of(web).await) });
        looks.spawn(async move { (clock, clock_of(web).await) });
        looks.spawn(async move { (serial, serial_of(web).await) });
        looks.spawn(async move { (stream, stream_of(rtsp).await) });
        looks.spawn(async move { (picture, picture_of(web).await) });
        looks.spawn(async move { (card, card_of(web).await) });
    }
    for (name, place) in [("gateway", Place::Gateway), ("switch", Place::Switch(0))] {
        let address = at(place, ports.device);
        looks.spawn(async move { (name, word(client::connect(address).await.map(|_| "there".to_owned()))) });
    }
    let servers = [layout.site_resolver(), layout.second_resolver()];
    for (names, server) in
        [["dns random", "dns vendor"], ["dns2 random", "dns2 vendor"]].into_iter().zip(servers)
    {
        looks.spawn(async move { (names[0], resolve(server, "x7f3.example.").await) });
        looks.spawn(async move { (names[1], resolve(server, "relay-1.axis.example.").await) });
    }
    let trust = trusting(site.ca_pem());
    let hosts = [
        ("control-a", CONTROLS[0].1, Place::Control(0), "/"),
        ("control-b", CONTROLS[1].1, Place::Control(1), "/"),
        ("relay-1", ENDPOINTS[0].host, Place::Endpoint(0), "/"),
        ("relay-2", ENDPOINTS[1].host, Place::Endpoint(1), "/"),
        ("auth", ENDPOINTS[2].host, Place::Endpoint(2), "/"),
        ("www", ENDPOINTS[6].host, Place::Endpoint(6), "/"),
        ("page", STATUS_HOST, Place::StatusPage, "/api/v2/summary.json"),
    ];
    for (name, host, place, path) in hosts {
        let (address, trust) = (at(place, ports.tls), Arc::clone(&trust));
        looks.spawn(async move { (name, https(address, host, path, trust).await) });
    }
    let check = at(Place::Control(0), ports.web);
    looks.spawn(async move { ("check page", check_page(check).await) });
    looks.join_all().await.into_iter().collect()
}

pub(super) const CAM_1: [&str; 7] = [
    "cam-01 ready",
    "cam-01 login",
    "cam-01 clock",
    "cam-01 serial",
    "cam-01 stream",
    "cam-01 picture",
    "cam-01 card",
];
pub(super) const CAM_2: [&str; 7] = [
    "cam-02 ready",
    "cam-02 login",
    "cam-02 clock",
    "cam-02 serial",
    "cam-02 stream",
    "cam-02 picture",
    "cam-02 card",
];

fn word(seen: Result<String, Nothing>) -> String {
    match seen {
        Ok(text) => text,
        Err(Nothing::NoAnswer) => "no answer".to_owned(),
        Err(Nothing::Hung) => "hung".to_owned(),
        Err(Nothing::Broken) => "broken".to_owned(),
    }
}

async fn ready_of(web: SocketAddr) -> String {
    let request = r#"{"apiVersion":"1.1","method":"systemready","params":{"timeout":0}}"#;
    let answer = client::http(web, &post("/axis-cgi/systemready.cgi", request)).await;
    word(answer.map(|answer| {
        let Ok(json) = serde_json::from_slice::<serde_json::Value>(&answer.body) else {
            return answer.status;
        };
        let data = &json["data"];
        format!("{} {}", data["systemready"], data["needsetup"]).replace('"', "")
    }))
}

async fn serial_of(web: SocketAddr) -> String {
    let request = r#"{"apiVersion":"1.0","method":"getAllUnrestrictedProperties"}"#;
    let answer = client::http(web, &post("/axis-cgi/basicdeviceinfo.cgi", request)).await;
    word(answer.map(|answer| {
        let Ok(json) = serde_json::from_slice::<serde_json::Value>(&answer.body) else {
            return answer.status;
        };
        json["data"]["propertyList"]["SerialNumber"].as_str().unwrap().to_owned()
    }))
}

async fn login_of(web: SocketAddr) -> String {
    word(signed(web, "/axis-cgi/usergroup.cgi").await.map(|(seen, _)| seen))
}

async fn card_of(web: SocketAddr) -> String {
    let listed = signed(web, "/axis-cgi/disks/list.cgi").await;
    word(listed.map(|(seen, answer)| match seen.as_str() {
        "200" if answer.text().contains(r#"readonly="yes""#) => "read-only".to_owned(),
        "200" if answer.text().contains(r#"status="OK""#) => "writable".to_owned(),
        _ => seen,
    }))
}

/// What comes of a request with the password, in few words, and the last answer.
async fn signed(web: SocketAddr, target: &str) -> Result<(String, client::Answer), Nothing> {
    let refusal = client::http(web, &get(target)).await?;
    if refusal.header("WWW-Authenticate").is_none_or(|challenge| !challenge.starts_with("Digest")) {
        let challenge = refusal.header("WWW-Authenticate").unwrap_or_default();
        let scheme = challenge.split(' ').next().unwrap_or_default();
        return Ok((format!("{} {scheme}", refusal.status).trim_end().to_owned(), refusal));
    }
    let authorization = sign(&refusal, ("GET", target), PASSWORD, 1);
    let request = Request { authorization: Some(&authorization), ..get(target) };
    let answer = client::http(web, &request).await?;
    let setup = answer.header("Axis-Setup").map(|setup| format!(" setup {setup}")).unwrap_or_default();
    Ok((format!("{}{setup}", answer.status), answer))
}

/// The camera's time less ours, by ONVIF and by HTTP, in minutes.
async fn clock_of(web: SocketAddr) -> String {
    let envelope = "<Envelope><Body><GetSystemDateAndTime/></Body></Envelope>";
    let answer = client::http(web, &post("/onvif/device_service", envelope)).await;
    word(answer.map(|answer| {
        let date = answer.header("Date").map(minutes_off).unwrap();
        let xml = answer.text();
        let field =
            |name: &str| crate::camera::token::text_of(&xml, name).map(|text| text.parse::<i16>().unwrap());
        let Some(year) = field("Year") else { return answer.status };
        let part = |name| field(name).unwrap() as i8;
        let date_time = jiff::civil::date(year, part("Month"), part("Day")).at(
            part("Hour"),
            part("Minute"),
            part("Second"),
            0,
        );
        let time = date_time.to_zoned(jiff::tz::TimeZone::UTC).unwrap().timestamp();
        assert_eq!(off(time), date, "both clocks of a camera agree");
        date
    }))
}

fn minutes_off(date: &str) -> String {
    off(jiff::fmt::rfc2822::parse(date).unwrap().timestamp())
}

/// Rounded, so that no second more or less matters.
fn off(time: jiff::Timestamp) -> String {
    let seconds = time.as_second() - jiff::Timestamp::now().as_second();
    format!("{} min", (seconds as f64 / 60.0).round() as i64)
}

async fn stream_of(rtsp: SocketAddr) -> String {
    word(client::play(rtsp, PASSWORD).await)
}

/// Two snapshots without the row that the clock is written in: `live`, `frozen` or `dark`.
async fn picture_of(web: SocketAddr) -> String {
    const TARGET: &str = "/axis-cgi/jpg/image.cgi?resolution=160x120";
    let attempt = async {
        let refusal = client::http(web, &get(TARGET)).await?;
        if refusal.header("WWW-Authenticate").is_none_or(|challenge| !challenge.starts_with("Digest")) {
            return Ok(refusal.status);
        }
        let mut pictures = Vec::new();
        for count in [1, 2] {
            let authorization = sign(&refusal, ("GET", TARGET), PASSWORD, count);
            let request = Request { authorization: Some(&authorization), ..get(TARGET) };
            let answer = client::http(web, &request).await?;
            if answer.status != "200" {
                return Ok(answer.status);
            }
            let grey = DecoderOptions::default().jpeg_set_out_colorspace(ColorSpace::Luma);
            let mut pixels =
                JpegDecoder::new_with_options(ZCursor::new(&answer.body), grey).decode().unwrap();
            pixels.truncate(160 * 112);
            pictures.push(pixels);
        }
        let is_dark = pictures.iter().flatten().all(|shade| *shade < 16);
        let seen = if is_dark {
            "dark"
        } else if pictures[0] == pictures[1] {
            "frozen"
        } else {
            "live"
        };
        Ok(seen.to_owned())
    };
    word(attempt.await)
}

async fn check_page(address: SocketAddr) -> String {
    let answer = client::http(address, &get("/generate_204")).await;
    word(answer.map(|answer| format!("{}, {}", answer.status, minutes_off(answer.header("Date").unwrap()))))
}

async fn resolve(server: SocketAddr, name: &str) -> String {
    let mut query = Message::query();
    query.add_query(Query::query(Name::from_ascii(name).unwrap(), RecordType::A));
    let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    socket.send_to(&query.to_vec().unwrap(), server).await.unwrap();
    let mut packet = [0; 1500];
    let Ok(received) = timeout(PATIENCE, socket.recv_from(&mut packet)).await else {
        return "no answer".to_owned();
    };
    let reply = Message::from_vec(&packet[..received.unwrap().0]).unwrap();
    assert_eq!(reply.metadata.id, query.metadata.id);
    match (reply.metadata.response_code, reply.answers.first().map(|record| &record.data)) {
        (ResponseCode::NoError, Some(RData::A(address))) => {
            let [_, _, third, fourth] = address.0.octets();
            format!("{third}.{fourth}")
        }
        (code, _) => code.to_string(),
    }
}

pub(super) fn trusting(pem: &str) -> Arc<ClientConfig> {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_slice(pem.as_bytes()).unwrap()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    Arc::new(config.with_root_certificates(roots).with_no_client_auth())
}

async fn https(address: SocketAddr, host: &'static str, path: &str, trust: Arc<ClientConfig>) -> String {
    let visit = async {
        let stream = match shake(client::connect(address).await?, host, trust).await {
            Ok(stream) => stream,
            Err(why) => return Ok(why),
        };
        let answer = client::exchange(stream, &get(path).text()).await?;
        let indicator = serde_json::from_slice::<serde_json::Value>(&answer.body)
            .map(|json| format!(" {}", json["status"]["indicator"].as_str().unwrap()));
        Ok(format!("{}{}", answer.status, indicator.unwrap_or_default()))
    };
    word(visit.await)
}

async fn shake(
    stream: TcpStream,
    host: &'static str,
    trust: Arc<ClientConfig>,
) -> Result<TlsStream<TcpStream>, String> {
    let connecting = TlsConnector::from(trust).connect(ServerName::try_from(host).unwrap(), stream);
    match timeout(PATIENCE, connecting).await {
        Err(_) => Err("TLS stalled".to_owned()),
        Ok(Ok(stream)) => Ok(stream),
        Ok(Err(error)) => {
            Err(match error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>()) {
                Some(rustls::Error::InvalidCertificate(
                    rustls::CertificateError::Expired | rustls::CertificateError::ExpiredContext { .. },
                )) => "expired".to_owned(),
                Some(rustls::Error::InvalidCertificate(_)) => "untrusted".to_owned(),
                Some(other) => other.to_string(),
                None => "reset".to_owned(),
            })
        }
    }
}
