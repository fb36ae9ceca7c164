//! VAPIX answers: the shapes of AXIS OS 12, all values strings.

use super::Camera;
use super::state::{Access, Card, Condition, Remote, Role, State};
use crate::layout::USERNAME;
use crate::reply::{self, Reply};
use hyper::StatusCode;
use serde_json::{Value, json};
use sha1::{Digest, Sha1};

const ARCHITECTURE: &str = "aarch64";
const HARDWARE: &str = "92A.1";
const SOC: &str = "Axis Artpec-8";
pub(super) const TIME_SERVER: &str = "time.demarc.example";
const BUILT: &str = "Jun 11 2025 17:32";

pub(crate) fn system_ready(camera: &Camera, state: &State, body: &[u8]) -> Reply {
    let Ok(request) = serde_json::from_slice::<Value>(body) else {
        return json_reply(&json!({"apiVersion": "1.5", "error": {"code": 4000, "message": "Invalid JSON"}}));
    };
    let yes_if = |is: bool| if is { "yes" } else { "no" };
    let mut answer = json!({
        "apiVersion": "1.5",
        "method": "systemready",
        "data": {
            "systemready": yes_if(state.condition != Condition::Booting),
            "needsetup": yes_if(state.access == Access::NoUsers),
            "uptime": state.uptime_s().to_string(),
            "bootid": boot_id(camera, state),
        },
    });
    give_context(&mut answer, &request);
    json_reply(&answer)
}

/// The same until the camera starts again, and another for another camera.
fn boot_id(camera: &Camera, state: &State) -> String {
    let seed = format!("{} {} {}", camera.plan.id, state.serial, state.booted);
    let hex = hex::encode(Sha1::digest(seed));
    let parts = [&hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..32]];
    parts.join("-")
}

/// What a device says of itself: to everybody, or to somebody with a login, who hears more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Properties {
    Unrestricted,
    All,
}

impl Properties {
    pub(crate) fn asked_for(body: &[u8]) -> Self {
        if request_in(body)["method"] == "getAllProperties" { Self::All } else { Self::Unrestricted }
    }
}

/// Empty when it is no JSON.
fn request_in(body: &[u8]) -> Value {
    serde_json::from_slice(body).unwrap_or_default()
}

pub(crate) fn identity(camera: &Camera, state: &State, body: &[u8]) -> Reply {
    let model = camera.plan.model;
    let mut list = json!({
        "ProdNbr": model.trim_start_matches("AXIS "),
        "HardwareID": HARDWARE,
        "ProdFullName": format!("{model} Network Camera"),
        "Version": camera.plan.firmware,
        "ProdType": "Network Camera",
        "Brand": "AXIS",
        "WebURL": "http://www.axis.example",
        "ProdVariant": "",
        "SerialNumber": state.serial,
        "ProdShortName": model,
        "BuildDate": BUILT,
    });
    if Properties::asked_for(body) == Properties::All {
        list["Architecture"] = json!(ARCHITECTURE);
        list["Soc"] = json!(SOC);
        list["SocSerialNumber"] = json!(format!("00000000-00000000-{}", state.serial));
    }
    let mut answer = json!({ "apiVersion": "1.3", "data": { "propertyList": list } });
    give_context(&mut answer, &request_in(body));
    json_reply(&answer)
}

/// A device says again what the request had as its context.
fn give_context(answer: &mut Value, request: &Value) {
    if let Some(context) = request.get("context") {
        answer["context"] = context.clone();
    }
}

/// The list by which programs choose what to ask for.
pub(crate) fn interfaces(body: &[u8]) -> Reply {
    let own = [
        ("api-discovery", "1.0", "API Discovery Service"),
        ("basic-device-info", "1.3", "Basic Device Information"),
        ("disk-management", "1.0", "Edge storage: Disk management"),
        ("ntp", "1.4", "NTP"),
        ("param-cgi", "1.0", "Legacy Parameter Handling"),
        ("systemready", "1.5", "Systemready"),
    ];
    let list = own.map(
        |(id, version, name)| json!({ "id": id, "version": version, "name": name, "status": "official" }),
    );
    let mut answer = json!({ "apiVersion": "1.0", "method": "getApiList", "data": { "apiList": list } });
    give_context(&mut answer, &request_in(body));
    json_reply(&answer)
}

/// What the camera takes the time from: when its clock is off, it has lost its server.
pub(crate) fn ntp(state: &State, body: &[u8]) -> Reply {
    let mut answer = json!({
        "apiVersion": "1.4",
        "method": "getNTPInfo",
        "data": { "client": {
            "enabled": true,
            "NTSEnabled": false,
            "serversSource": "static",
            "staticServers": [TIME_SERVER],
            "advertisedServers": [],
            "synced": state.is_in_step(),
        }},
    });
    give_context(&mut answer, &request_in(body));
    json_reply(&answer)
}

