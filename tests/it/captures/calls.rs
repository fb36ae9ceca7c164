//! Every call: our request, and the parser of its answer, whose result is shown as text.

use super::exchange::Answer;
use demarc_protocol::auth::challenge;
use demarc_protocol::lockout::Lock;
use demarc_protocol::onvif::{Dialect, Media, Question, Reply};
use demarc_protocol::request::Request;
use demarc_protocol::vendor::{Signs, Vendor};
use demarc_protocol::{clock, dahua, isapi, lockout, onvif, reolink, sunapi, vapix, vendor};
use std::error::Error;
use std::fmt::Debug;

pub(super) struct Call {
    pub(super) name: &'static str,
    pub(super) shape: Shape,
    pub(super) ask: fn() -> Request,
    pub(super) read: fn(&Answer) -> String,
}

#[derive(Clone, Copy)]
pub(super) enum Shape {
    /// XML or JSON: an end shows that nothing is missing.
    Closed,
    /// Lines, or no more than a header: every beginning is an answer.
    Lines,
}

impl Shape {
    pub(super) const fn is_closed(self) -> bool {
        match self {
            Self::Closed => true,
            Self::Lines => false,
        }
    }
}

fn shown<T: Debug, E: Error>(result: Result<T, E>) -> String {
    match result {
        Ok(value) => format!("{value:#?}"),
        Err(error) => match error.source() {
            Some(cause) => format!("error: {error}: {cause}"),
            None => format!("error: {error}"),
        },
    }
}

const fn closed(name: &'static str, ask: fn() -> Request, read: fn(&Answer) -> String) -> Call {
    Call { name, shape: Shape::Closed, ask, read }
}

const fn lines(name: &'static str, ask: fn() -> Request, read: fn(&Answer) -> String) -> Call {
    Call { name, shape: Shape::Lines, ask, read }
}

const TOKEN: &str = "profile_1_h264";
const DEVICE: &str = "/onvif/device_service";
const MEDIA: &str = "/onvif/media_service";
const SESSION: &str = "0123456789abcdef";

fn device(question: Question<'_>) -> Request {
    onvif::request(question, DEVICE, Dialect::Action, None)
}

fn media(question: Question<'_>) -> Request {
    onvif::request(question, MEDIA, Dialect::Action, None)
}

/// What is read from a refusal, whoever refuses.
#[derive(Debug)]
#[expect(dead_code, reason = "shown, and compared as it is shown")]
struct Refusal {
    vendor: Option<Vendor>,
    clock_ms: Option<i64>,
    is_factory_new: bool,
    lock: Option<Lock>,
}

fn refusal(answer: &Answer) -> String {
    let challenges = challenge::read(answer.values("www-authenticate"));
    let param = |name: &str| {
        let value = challenges.iter().find_map(|challenge| challenge.param(name));
        value.map(|value| String::from_utf8_lossy(value).into_owned())
    };
    let date = answer.value("date").and_then(clock::http_date_ms);
    let refusal = Refusal {
        vendor: vendor::recognise(Signs { realm: param("realm").as_deref(), ..Signs::default() }),
        clock_ms: param("nonce").as_deref().and_then(clock::axis_nonce_ms).or(date),
        is_factory_new: answer.value(vapix::SETUP_HEADER).is_some(),
        lock: lockout::read(&answer.body),
    };
    format!("{refusal:#?}")
}

fn clock_of(answer: &Answer) -> String {
    #[derive(Debug)]
    #[expect(dead_code, reason = "shown, and compared as it is shown")]
    struct Read {
        clock: onvif::DeviceClock,
        best_utc_ms: Option<i64>,
    }
    shown(onvif::parse_clock(&answer.body).map(|reply| match reply {
        Reply::Answer(clock) => Reply::Answer(Read { best_utc_ms: clock.best_utc_ms(), clock }),
        Reply::Fault(fault) => Reply::Fault(fault),
    }))
}

fn remote(answer: &Answer) -> String {
    shown(vapix::parse_params(&answer.body).map(|params| vapix::remote::remote_service(&params)))
}

