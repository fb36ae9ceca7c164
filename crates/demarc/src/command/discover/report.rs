//! A search as people read it: a table, what is odd about it, and what to do next.

use super::Outcome;
use crate::screen;
use demarc_agent::discovery::device::{Device, Standing};
use demarc_agent::discovery::file::{Written, by};
use demarc_agent::discovery::{Attachment, Service};
use demarc_model::text::DeviceText;
use owo_colors::{OwoColorize as _, Style};
use std::collections::BTreeMap;
use std::net::Ipv4Addr;

const GAP: usize = 2;
const ADDRESS: usize = 15;
const MAC: usize = 12;
const FOUND_BY: usize = 11;
/// The longest id that is shown whole, where there is room and where there is little.
const LONGEST_ID: usize = 18;
const LONGEST_ID_NARROW: usize = 10;
/// Below this the hardware address has no room.
const WIDE: usize = 72;

pub(super) fn of(outcome: &Outcome) -> String {
    let mut out = if outcome.devices.is_empty() { nothing(outcome) } else { table(&outcome.devices) };
    for (heading, lines) in [
        ("Moved", moved(outcome)),
        ("No address from the site", without_address(outcome)),
        ("Not certain", uncertain(outcome)),
        ("From elsewhere", outside(outcome)),
        ("Too much", flood(outcome)),
    ] {
        if !lines.is_empty() {
            out.push_str(&format!("\n{}\n", heading.bold()));
            out.extend(lines.iter().map(|line| screen::labelled("-", line, 2, 2)));
        }
    }
    out.push('\n');
    for line in next(outcome) {
        out.push_str(&screen::labelled("", &line, 0, 0));
    }
    out
}

/// `eth0 (10.20.0.5), eth1 (10.30.0.5)`.
pub(super) fn places(attachments: &[Attachment]) -> String {
    let place = |own: &Attachment| format!("{} ({})", own.interface, own.address);
    attachments.iter().map(place).collect::<Vec<_>>().join(", ")
}

/// What stands in each column, and how wide it is.
struct Columns {
    name: usize,
    mac: bool,
    camera: usize,
}

fn table(devices: &[Device]) -> String {
    let camera = devices.iter().map(|device| standing(device).chars().count()).max().unwrap_or_default();
    let mac = screen::width() >= WIDE;
    let camera = camera.clamp("CAMERA".len(), if mac { LONGEST_ID } else { LONGEST_ID_NARROW });
    let others = ADDRESS + GAP + if mac { MAC + GAP } else { 0 } + FOUND_BY + GAP + GAP + camera;
    let columns = Columns { name: screen::width().saturating_sub(others).max(8), mac, camera };
    let head = row(&columns, ["ADDRESS", "NAME", "MAC", "FOUND BY", "CAMERA"]);
    let mut out = format!("{}\n", head.bold());
    for device in devices {
        out.push_str(&lines(device, &columns));
    }
    out
}

fn row(columns: &Columns, [address, name, mac, found_by, camera]: [&str; 5]) -> String {
    let mut cells = vec![format!("{address:<ADDRESS$}"), format!("{name:<0$}", columns.name)];
    if columns.mac {
        cells.push(format!("{mac:<MAC$}"));
    }
    cells.push(format!("{found_by:<FOUND_BY$}"));
    cells.push(camera.to_owned());
    cells.join(&" ".repeat(GAP)).trim_end().to_owned()
}

/// A device's row, its name wrapped under itself, and below it what is out of the ordinary.
fn lines(device: &Device, columns: &Columns) -> String {
    let title = device.title().or(device.maker.map(str::to_owned)).unwrap_or_else(|| "?".to_owned());
    let (address, by, camera) =
        (device.address.to_string(), by(device), cut(&standing(device), columns.camera));
    let mac = device.mac.as_deref().unwrap_or_default();
    let mut out = String::new();
    for (at, part) in screen::wrap(&title, columns.name).iter().enumerate() {
        let part = cut(part, columns.name);
        let cells = if at == 0 { [&address, &part, mac, &by, &camera] } else { ["", &part, "", "", ""] };
        out.push_str(&format!("{}\n", row(columns, cells).style(style(device))));
    }
    for note in notes(device) {
        out.push_str(&screen::labelled("", &note, ADDRESS + GAP, 0));
    }
    out
}