pub(crate) fn user_groups(state: &State) -> Reply {
    let groups = match state.role {
        Role::Viewer => "users viewer",
        Role::Administrator => "users admin operator viewer",
    };
    text(format!("{USERNAME}\n{groups}\n"))
}

/// The parameters that the account may read, of the groups asked for: in the query, or as a form. Of others
/// it says what it says of those that do not exist.
pub(crate) fn params(camera: &Camera, state: &State, query: &str) -> Reply {
    let model = camera.plan.model;
    let full_name = format!("{model} Network Camera");
    let (remote, list) = match &state.remote {
        Remote::OneClick(list) => ("oneclick", list.as_str()),
        Remote::Off => ("no", ""),
    };
    let administrators = [
        ("RemoteService.Enabled", remote),
        ("RemoteService.ServerList", list),
        ("RemoteService.ProxyServer", ""),
    ];
    let more: &[_] = if state.role == Role::Administrator { &administrators } else { &[] };
    let all = [
        ("Brand.Brand", "AXIS"),
        ("Brand.ProdFullName", &full_name),
        ("Brand.ProdNbr", model.trim_start_matches("AXIS ")),
        ("Brand.ProdShortName", model),
        ("Brand.ProdType", "Network Camera"),
        ("Brand.ProdVariant", ""),
        ("Brand.WebURL", "http://www.axis.example"),
        ("Properties.API.HTTP.Version", "3"),
        ("Properties.API.Metadata.Metadata", "yes"),
        ("Properties.API.Metadata.Version", "1.0"),
        ("Properties.Firmware.BuildDate", BUILT),
        ("Properties.Firmware.BuildNumber", "1"),
        ("Properties.Firmware.Version", camera.plan.firmware),
        ("Properties.System.Architecture", ARCHITECTURE),
        ("Properties.System.HardwareID", HARDWARE),
        ("Properties.System.SerialNumber", &state.serial),
        ("Properties.System.Soc", SOC),
        ("Network.HTTP.AuthenticationPolicy", "recommended"),
        ("HTTPS.Enabled", "no"),
    ];
    let groups = query.split('&').find_map(|pair| pair.strip_prefix("group=")).unwrap_or_default();
    let groups = groups.replace("%2C", ",").replace("%2c", ",");
    let mut lines = String::new();
    for group in groups.split(',').map(|group| group.trim_start_matches("root.")) {
        let own = all.iter().chain(more).filter(|(name, _)| name.starts_with(group));
        let found: String = own.map(|(name, value)| format!("root.{name}={value}\n")).collect();
        if found.is_empty() {
            lines.push_str(&format!("# Error: Error -1 getting param in group '{group}'\n"));
        }
        lines.push_str(&found);
    }
    text(lines)
}

/// A card, and a network share that nobody set up.
pub(crate) fn disks(state: &State) -> Reply {
    let read_only = match state.card {
        Card::Writable => "no",
        Card::ReadOnly => "yes",
    };
    let rest = r#"cleanuppolicy="fifo" locked="no" full="no""#;
    xml(&format!(
        r#"<root><disks numberofdisks="2"><disk diskid="SD_DISK" name="" totalsize="116109036" freesize="63126240" {rest} readonly="{read_only}" status="OK" filesystem="ext4"/><disk diskid="NetworkShare" name="" totalsize="0" freesize="0" {rest} readonly="no" status="disconnected" filesystem="cifs"/></disks></root>"#
    ))
}

pub(crate) fn disk_health() -> Reply {
    let disks =
        r#"<HealthStatus diskid="SD_DISK" wear="12"/><HealthStatus diskid="NetworkShare" wear="-3"/>"#;
    xml(&format!(
        "<HealthStatusResponse><HealthStatusSuccess>{disks}</HealthStatusSuccess></HealthStatusResponse>"
    ))
}

fn xml(inside: &str) -> Reply {
    let text = format!("<?xml version=\"1.0\"?>\n{inside}\n");
    reply::with_body(StatusCode::OK, "text/xml", text.into_bytes())
}

fn json_reply(value: &Value) -> Reply {
    reply::with_body(StatusCode::OK, "application/json; charset=utf-8", value.to_string().into_bytes())
}

fn text(body: String) -> Reply {
    reply::with_body(StatusCode::OK, "text/plain; charset=iso-8859-1", body.into_bytes())
}
