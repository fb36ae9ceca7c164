use super::*;
use crate::config::known::KnownCamera;

fn sighting(address: [u8; 4], means: Means) -> Sighting {
    Sighting {
        interface: "eth0".to_owned(),
        address: address.into(),
        means,
        endpoint: None,
        name: None,
        model: None,
        place: None,
        serial: None,
        mac: None,
        service: None,
        elsewhere: None,
    }
}

fn onvif(address: [u8; 4], endpoint: &str) -> Sighting {
    Sighting { endpoint: Some(DeviceText::clean(endpoint)), ..sighting(address, Means::Onvif) }
}

fn neighbour(address: [u8; 4], mac: &str, vendor: Option<&'static str>) -> Neighbour {
    Neighbour { interface: "eth0".to_owned(), address: address.into(), mac: mac.to_owned(), vendor }
}

/// Each device as `address (others) standing`.
fn rows(sightings: Vec<Sighting>, neighbours: &[Neighbour], cameras: &[(&str, &str)]) -> Vec<String> {
    let known = Known {
        cameras: cameras
            .iter()
            .map(|(id, address)| KnownCamera { id: (*id).to_owned(), address: address.parse().ok() })
            .collect(),
        ..Known::default()
    };
    let attachments = [Attachment {
        interface: "eth0".to_owned(),
        address: [10, 0, 0, 1].into(),
        network: "10.0.0.0/24".parse().unwrap(),
    }];
    let marks = [
        Mark { camera: "entrance".to_owned(), text: MAC.to_owned() },
        Mark { camera: "till".to_owned(), text: "DS2CD20241234567".to_owned() },
    ];
    let heard = Heard { sightings, ..Heard::default() };
    let context =
        Context { attachments: &attachments, networks: &[], neighbours, known: &known, marks: &marks };
    let row = |device: &Device| format!("{} {:?} {:?}", device.address, device.others, device.standing);
    devices(&heard, context).iter().map(row).collect()
}

const FIRST: [u8; 4] = [10, 0, 0, 2];
const SECOND: [u8; 4] = [10, 0, 0, 3];
const SELF_GIVEN: [u8; 4] = [169, 254, 1, 1];
const MAC: &str = "B8A44F000001";
const OTHER_MAC: &str = "020000000002";

#[test]
fn what_answers_at_one_address_is_one_device() {
    let heard = vec![sighting(FIRST, Means::AxisVideo), onvif(FIRST, "a"), sighting(FIRST, Means::Rtsp)];
    assert_eq!(rows(heard, &[neighbour(FIRST, MAC, Some("Axis"))], &[]), ["10.0.0.2 [] New"]);
}

#[test]
fn a_device_with_two_addresses_is_one() {
    let both = || vec![onvif(SELF_GIVEN, "a"), onvif(FIRST, "a")];
    let one = ["10.0.0.2 [169.254.1.1] New"];
    assert_eq!(rows(both(), &[], &[]), one);
    let macs = [neighbour(FIRST, MAC, None), neighbour(SELF_GIVEN, MAC, None)];
    assert_eq!(rows(both(), &macs, &[]), one);
    let announced = vec![sighting(SELF_GIVEN, Means::AxisVideo), onvif(FIRST, "a")];
    assert_eq!(rows(announced, &macs, &[]), one);
    // Every camera behind a router that answers ARP for them has the router's hardware address.
    let behind = vec![onvif(FIRST, "a"), onvif(SECOND, "b")];
    let proxied = [neighbour(FIRST, MAC, None), neighbour(SECOND, MAC, None)];
    assert_eq!(rows(behind, &proxied, &[]), ["10.0.0.2 [] New", "10.0.0.3 [] New"]);
}

/// Fault D04 of the table of hostile input: somebody takes a known camera's name.
#[test]
fn who_calls_himself_like_another_is_another_and_not_written_down() {
    let heard = || vec![onvif(FIRST, "a"), onvif(SECOND, "a")];
    let macs = [neighbour(FIRST, MAC, None), neighbour(SECOND, OTHER_MAC, None)];
    assert_eq!(rows(heard(), &macs, &[]), ["10.0.0.2 [] Double(10.0.0.3)", "10.0.0.3 [] Double(10.0.0.2)"]);
    let configured = [("entrance", "10.0.0.2")];
    let expected = ["10.0.0.2 [] Configured(\"entrance\")", "10.0.0.3 [] Double(10.0.0.2)"];
    assert_eq!(rows(heard(), &macs, &configured), expected);
    // Nor does it help to have no hardware address that the kernel knows.
    assert_eq!(rows(heard(), &macs[..1], &configured), expected);
    let same = [neighbour(FIRST, MAC, None), neighbour(SECOND, MAC, None)];
    assert_eq!(rows(heard(), &same, &[]), ["10.0.0.2 [10.0.0.3] New"]);
    // A name that is no name says nothing.
    let zeros = "00000000-0000-0000-0000-000000000000";
    let nameless = vec![onvif(FIRST, zeros), onvif(SECOND, zeros)];
    assert_eq!(rows(nameless, &[], &[]), ["10.0.0.2 [] New", "10.0.0.3 [] New"]);
}