fn cut(text: &str, width: usize) -> String {
    if text.chars().count() <= width {
        return text.to_owned();
    }
    let kept: String = text.chars().take(width.saturating_sub(1)).collect();
    format!("{kept}…")
}

fn standing(device: &Device) -> String {
    match &device.standing {
        Standing::Configured(id) => id.clone(),
        Standing::Moved { .. } => "moved".to_owned(),
        Standing::New => "new".to_owned(),
        Standing::NoAddress => "no address".to_owned(),
        Standing::Double(_) => "double".to_owned(),
        Standing::OnlyRtsp | Standing::OnlyNeighbour => "perhaps".to_owned(),
    }
}

fn style(device: &Device) -> Style {
    match &device.standing {
        Standing::Configured(_) => Style::new(),
        Standing::New => Style::new().green(),
        Standing::Moved { .. } | Standing::NoAddress | Standing::Double(_) => Style::new().red(),
        Standing::OnlyRtsp | Standing::OnlyNeighbour => Style::new().dimmed(),
    }
}

fn notes(device: &Device) -> Vec<String> {
    let mut notes = Vec::new();
    notes.extend(device.place.as_ref().map(|place| format!("place: {place}")));
    notes.extend(device.serial.as_ref().map(|serial| format!("serial number {serial}")));
    if !device.others.is_empty() {
        let others: Vec<String> = device.others.iter().map(Ipv4Addr::to_string).collect();
        notes.push(format!("also at {}", others.join(", ")));
    }
    let usual = |service: &&Service| service.port == 80 && service.path == "/onvif/device_service";
    let odd = device.service.as_ref().filter(|service| !usual(service));
    notes.extend(odd.map(|service| format!("ONVIF at port {}, {}", service.port, service.path)));
    let elsewhere = device.elsewhere.as_ref();
    notes.extend(elsewhere.map(|host| format!("says that it is at {host}; not believed")));
    notes
}

fn nothing(outcome: &Outcome) -> String {
    let (on, seconds) = (places(&outcome.search.attachments), outcome.search.listen.as_secs());
    let said = format!("No camera answered on {on} within {seconds} s.");
    let reasons = [
        "Cameras in another network or VLAN do not hear the question: run this where they are.",
        "A camera that was told not to be discovered stays silent: write it down by hand.",
        "A firewall on this computer may drop the answers: they come by UDP to the address above.",
    ];
    let mut out = screen::labelled("", &said, 0, 0);
    out.push_str(&screen::labelled("", "That does not prove that there is none:", 0, 0));
    out.extend(reasons.map(|reason| screen::labelled("-", reason, 2, 2)));
    out
}

fn called(device: &Device) -> String {
    match device.title() {
        Some(title) => format!("{} ({title})", device.address),
        None => device.address.to_string(),
    }
}

fn moved(outcome: &Outcome) -> Vec<String> {
    let line = |device: &Device| match &device.standing {
        Standing::Moved { camera, from } => Some(format!(
            "{camera} moved from {from} to {}; change `address` of [[camera]] `{camera}`, and have DHCP give \
             it one address for good. It is known by its serial number or hardware address.",
            device.address
        )),
        Standing::Configured(_)
        | Standing::New
        | Standing::NoAddress
        | Standing::Double(_)
        | Standing::OnlyRtsp
        | Standing::OnlyNeighbour => None,
    };
    outcome.devices.iter().filter_map(line).collect()
}

fn without_address(outcome: &Outcome) -> Vec<String> {
    let own = outcome.devices.iter().filter(|device| device.standing == Standing::NoAddress);
    let mut lines: Vec<String> = own
        .map(|device| {
            let called = called(device);
            format!(
                "{called} gave itself this address, because no DHCP server answered it or because \
                 its own address was taken. It is alive, and only this link can reach it."
            )
        })
        .collect();
    if !lines.is_empty() {
        lines.push(
            "Look whether the branch's DHCP server runs and has addresses left, whether the camera's switch \
             port is in the right VLAN, and whether two devices have the same fixed address. Then restart \
             the camera and look again."
                .to_owned(),
        );
    }
    lines
}