fn services(reply: Result<Reply<Vec<onvif::services::Service>>, onvif::OnvifError>) -> String {
    let media = match &reply {
        Ok(Reply::Answer(services)) => onvif::services::media(services).map(|(media, address)| {
            format!(
                "media service to ask: {media:?} at {}",
                onvif::address::repair(address, "http://192.0.2.7", DEVICE)
            )
        }),
        Ok(Reply::Fault(_)) | Err(_) => None,
    };
    [shown(reply), media.unwrap_or_default()].join("\n").trim_end().to_owned()
}

fn profiles(answer: &Answer) -> String {
    let reply = onvif::media::parse_profiles(&answer.body);
    let smallest = match &reply {
        Ok(Reply::Answer(profiles)) => {
            onvif::media::smallest(profiles).map(|profile| format!("smallest: {:?}", profile.token))
        }
        Ok(Reply::Fault(_)) | Err(_) => None,
    };
    [shown(reply), smallest.unwrap_or_default()].join("\n").trim_end().to_owned()
}

pub(super) const CALLS: &[Call] = &[
    closed(
        "axis systemready",
        || vapix::system_ready_request(0),
        |a| shown(vapix::parse_system_ready(&a.body)),
    ),
    closed("axis identity", vapix::identity_request, |a| shown(vapix::parse_identity(&a.body))),
    lines("axis user groups", vapix::login_request, |a| shown(vapix::parse_user_groups(&a.body))),
    lines(
        "axis parameters",
        || vapix::param_list_request(&["Brand", "Properties.Firmware", "HTTPS"]),
        |a| shown(vapix::parse_params(&a.body)),
    ),
    lines("axis remote service", vapix::remote::remote_service_request, remote),
    closed("axis time", vapix::time::date_time_request, |a| shown(vapix::time::parse_date_time(&a.body))),
    closed("axis ntp", vapix::time::ntp_request, |a| shown(vapix::time::parse_ntp(&a.body))),
    closed("axis network", vapix::network::network_request, |a| {
        shown(vapix::network::parse_network(&a.body))
    }),
    closed("axis disks", vapix::disks::disk_list_request, |a| shown(vapix::disks::parse_disk_list(&a.body))),
    closed("axis disk health", vapix::disks::disk_health_request, |a| {
        shown(vapix::disks::parse_disk_health(&a.body))
    }),
    lines("axis temperature", vapix::temperature::temperature_request, |a| {
        shown(vapix::temperature::parse_temperature(&a.body))
    }),
    lines(
        "axis ping test",
        || vapix::vantage::ping_test_request("192.0.2.1").unwrap(),
        |a| shown_test(&a.body),
    ),
    lines(
        "axis tcp test",
        || vapix::vantage::tcp_test_request("relay.example", 443).unwrap(),
        |a| shown_test(&a.body),
    ),
    closed("axis discover", vapix::discover::discover_request, |a| {
        shown(vapix::discover::parse_discover(&a.body))
    }),
    closed("axis anonymous identity", vapix::discover::anonymous_identity_request, |a| {
        shown(vapix::discover::parse_anonymous_identity(&a.body))
    }),
    lines("any refusal", vapix::login_request, refusal),
    closed("onvif clock", || device(Question::SystemDateAndTime), clock_of),
    closed(
        "onvif information",
        || device(Question::DeviceInformation),
        |a| shown(onvif::parse_information(&a.body)),
    ),
    closed(
        "onvif services",
        || device(Question::Services),
        |a| services(onvif::services::parse_services(&a.body)),
    ),
    closed(
        "onvif capabilities",
        || device(Question::Capabilities),
        |a| services(onvif::services::parse_capabilities(&a.body)),
    ),
    closed("onvif scopes", || device(Question::Scopes), |a| shown(onvif::network::parse_scopes(&a.body))),
    closed(
        "onvif interfaces",
        || device(Question::NetworkInterfaces),
        |a| shown(onvif::network::parse_interfaces(&a.body)),
    ),
    closed("onvif ntp", || device(Question::Ntp), |a| shown(onvif::network::parse_ntp(&a.body))),
    closed("onvif profiles 1", || media(Question::Profiles(Media::One)), profiles),
    closed("onvif profiles 2", || media(Question::Profiles(Media::Two)), profiles),
    closed(
        "onvif stream uri 1",
        || media(Question::StreamUri(Media::One, TOKEN)),
        |a| shown(onvif::media::parse_stream_uri(&a.body)),
    ),
    closed(
        "onvif stream uri 2",
        || media(Question::StreamUri(Media::Two, TOKEN)),
        |a| shown(onvif::media::parse_stream_uri(&a.body)),
    ),
    closed(
        "onvif snapshot uri 1",
        || media(Question::SnapshotUri(Media::One, TOKEN)),
        |a| shown(onvif::media::parse_snapshot_uri(&a.body)),
    ),
    closed(
        "onvif snapshot uri 2",
        || media(Question::SnapshotUri(Media::Two, TOKEN)),
        |a| shown(onvif::media::parse_snapshot_uri(&a.body)),
    ),
    lines(
        "onvif dialect",
        || device(Question::DeviceInformation),
        |a| format!("{:#?}", Dialect::Action.after(a.status, &a.body)),
    ),
    closed("hikvision device info", isapi::device_info_request, |a| shown(isapi::parse_device_info(&a.body))),
    closed("hikvision time", isapi::time_request, |a| shown(isapi::parse_time(&a.body))),
    closed("hikvision storage", isapi::storage_request, |a| shown(isapi::parse_storage(&a.body))),
    closed("hikvision cloud", isapi::cloud_request, |a| shown(isapi::parse_cloud(&a.body))),
    closed("hikvision platform", isapi::platform_request, |a| shown(isapi::parse_cloud(&a.body))),
    closed("hikvision login", isapi::login_request, |a| shown(isapi::parse_login(&a.body))),
    lines("dahua system info", dahua::system_info_request, |a| shown(dahua::parse_system_info(&a.body))),
    lines("dahua software", dahua::software_request, |a| shown(dahua::parse_software(&a.body))),
    lines("dahua name", dahua::name_request, |a| shown(dahua::parse_name(&a.body))),
    lines("dahua time", dahua::time_request, |a| shown(dahua::parse_time(&a.body))),
    lines("dahua storage", dahua::storage_request, |a| shown(dahua::parse_storage(&a.body))),
    lines("hanwha device info", sunapi::device_info_request, |a| shown(sunapi::parse_device_info(&a.body))),
    closed("hanwha storage", sunapi::storage_request, |a| shown(sunapi::parse_storage(&a.body))),
    closed(
        "reolink login",
        || reolink::login_request("demarc", "invented"),
        |a| shown(reolink::parse_login(&a.body)),
    ),
    closed(
        "reolink device info",
        || reolink::request(reolink::Command::DeviceInfo, SESSION),
        |a| shown(reolink::parse_device_info(&a.body)),
    ),
    closed(
        "reolink disks",
        || reolink::request(reolink::Command::Disks, SESSION),
        |a| shown(reolink::parse_disks(&a.body)),
    ),
    closed(
        "reolink link",
        || reolink::request(reolink::Command::Link, SESSION),
        |a| shown(reolink::parse_link(&a.body)),
    ),
    closed(
        "reolink time",
        || reolink::request(reolink::Command::Time, SESSION),
        |a| shown(reolink::parse_time(&a.body)),
    ),
    closed(
        "reolink ntp",
        || reolink::request(reolink::Command::Ntp, SESSION),
        |a| shown(reolink::parse_ntp(&a.body)),
    ),
    closed(
        "reolink p2p",
        || reolink::request(reolink::Command::P2p, SESSION),
        |a| shown(reolink::parse_p2p(&a.body)),
    ),
];

/// The words, and what they mean.
fn shown_test(body: &[u8]) -> String {
    let parsed = vapix::vantage::parse_test(body);
    let meaning = parsed.as_ref().ok().map(|words| format!("\ngot through: {:?}", words.got_through()));
    shown(parsed) + &meaning.unwrap_or_default()
}