#[test]
fn every_standing_has_its_ground() {
    let heard = vec![
        onvif(FIRST, "a"),
        sighting(SECOND, Means::Rtsp),
        sighting(SELF_GIVEN, Means::AxisVideo),
        sighting([10, 0, 0, 4], Means::AxisVideo),
    ];
    let neighbours = [
        neighbour([10, 0, 0, 5], MAC, Some("Axis")),
        neighbour([10, 0, 0, 6], OTHER_MAC, None),
        neighbour([10, 9, 9, 9], MAC, Some("Axis")),
    ];
    let expected = [
        "10.0.0.2 [] Configured(\"entrance\")",
        "10.0.0.3 [] OnlyRtsp",
        "10.0.0.4 [] New",
        "10.0.0.5 [] OnlyNeighbour",
        "169.254.1.1 [] NoAddress",
    ];
    assert_eq!(rows(heard, &neighbours, &[("entrance", "10.0.0.2")]), expected);
}

#[test]
fn a_title_says_nothing_twice() {
    let text = |text: &str| Some(DeviceText::clean(text)).filter(|text| !text.is_empty());
    let cases = [
        ("AXIS P3265-V", "P3265-V", Some("AXIS P3265-V")),
        ("Dahua", "DH-IPC-HFW2431S", Some("Dahua DH-IPC-HFW2431S")),
        ("IPC", "IPC", Some("IPC")),
        ("Kasse", "", Some("Kasse")),
        ("", "C220", Some("C220")),
        ("", "", None),
    ];
    for (name, model, expected) in cases {
        let heard = Heard {
            sightings: vec![Sighting { name: text(name), model: text(model), ..onvif(FIRST, "a") }],
            ..Heard::default()
        };
        let known = Known::default();
        let context = Context { attachments: &[], networks: &[], neighbours: &[], known: &known, marks: &[] };
        assert_eq!(devices(&heard, context)[0].title().as_deref(), expected);
    }
}

#[test]
fn a_configured_camera_at_another_address_moved_unless_somebody_else_is_at_its_own() {
    let cameras = [("entrance", "10.0.0.9"), ("till", "10.0.0.8")];
    let says = |address, serial: &str| Sighting {
        serial: Some(DeviceText::clean(serial)),
        ..sighting(address, Means::Onvif)
    };
    let moved = |id: &str, from: &str| format!("10.0.0.2 [] Moved {{ camera: \"{id}\", from: {from} }}");
    let new = || "10.0.0.2 [] New".to_owned();
    let old = |mac| neighbour([10, 0, 0, 9], mac, None);
    let camera = || vec![onvif(FIRST, "a")];
    let cases: [(&str, Vec<Sighting>, Vec<Neighbour>, String); 9] = [
        ("the kernel knows it", camera(), vec![neighbour(FIRST, MAC, None)], moved("entrance", "10.0.0.9")),
        ("it says so", vec![says(FIRST, "b8:a4:4f:00:00:01")], vec![], moved("entrance", "10.0.0.9")),
        ("another maker", vec![says(FIRST, "DS-2CD2024-1234567")], vec![], moved("till", "10.0.0.8")),
        ("it says so and is another", vec![says(FIRST, MAC)], vec![neighbour(FIRST, OTHER_MAC, None)], new()),
        ("another serial number", vec![says(FIRST, "ACCC8E000001")], vec![], new()),
        (
            "the kernel remembers it",
            camera(),
            vec![neighbour(FIRST, MAC, None), old(MAC)],
            moved("entrance", "10.0.0.9"),
        ),
        (
            "the kernel remembers it as a vendor's",
            camera(),
            vec![neighbour(FIRST, MAC, None), neighbour([10, 0, 0, 9], MAC, Some("Axis"))],
            moved("entrance", "10.0.0.9"),
        ),
        ("somebody is there", camera(), vec![neighbour(FIRST, MAC, None), old(OTHER_MAC)], new()),
        ("nothing is known", camera(), vec![], new()),
    ];
    for (what, heard, neighbours, expected) in cases {
        assert_eq!(rows(heard, &neighbours, &cameras), [expected], "{what}");
    }
    let two = vec![says(FIRST, MAC), says(SECOND, MAC)];
    assert_eq!(rows(two, &[], &cameras), ["10.0.0.2 [] New", "10.0.0.3 [] New"]);
    let still_there = vec![says(FIRST, MAC), sighting([10, 0, 0, 9], Means::Onvif)];
    let expected = ["10.0.0.2 [] New", "10.0.0.9 [] Configured(\"entrance\")"];
    assert_eq!(rows(still_there, &[], &cameras), expected);
}
