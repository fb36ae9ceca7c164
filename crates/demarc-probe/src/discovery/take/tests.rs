use super::*;
use crate::discovery::Tally;
use std::time::Duration;

fn attachment() -> Attachment {
    Attachment {
        interface: "eth0".to_owned(),
        address: [192, 0, 2, 1].into(),
        network: "192.0.2.0/24".parse().unwrap(),
    }
}

fn search(networks: &[&str]) -> Search {
    let networks = networks.iter().map(|text| text.parse().unwrap()).collect();
    Search { attachments: vec![attachment()], networks, listen: Duration::from_secs(1) }
}

fn answer(name: &str, address: &str) -> Vec<u8> {
    let scopes = format!("onvif://www.onvif.org/name/{name}");
    format!("<E><ProbeMatch><Scopes>{scopes}</Scopes><XAddrs>{address}</XAddrs></ProbeMatch></E>")
        .into_bytes()
}

/// What is heard of answers to WS-Discovery from these addresses.
fn heard(search: &Search, answers: &[(Ipv4Addr, Vec<u8>)]) -> (Heard, usize) {
    let (seen, devices) = watch::channel(0);
    let mut taker = Taker::new(search, &seen);
    for (from, bytes) in answers {
        taker.take_from(&attachment(), Language::WsDiscovery, *from, bytes);
    }
    let devices = *devices.borrow();
    (taker.heard(), devices)
}

#[test]
fn only_senders_that_may_be_cameras_are_believed() {
    let own = search(&[]);
    let wider = search(&["10.20.0.0/16", "192.0.2.128/25"]);
    let cases: [(&Search, [u8; 4], Whereabouts); 18] = [
        (&own, [192, 0, 2, 7], Whereabouts::Here),
        (&own, [169, 254, 17, 4], Whereabouts::Here),
        (&own, [192, 0, 2, 1], Whereabouts::Nowhere),
        (&own, [192, 0, 2, 0], Whereabouts::Nowhere),
        (&own, [192, 0, 2, 255], Whereabouts::Nowhere),
        (&own, [0, 0, 0, 0], Whereabouts::Nowhere),
        (&own, [127, 0, 0, 1], Whereabouts::Nowhere),
        (&own, [239, 255, 255, 250], Whereabouts::Nowhere),
        (&own, [255, 255, 255, 255], Whereabouts::Nowhere),
        (&own, [192, 0, 3, 7], Whereabouts::Outside),
        (&own, [192, 168, 0, 90], Whereabouts::Outside),
        (&own, [8, 8, 8, 8], Whereabouts::Outside),
        (&wider, [10, 20, 3, 4], Whereabouts::Here),
        (&wider, [192, 0, 2, 200], Whereabouts::Here),
        (&wider, [192, 0, 2, 7], Whereabouts::Outside),
        (&wider, [10, 20, 0, 0], Whereabouts::Nowhere),
        (&wider, [10, 21, 0, 1], Whereabouts::Outside),
        (&wider, [169, 254, 1, 1], Whereabouts::Here),
    ];
    for (search, from, expected) in cases {
        let (seen, _) = watch::channel(0);
        let taker = Taker::new(search, &seen);
        assert_eq!(taker.whereabouts(&attachment(), from.into()), expected, "{from:?}");
    }
}

#[test]
fn a_device_is_where_its_answer_came_from() {
    let from = Ipv4Addr::new(192, 0, 2, 7);
    let (heard, devices) =
        heard(&search(&[]), &[(from, answer("A%1b%5bm", "https://10.0.0.9:8443/onvif/x"))]);
    let service = Service { scheme: Scheme::Https, port: 8443, path: "/onvif/x".to_owned() };
    let expected = Sighting {
        interface: "eth0".to_owned(),
        address: from,
        means: Means::Onvif,
        endpoint: None,
        name: Some(DeviceText::clean("A[m")),
        model: None,
        place: None,
        serial: None,
        mac: None,
        service: Some(service),
        elsewhere: Some(DeviceText::clean("10.0.0.9")),
    };
    assert_eq!((heard.sightings, devices), (vec![expected], 1));
}

