use super::*;
use demarc_agent::config::known::Known;
use demarc_agent::discovery::file::NewCamera;
use demarc_agent::discovery::{Heard, Means, Outside, Repeated, Search, Tally};
use std::collections::BTreeSet;
use std::time::Duration;

fn device(address: [u8; 4], name: &str, standing: Standing) -> Device {
    Device {
        address: address.into(),
        others: Vec::new(),
        interface: "eth0".to_owned(),
        name: Some(DeviceText::clean(name)).filter(|name| !name.is_empty()),
        model: None,
        place: None,
        serial: None,
        mac: Some("B8A44F000001".to_owned()),
        means: BTreeSet::from([Means::Onvif]),
        maker: None,
        service: None,
        elsewhere: None,
        standing,
    }
}

fn devices() -> Vec<Device> {
    let mut entrance = device(
        [10, 20, 0, 101],
        "AXIS P3265-V",
        Standing::Configured("entrance-behind-the-counter".to_owned()),
    );
    entrance.means.insert(Means::AxisVideo);
    entrance.others = vec![[169, 254, 1, 9].into()];
    entrance.place = Some(DeviceText::clean("Filiale München"));
    let mut cheap =
        device([10, 20, 0, 102], "IPC with a name that is much too long for any table", Standing::New);
    cheap.mac = None;
    cheap.serial = Some(DeviceText::clean("4K01FD2PAJ6E3FF"));
    cheap.elsewhere = Some(DeviceText::clean("127.0.0.1"));
    let scheme = demarc_agent::discovery::Scheme::Http;
    cheap.service = Some(Service { scheme, port: 8899, path: "/onvif/devices".to_owned() });
    let recorder = Device {
        means: BTreeSet::from([Means::Rtsp]),
        ..device([10, 20, 0, 104], "Hall", Standing::OnlyRtsp)
    };
    let quiet = Device {
        means: BTreeSet::new(),
        maker: Some("Axis"),
        ..device([10, 20, 0, 105], "", Standing::OnlyNeighbour)
    };
    vec![
        entrance,
        cheap,
        device(
            [10, 20, 0, 130],
            "AXIS M3085-V",
            Standing::Moved { camera: "till".to_owned(), from: [10, 20, 0, 106].into() },
        ),
        device([10, 20, 0, 103], "Kasse", Standing::Double([10, 20, 0, 101].into())),
        recorder,
        quiet,
        device([169, 254, 17, 4], "AXIS Q1656", Standing::NoAddress),
    ]
}

fn outcome(devices: Vec<Device>) -> Outcome {
    let attachment = Attachment {
        interface: "eth0".to_owned(),
        address: [10, 20, 0, 5].into(),
        network: "10.20.0.0/24".parse().unwrap(),
    };
    Outcome {
        search: Search {
            attachments: vec![attachment],
            networks: Vec::new(),
            listen: Duration::from_secs(5),
        },
        heard: Heard::default(),
        devices,
        known: Known::default(),
        file: "/etc/demarc/demarc.d/cameras.toml".into(),
        written: None,
    }
}

fn told(outcome: &Outcome) -> String {
    anstream::adapter::strip_str(&of(outcome)).to_string()
}

/// Text without the terminal's columns and line breaks.
fn words(text: &str) -> Vec<&str> {
    text.split_whitespace().collect()
}

/// Compares with `tests/golden/discover.txt`; `DEMARC_GOLDEN=write` writes it.
#[test]
fn everything_that_can_be_heard_has_its_words() {
    let mut everything = outcome(devices());
    everything.heard.outside = (1..=9)
        .map(|n| Outside {
            interface: "eth0".to_owned(),
            address: [192, 168, 0, 89 + n].into(),
            name: (n == 1).then(|| DeviceText::clean("Factory fresh")),
        })
        .collect();
    everything.heard.repeated = vec![Repeated {
        interface: "eth0".to_owned(),
        by: [10, 20, 0, 1].into(),
        name: Some(DeviceText::clean("AXIS M3085-V")),
        address: [10, 30, 0, 7].into(),
    }];
    everything.heard.tally = Tally { received: 20_000, dropped: 19_000, ..Tally::default() };
    let text = told(&everything);
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/golden/discover.txt");
    if std::env::var("DEMARC_GOLDEN").as_deref() == Ok("write") {
        std::fs::write(path, &text).unwrap();
    }
    assert_eq!(words(&text), words(&std::fs::read_to_string(path).unwrap()));
    assert!(text.lines().all(|line| line.chars().count() <= screen::width()), "{text}");
}

#[test]
fn what_is_left_to_do_is_said() {
    let mut written = outcome(devices());
    let camera = NewCamera { id: "ipc-102".to_owned(), address: [10, 20, 0, 102].into() };
    let file = written.file.clone();
    written.written = Some(Written { file: file.clone(), cameras: vec![camera], problems: None });
    written.known.default_account = Some("cameras".to_owned());
    let text = told(&written);
    let expected = "
Added to /etc/demarc/demarc.d/cameras.toml: ipc-102.
Look through it before the service reads it: strike what is not yours, and give
segments.
Demarc will log in to each with the account `cameras` of [camera-defaults]; it
has to exist there.
The configuration is good: `systemctl reload demarc` takes it over.
";
    assert!(words(&text).ends_with(&words(expected)), "{text}");
    written.known.default_account = None;
    assert!(told(&written).contains("They have no account yet: "), "{}", told(&written));
    written.written = Some(Written { file, cameras: Vec::new(), problems: None });
    let untouched = "Nothing is new: /etc/demarc/demarc.d/cameras.toml was not touched.";
    assert!(words(&told(&written)).ends_with(&words(untouched)), "{}", told(&written));
    written.written = None;
    written.devices.clear();
    assert!(told(&written).starts_with("No camera answered on eth0 (10.20.0.5) within 5 s."));
}
