//! A search as JSON: everything that was heard, for programs.

use super::Outcome;
use demarc_agent::discovery::device::{Device, Standing};
use demarc_agent::discovery::{Attachment, Failed, Means, Outside, Repeated};
use serde_json::{Value, json};

pub(super) fn of(outcome: &Outcome) -> Value {
    let Outcome { search, heard, devices, known: _, file, written } = outcome;
    let outside =
        |one: &Outside| json!({ "address": one.address, "interface": one.interface, "name": one.name });
    let repeated = |one: &Repeated| json!({ "address": one.address, "by": one.by, "interface": one.interface, "name": one.name });
    let failed = |one: &Failed| {
        let mut value = attachment(&one.attachment);
        value["error"] = one.error.to_string().into();
        value
    };
    json!({
        "asked": search.attachments.iter().map(attachment).collect::<Vec<_>>(),
        "failed": heard.failed.iter().map(failed).collect::<Vec<_>>(),
        "devices": devices.iter().map(device).collect::<Vec<_>>(),
        "outside": heard.outside.iter().map(outside).collect::<Vec<_>>(),
        "repeated": heard.repeated.iter().map(repeated).collect::<Vec<_>>(),
        "datagrams": {
            "received": heard.tally.received,
            "dropped": heard.tally.dropped,
            "turned_away": heard.tally.turned_away,
            "unreadable": heard.tally.unreadable,
            "others": heard.tally.others,
        },
        "file": file,
        "written": written.as_ref().map(|written| json!({
            "cameras": written.cameras,
            "problems": written.problems.as_ref().map(|p| &p.problems).unwrap_or(&Vec::new()),
        })),
    })
}

fn attachment(attachment: &Attachment) -> Value {
    json!({
        "interface": attachment.interface,
        "address": attachment.address,
        "network": attachment.network.to_string(),
    })
}

fn device(device: &Device) -> Value {
    let service = device.service.as_ref();
    json!({
        "address": device.address,
        "other_addresses": device.others,
        "interface": device.interface,
        "name": device.name,
        "model": device.model,
        "place": device.place,
        "serial": device.serial,
        "mac": device.mac,
        "maker": device.maker,
        "found_by": device.means.iter().map(|means| name(*means)).collect::<Vec<_>>(),
        "onvif": service.map(|service| json!({ "port": service.port, "path": service.path })),
        "says_it_is_at": device.elsewhere,
        "standing": standing(&device.standing),
        "camera": match &device.standing {
            Standing::Configured(id) | Standing::Moved { camera: id, .. } => Some(id),
            Standing::New
            | Standing::NoAddress
            | Standing::Double(_)
            | Standing::OnlyRtsp
            | Standing::OnlyNeighbour => None,
        },
        "moved_from": match &device.standing {
            Standing::Moved { from, .. } => Some(from),
            Standing::Configured(_)
            | Standing::New
            | Standing::NoAddress
            | Standing::Double(_)
            | Standing::OnlyRtsp
            | Standing::OnlyNeighbour => None,
        },
    })
}

const fn name(means: Means) -> &'static str {
    match means {
        Means::Onvif => "ws-discovery",
        Means::AxisVideo => "mdns-axis-video",
        Means::Rtsp => "mdns-rtsp",
    }
}

const fn standing(standing: &Standing) -> &'static str {
    match standing {
        Standing::Configured(_) => "configured",
        Standing::Moved { .. } => "moved",
        Standing::New => "new",
        Standing::NoAddress => "no-address",
        Standing::Double(_) => "double",
        Standing::OnlyRtsp => "only-rtsp",
        Standing::OnlyNeighbour => "only-neighbour",
    }
}