#[test]
fn the_same_word_twice_is_one_and_rubbish_is_counted() {
    let from = Ipv4Addr::new(192, 0, 2, 7);
    let camera = answer("A", "http://192.0.2.7/onvif/device_service");
    let printer = b"<E><ProbeMatch><Types>wsdp:Device</Types></ProbeMatch></E>".to_vec();
    let outside = Ipv4Addr::new(192, 168, 0, 90);
    let answers = [
        (from, camera.clone()),
        (from, camera.clone()),
        (from, b"garbage".to_vec()),
        (Ipv4Addr::new(192, 0, 2, 8), printer),
        (outside, camera.clone()),
        (outside, camera),
    ];
    let (heard, devices) = heard(&search(&[]), &answers);
    let outside =
        Outside { interface: "eth0".to_owned(), address: outside, name: Some(DeviceText::clean("A")) };
    assert_eq!((heard.sightings.len(), devices, heard.outside), (1, 1, vec![outside]));
    assert_eq!(heard.tally, Tally { received: 6, unreadable: 1, others: 1, ..Tally::default() });
}

/// Fault D01 of the table of hostile input: a million answers.
#[test]
fn a_flood_is_bounded_and_leaves_room_for_the_others() {
    let flooder = Ipv4Addr::new(192, 0, 2, 66);
    let mut answers: Vec<_> =
        (0..10_000).map(|n| (flooder, answer(&format!("{n}"), "http://192.0.2.66/onvif/x"))).collect();
    answers.push((Ipv4Addr::new(192, 0, 2, 7), answer("A", "http://192.0.2.7/onvif/x")));
    let (heard, devices) = heard(&search(&[]), &answers);
    assert_eq!((heard.sightings.len(), devices), (MOST_SIGHTINGS_OF_ONE_SENDER + 1, 2));
    assert_eq!(heard.tally.dropped, 10_000 - u64::from(MOST_OF_ONE_SENDER));
}

#[test]
fn a_flood_from_many_addresses_is_bounded_too() {
    let everywhere = search(&["10.0.0.0/8"]);
    let answers: Vec<_> = (1..=5_000_u32)
        .map(|n| (Ipv4Addr::from(0x0a00_0000 + n), answer("A", "http://10.0.0.1/onvif/x")))
        .collect();
    let (inside, devices) = heard(&everywhere, &answers);
    assert_eq!((inside.sightings.len(), devices), (MOST_DEVICES, MOST_DEVICES));
    assert_eq!(inside.tally.turned_away, 5_000 - MOST_DEVICES as u64);
    let (outside, devices) = heard(&search(&[]), &answers);
    assert_eq!((outside.outside.len(), devices, outside.tally.turned_away), (MOST_OUTSIDE, 0, 0));
}

/// As a router answers that repeats multicast DNS between its networks.
#[test]
fn what_is_announced_of_another_makes_no_device() {
    let mut bytes = vec![0, 0, 0x84, 0, 0, 0, 0, 3, 0, 0, 0, 0];
    let service: &[u8] = b"\x0b_axis-video\x04_tcp\x05local\0";
    let instance: &[u8] = b"\x01A\xc0\x0c";
    let record = |name: &[u8], kind: u8, data: &[u8]| {
        let length = u8::try_from(data.len()).unwrap();
        [name, &[0, kind, 0, 1, 0, 0, 0, 120, 0, length], data].concat()
    };
    bytes.extend(record(service, 12, instance));
    bytes.extend(record(instance, 33, b"\0\0\0\0\0\x50\x01h\0"));
    bytes.extend(record(b"\x01h\0", 1, &[192, 0, 2, 7]));
    for (from, devices, repeated) in [([192, 0, 2, 7], 1, 0), ([192, 0, 2, 8], 0, 1)] {
        let (search, (seen, _)) = (search(&[]), watch::channel(0));
        let mut taker = Taker::new(&search, &seen);
        taker.take_from(&attachment(), Language::Mdns, from.into(), &bytes);
        let heard = taker.heard();
        assert_eq!((heard.sightings.len(), heard.repeated.len()), (devices, repeated), "{:?}", heard.tally);
    }
}
