//! VAPIX answers: the shapes of AXIS OS 12, all values strings.

use super::Camera;
use super::state::{Access, Card, Condition, State};
use crate::layout::USERNAME;
use crate::reply::{self, Reply};
use hyper::StatusCode;
use serde_json::{Value, json};
use sha1::{Digest, Sha1};

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
    if let Some(context) = request.get("context") {
        answer["context"] = context.clone();
    }
    json_reply(&answer)
}

/// The same until the camera starts again, and another for another camera.
fn boot_id(camera: &Camera, state: &State) -> String {
    let seed = format!("{} {} {}", camera.plan.id, state.serial, state.booted);
    let hash = Sha1::digest(seed);
    let hex: String = hash.iter().take(16).map(|byte| format!("{byte:02x}")).collect();
    let parts = [&hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]];
    parts.join("-")
}

pub(crate) fn identity(camera: &Camera, state: &State) -> Reply {
    let model = camera.plan.model;
    json_reply(&json!({
        "apiVersion": "1.3",
        "data": { "propertyList": {
            "ProdNbr": model.trim_start_matches("AXIS "),
            "HardwareID": "92A.1",
            "ProdFullName": format!("{model} Network Camera"),
            "Version": camera.plan.firmware,
            "ProdType": "Network Camera",
            "Brand": "AXIS",
            "WebURL": "http://www.axis.example",
            "ProdVariant": "",
            "SerialNumber": state.serial,
            "ProdShortName": model,
            "BuildDate": "Jun 11 2025 17:32",
        }},
    }))
}

pub(crate) fn user_groups() -> Reply {
    text(format!("{USERNAME}\nusers viewer\n"))
}

/// The parameters that a viewer may read, of the groups asked for.
pub(crate) fn params(camera: &Camera, state: &State, query: &str) -> Reply {
    let all = [
        ("Brand.Brand", "AXIS"),
        ("Brand.ProdFullName", camera.plan.model),
        ("Properties.Firmware.Version", camera.plan.firmware),
        ("Properties.System.SerialNumber", &state.serial),
        ("Network.HTTP.AuthenticationPolicy", "recommended"),
        ("HTTPS.Enabled", "no"),
    ];
    let groups = query.split('&').find_map(|pair| pair.strip_prefix("group=")).unwrap_or_default();
    let groups = groups.replace("%2C", ",").replace("%2c", ",");
    let mut lines = String::new();
    for group in groups.split(',').map(|group| group.trim_start_matches("root.")) {
        let own = all.iter().filter(|(name, _)| name.starts_with(group));
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