fn uncertain(outcome: &Outcome) -> Vec<String> {
    let said = |device: &Device| {
        let called = called(device);
        match &device.standing {
            Standing::Double(other) => Some(format!(
                "{called} calls itself what {other} calls itself, and nothing shows that they are one: \
                 cameras of one cheap make, or somebody who plays a camera. Look which is which before \
                 you write one of them down."
            )),
            Standing::OnlyRtsp => Some(format!(
                "{called} serves video and does not say that it is a camera: a recorder, perhaps."
            )),
            Standing::OnlyNeighbour => Some(format!(
                "{called} did not answer; its hardware address is one of {}.",
                device.maker.unwrap_or("a camera vendor")
            )),
            Standing::Configured(_) | Standing::Moved { .. } | Standing::New | Standing::NoAddress => None,
        }
    };
    outcome.devices.iter().filter_map(said).collect()
}

fn outside(outcome: &Outcome) -> Vec<String> {
    const MOST: usize = 8;
    let named = |address: &dyn std::fmt::Display, name: &Option<DeviceText>| match name {
        Some(name) => format!("{address} ({name})"),
        None => address.to_string(),
    };
    let mut networks: BTreeMap<(&str, String), Vec<String>> = BTreeMap::new();
    for one in &outcome.heard.outside {
        let [a, b, c, _] = one.address.octets();
        let network = (one.interface.as_str(), format!("{a}.{b}.{c}.0/24"));
        networks.entry(network).or_default().push(named(&one.address, &one.name));
    }
    let outside = networks.into_iter().map(|((interface, network), devices)| {
        format!(
            "On {interface} answered {}, in none of the networks there. A camera may still have the address \
             from its factory, or another site's; --network {network} takes it in.",
            list(&devices, MOST)
        )
    });
    let repeated = outcome.heard.repeated.iter().map(|one| {
        format!(
            "{} is announced on {} by {}, which repeats what is said in another network, or lies. Run this in \
             that network.",
            named(&one.address, &one.name),
            one.interface,
            one.by
        )
    });
    outside.take(MOST).chain(repeated.take(MOST)).collect()
}

fn list(devices: &[String], most: usize) -> String {
    let shown = devices.iter().take(most).cloned().collect::<Vec<_>>().join(", ");
    match devices.len().saturating_sub(most) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}

fn flood(outcome: &Outcome) -> Vec<String> {
    let dropped = outcome.heard.tally.dropped;
    let line = format!(
        "{dropped} answers were not read, because one device sends no more than 40 and one site has no more \
         than 512. Something on this network floods it, and a camera may be missing above."
    );
    if dropped > 0 { vec![line] } else { Vec::new() }
}

/// What to do now.
fn next(outcome: &Outcome) -> Vec<String> {
    if let Some(written) = &outcome.written {
        return after(written, outcome);
    }
    let file = outcome.file.display();
    match outcome.devices.iter().filter(|device| device.standing == Standing::New).count() {
        0 => vec!["Nothing to write down.".to_owned()],
        1 => vec![format!("One camera is new: `demarc discover --write` adds it to {file}.")],
        new => vec![format!("{new} cameras are new: `demarc discover --write` adds them to {file}.")],
    }
}

fn after(written: &Written, outcome: &Outcome) -> Vec<String> {
    let file = written.file.display();
    if written.cameras.is_empty() {
        return vec![format!("Nothing is new: {file} was not touched.")];
    }
    let ids: Vec<&str> = written.cameras.iter().map(|camera| camera.id.as_str()).collect();
    let mut lines = vec![
        format!("Added to {file}: {}.", ids.join(", ")),
        "Look through it before the service reads it: strike what is not yours, and give segments."
            .to_owned(),
        match &outcome.known.default_account {
            Some(account) => format!(
                "Demarc will log in to each with the account `{account}` of [camera-defaults]; it has to exist there."
            ),
            None => {
                "They have no account yet: without [[account]], and account = \"…\" in [camera-defaults], \
                     nothing that needs a password is checked."
                    .to_owned()
            }
        },
    ];
    lines.push(match &written.problems {
        None => "The configuration is good: `systemctl reload demarc` takes it over.".to_owned(),
        Some(problems) => {
            let number = problems.problems.len();
            let what = if number == 1 { "1 problem".to_owned() } else { format!("{number} problems") };
            format!("The configuration has {what} besides: `demarc config check` says what to do.")
        }
    });
    lines
}

#[cfg(test)]
mod tests;
