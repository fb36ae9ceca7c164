use super::*;
use proptest::prelude::*;

/// Of every message in RFC 5769.
const ID: TransactionId = [0xb7, 0xe7, 0xa7, 0x01, 0xbc, 0x34, 0xd6, 0x86, 0xfa, 0x87, 0xdf, 0xae];

/// RFC 5769 section 2.1: a request with everything but what is asked for here.
const REQUEST_5769: &str = "000100582112a442b7e7a701bc34d686fa87dfae\
    802200105354554e207465737420636c69656e74002400046e0001ff80290008932ff9b151263b36\
    000600096576746a3a68367659202020000800149aeaa70cbfd8cb56781ef2b5b2d3f249c1b571a2\
    80280004e57a3bcf";
/// Section 2.2.
const IPV4_5769: &str = "0101003c2112a442b7e7a701bc34d686fa87dfae\
    8022000b7465737420766563746f7220002000080001a147e112a643\
    000800142b91f599fd9e90c38c7489f92af9ba53f06be7d780280004c07d4c96";
/// Section 2.3.
const IPV6_5769: &str = "010100482112a442b7e7a701bc34d686fa87dfae\
    8022000b7465737420766563746f7220002000140002a1470113a9faa5d3f179bc25f4b5bed2b9d9\
    00080014a382954e4be67bf11784c97c8292c275bfe3ed4180280004c8fb0b4c";

fn bytes(text: &str) -> Vec<u8> {
    hex::decode(text).unwrap()
}

fn message(kind: u16, attributes: &[u8]) -> Vec<u8> {
    let length = u16::try_from(attributes.len()).unwrap();
    [&kind.to_be_bytes(), &length.to_be_bytes(), &COOKIE[..], &ID, attributes].concat()
}

fn mapped(address: &str) -> Result<Answer, StunError> {
    Ok(Answer::Mapped(address.parse().unwrap()))
}

#[test]
fn reads_the_answers_of_rfc_5769() {
    assert_eq!(read(&bytes(IPV4_5769), &ID), mapped("192.0.2.1:32853"));
    assert_eq!(read(&bytes(IPV6_5769), &ID), mapped("[2001:db8:1234:5678:11:2233:4455:6677]:32853"));
}

#[test]
fn the_fingerprint_is_that_of_rfc_5769() {
    for text in [REQUEST_5769, IPV4_5769, IPV6_5769] {
        let message = bytes(text);
        let (before, own) = message.split_at(message.len() - 8);
        assert_eq!(fingerprint(before).to_be_bytes(), own[4..]);
    }
}

#[test]
fn a_request_is_a_header_and_a_fingerprint() {
    let request = binding_request(&ID);
    assert_eq!(request[..20], bytes("000100082112a442b7e7a701bc34d686fa87dfae"));
    assert_eq!(request[20..24], bytes("80280004"));
    assert_eq!(request[24..], fingerprint(&request[..20]).to_be_bytes());
}

#[test]
fn answers_of_old_and_of_unusual_servers_are_read() {
    let cases = [
        // RFC 3489: the address uncovered, SOURCE-ADDRESS and CHANGED-ADDRESS behind it.
        ("0001000800018055c0000201000400080001 0d96 cb007101 00050008 0001 0d97 cb007102", "192.0.2.1:32853"),
        // Both: the covered one counts, because it cannot have been translated.
        ("00010008000180550a000001 002000080001a147e112a643", "192.0.2.1:32853"),
        // Twice: the first counts.
        ("002000080001a147e112a643 002000080001a147ffffffff", "192.0.2.1:32853"),
        // An attribute nobody knows, of three bytes and one of padding.
        ("7fff000301020300 002000080001a147e112a643", "192.0.2.1:32853"),
    ];
    for (attributes, expected) in cases {
        let attributes = bytes(&attributes.replace(' ', ""));
        assert_eq!(read(&message(SUCCESS, &attributes), &ID), mapped(expected));
    }
}

