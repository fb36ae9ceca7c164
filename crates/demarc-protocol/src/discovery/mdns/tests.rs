use super::*;
use hickory_proto::rr::rdata::{A, PTR, SRV};
use proptest::prelude::*;

const AXIS: &str = "_axis-video._tcp.local.";
const RTSP: &str = "_rtsp._tcp.local.";

fn name(text: &str) -> Name {
    Name::from_ascii(text).unwrap()
}

fn of_service(service: &str, label: &str) -> Name {
    name(service).prepend_label(label.as_bytes()).unwrap()
}

fn pointer(service: &str, label: &str) -> Record {
    Record::from_rdata(name(service), 120, RData::PTR(PTR(of_service(service, label))))
}

/// As Axis cameras answer: the pointer, and beside it where, what and with which address.
fn camera(label: &str, text: &[&str]) -> Message {
    let own = of_service(AXIS, label);
    let server = SRV::new(0, 0, 80, name("axis-b8a44f000001.local."));
    let text = TXT::new(text.iter().map(|&one| one.to_owned()).collect());
    let mut message = Message::new(0, MessageType::Response, OpCode::Query);
    message.add_answer(pointer(AXIS, label));
    let mut flushed = Record::from_rdata(own.clone(), 120, RData::SRV(server));
    flushed.mdns_cache_flush = true;
    message.add_additional(flushed);
    message.add_additional(Record::from_rdata(own, 120, RData::TXT(text)));
    let address = RData::A(A::new(192, 0, 2, 7));
    message.add_additional(Record::from_rdata(name("AXIS-b8a44f000001.local."), 120, address));
    message
}

fn read_message(message: &Message) -> Vec<Instance> {
    read(&message.to_vec().unwrap()).unwrap()
}

#[test]
fn the_question_names_both_services_and_wants_a_direct_answer() {
    let bytes = query();
    let message = Message::from_vec(&bytes).unwrap();
    let asked: Vec<_> = message
        .queries
        .iter()
        .map(|query| (query.name.to_ascii(), query.query_type, query.mdns_unicast_response))
        .collect();
    let ptr = RecordType::PTR;
    assert_eq!(asked, [(AXIS.to_owned(), ptr, true), (RTSP.to_owned(), ptr, true)]);
    assert_eq!((message.metadata.id, bytes.len()), (0, 52));
}

#[test]
fn reads_what_an_axis_camera_announces() {
    let label = "AXIS P3265-V – Käse - B8A44F000001";
    assert_eq!(
        read_message(&camera(label, &["vers=2", "MacAddress=b8a44f000001"])),
        [Instance {
            service: Service::AxisVideo,
            name: "AXIS P3265-V – Käse".to_owned(),
            port: Some(80),
            mac: Some("B8A44F000001".to_owned()),
            addresses: vec![[192, 0, 2, 7].into()],
        }]
    );
}

#[test]
fn a_bare_pointer_is_enough_and_what_belongs_to_others_is_not_taken() {
    let mut message = Message::new(7, MessageType::Response, OpCode::Query);
    message.add_answer(pointer(RTSP, "Hall"));
    message.add_answer(pointer(RTSP, "Hall"));
    message.add_answer(pointer("_ipp._tcp.local.", "Printer"));
    // A pointer out of its service, and one to a service itself.
    message.add_answer(Record::from_rdata(name(AXIS), 120, RData::PTR(PTR(name("evil.example.")))));
    message.add_answer(Record::from_rdata(name(AXIS), 120, RData::PTR(PTR(name(AXIS)))));
    message.add_answer(Record::from_rdata(name(AXIS), 120, RData::PTR(PTR(Name::root()))));
    let other = TXT::new(vec!["macaddress=ACCC8E000009".to_owned()]);
    message.add_additional(Record::from_rdata(of_service(RTSP, "Other"), 120, RData::TXT(other)));
    let hall = Instance {
        service: Service::Rtsp,
        name: "Hall".to_owned(),
        port: None,
        mac: None,
        addresses: Vec::new(),
    };
    assert_eq!(read_message(&message), [hall]);
}

#[test]
fn a_hardware_address_that_is_none_is_not_taken() {
    for text in ["macaddress=", "macaddress=zz", "macaddress", "mac=B8A44F000001", ""] {
        assert_eq!(read_message(&camera("x", &[text]))[0].mac, None, "{text}");
    }
}

#[test]
fn a_name_may_hold_the_hardware_address() {
    let cases = [
        ("AXIS P3265-V - ACCC8E000001", "AXIS P3265-V", Some("ACCC8E000001")),
        ("Entrance - floor 1", "Entrance - floor 1", None),
        ("Entrance", "Entrance", None),
    ];
    for (label, name, mac) in cases {
        let found = read_message(&camera(label, &[])).remove(0);
        assert_eq!((found.name.as_str(), found.mac.as_deref()), (name, mac), "{label}");
    }
}

#[test]
fn a_thousand_answers_yield_sixteen() {
    let mut message = Message::new(0, MessageType::Response, OpCode::Query);
    message.add_answers((0..1_000).map(|n| pointer(AXIS, &format!("camera {n}"))));
    assert_eq!(read_message(&message).len(), 16);
}

#[test]
fn names_that_point_at_themselves_or_each_other_are_refused() {
    // A header that promises one answer, then its name.
    let with_name = |name: &[u8]| {
        let mut bytes = vec![0, 0, 0x84, 0, 0, 0, 0, 1, 0, 0, 0, 0];
        bytes.extend(name);
        bytes.extend([0, 12, 0, 1, 0, 0, 0, 120, 0, 2, 0xc0, 12]);
        bytes
    };
    let names: [&[u8]; 6] =
        [&[0xc0, 12], &[0xc0, 14, 0xc0, 12], &[1, b'a', 0xc0, 12], &[0xc0, 0xff], &[0xff, 0xff], &[63]];
    for name in names {
        assert!(read(&with_name(name)).is_err(), "{name:?}");
    }
}

#[test]
fn a_question_is_no_answer_and_half_an_answer_is_none() {
    assert!(matches!(read(&query()), Err(MdnsError::Unexpected)));
    let whole = camera("AXIS P3265-V - B8A44F000001", &["macaddress=B8A44F000001"]).to_vec().unwrap();
    for cut in 0..whole.len() {
        assert!(read(&whole[..cut]).is_err(), "cut at {cut}");
    }
}

proptest! {
    #[test]
    fn no_bytes_are_too_strange(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        _ = read(&bytes);
    }

    #[test]
    fn no_damage_brings_the_reader_down(
        at in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..12),
    ) {
        let mut bytes = camera("AXIS P3265-V - B8A44F000001", &["macaddress=B8A44F000001"]).to_vec().unwrap();
        for (index, byte) in at {
            let place = index.index(bytes.len());
            bytes[place] = byte;
        }
        if let Ok(found) = read(&bytes) {
            prop_assert!(found.len() <= 16);
        }
    }
}