#[test]
fn an_error_has_its_code_and_its_reason() {
    let error = |code, reason: &str| Ok(Answer::Error { code, reason: reason.to_owned() });
    let long = [&bytes("0009026000000500")[..], &[b'x'; 604]].concat();
    let cases = [
        (bytes("0009000c0000 0401 4e6f7420796f7521".replace(' ', "").as_str()), error(401, "Not you!")),
        (bytes("0009000400000500"), error(500, "")),
        (bytes("00090008000004142eff202e"), error(420, ".\u{fffd} .")),
        (long, error(500, &"x".repeat(508))),
        // A hundred more than there are, more than 99, none at all.
        (bytes("0009000400000700"), Err(StunError::NoCode)),
        (bytes("0009000400000464"), Err(StunError::NoCode)),
        (bytes("00090003000004 00".replace(' ', "").as_str()), Err(StunError::NoCode)),
        (vec![], Err(StunError::NoCode)),
    ];
    for (attributes, expected) in cases {
        assert_eq!(read(&message(FAILURE, &attributes), &ID), expected, "{attributes:02x?}");
    }
}

#[test]
fn what_is_no_answer_to_this_request_is_refused() {
    let good = bytes(IPV4_5769);
    let changed = |at: usize, to: u8| {
        let mut message = good.clone();
        message[at] = to;
        message
    };
    let covered = bytes("002000080001a147e112a643");
    let behind = [&good[20..], &covered].concat();
    let cases = [
        ("nothing", vec![], StunError::NotStun),
        ("less than a header", good[..19].to_vec(), StunError::NotStun),
        ("another protocol", b"HTTP/1.1 400 Bad Request\r\n\r\n".to_vec(), StunError::NotStun),
        ("a high bit", changed(0, 0x81), StunError::NotStun),
        ("another cookie", changed(7, 0x43), StunError::NotStun),
        ("shorter than it says", good[..good.len() - 4].to_vec(), StunError::NotStun),
        ("longer than it says", [&good[..], &[0; 4]].concat(), StunError::NotStun),
        ("no multiple of four", message(SUCCESS, &[0; 3]), StunError::NotStun),
        ("our own request", binding_request(&ID), StunError::NotAnAnswer),
        ("an answer to Allocate", changed(1, 0x03), StunError::NotAnAnswer),
        ("another transaction", changed(19, 0), StunError::OtherTransaction),
        ("an attribute beyond the end", message(SUCCESS, &bytes("0020ffff")), StunError::Cut),
        ("a bit changed on the way", changed(45, 0xa0), StunError::Fingerprint),
        ("something behind the fingerprint", message(SUCCESS, &behind), StunError::Fingerprint),
        ("no attribute", message(SUCCESS, &[]), StunError::NoAddress),
        ("a third family", message(SUCCESS, &bytes("002000080003a147e112a643")), StunError::NoAddress),
        ("half an address", message(SUCCESS, &bytes("002000080002a147e112a643")), StunError::NoAddress),
        ("an error without one", message(SUCCESS, &bytes("0009000400000500")), StunError::NoAddress),
    ];
    for (what, message, expected) in cases {
        assert_eq!(read(&message, &ID), Err(expected), "{what}");
    }
}

proptest! {
    #[test]
    fn reads_any_bytes_without_a_panic(bytes in proptest::collection::vec(any::<u8>(), 0..2048)) {
        let _read = read(&bytes, &ID);
    }

    #[test]
    fn reads_any_attributes_without_a_panic(
        kind in prop_oneof![Just(SUCCESS), Just(FAILURE)],
        attributes in proptest::collection::vec(
            (prop_oneof![Just(1_u16), Just(9), Just(0x20), Just(0x8028), any::<u16>()],
             any::<u16>(),
             proptest::collection::vec(any::<u8>(), 0..24)),
            0..8,
        ),
    ) {
        let flat = attributes.iter().flat_map(|(kind, length, value)| {
            let honest = u16::try_from(value.len()).unwrap();
            let length = if length % 4 == 0 { *length } else { honest };
            [&kind.to_be_bytes()[..], &length.to_be_bytes(), value].concat()
        });
        let mut flat: Vec<u8> = flat.collect();
        flat.resize(flat.len().next_multiple_of(4), 0);
        if let Ok(Answer::Error { code, reason }) = read(&message(kind, &flat), &ID) {
            prop_assert!((300..700).contains(&code) && reason.len() <= 3 * LONGEST_REASON);
        }
    }

    /// One changed bit of a message with a fingerprint never gives another answer.
    #[test]
    fn a_changed_bit_is_never_believed(bit in 0..8 * 80_usize) {
        let mut message = bytes(IPV4_5769);
        message[bit / 8] ^= 1 << (bit % 8);
        let read = read(&message, &ID);
        prop_assert!(read.is_err() || read == mapped("192.0.2.1:32853"), "{read:?}");
    }
}
