use super::exchange::reply_to;
use super::*;
use hickory_proto::op::OpCode;
use hickory_proto::rr::Record;
use hickory_proto::rr::rdata::{A, CNAME};
use proptest::prelude::*;
use std::net::Ipv4Addr;

#[test]
fn only_addresses_of_the_internet_are_public() {
    let cases = [
        ("192.0.2.1", true),
        ("9.9.9.9", true),
        ("100.63.255.255", true),
        ("100.64.0.1", false),
        ("10.1.2.3", false),
        ("172.31.0.1", false),
        ("192.168.1.1", false),
        ("127.0.0.53", false),
        ("169.254.1.1", false),
        ("0.0.0.0", false),
        ("2001:db8::1", true),
        ("::", false),
        ("::1", false),
        ("fd00::1", false),
        ("fe80::1", false),
        ("::ffff:10.0.0.1", false),
        ("::ffff:9.9.9.9", true),
    ];
    for (text, expected) in cases {
        assert_eq!(is_public(text.parse().unwrap()), expected, "{text}");
    }
}

fn name(text: &str) -> Name {
    Name::from_ascii(text).unwrap()
}

fn question() -> Message {
    let mut query = Message::query();
    query.add_query(Query::query(name("relay.example."), RecordType::A));
    query
}

fn reply(query: &Message, records: impl IntoIterator<Item = (String, RData)>) -> Vec<u8> {
    let mut reply = Message::response(query.metadata.id, OpCode::Query);
    reply.queries.clone_from(&query.queries);
    for (owner, data) in records {
        reply.add_answer(Record::from_rdata(name(&owner), 60, data));
    }
    reply.to_vec().unwrap()
}

fn address(last: u32) -> RData {
    RData::A(A(Ipv4Addr::from(0xc000_0200 + last)))
}

fn alias(to: &str) -> RData {
    RData::CNAME(CNAME(name(to)))
}

/// One address, a thousand, aliases in a circle, a chain longer than any that is followed, and a refusal.
fn replies(query: &Message) -> Vec<Vec<u8>> {
    let owner = || "relay.example.".to_owned();
    let links = (0..40).map(|n| (format!("a{n}.example."), alias(&format!("a{}.example.", n + 1))));
    let end = ("a40.example.".to_owned(), address(1));
    let chain = std::iter::once((owner(), alias("a0.example."))).chain(links).chain([end]);
    let mut refusal = Message::response(query.metadata.id, OpCode::Query);
    refusal.metadata.response_code = ResponseCode::Refused;
    vec![
        reply(query, [(owner(), address(1))]),
        reply(query, (0..1000).map(|n| (owner(), address(n)))),
        reply(query, [(owner(), alias("b.example.")), ("b.example.".to_owned(), alias(&owner()))]),
        reply(query, chain),
        refusal.to_vec().unwrap(),
    ]
}

fn taken(query: &Message, bytes: &[u8]) -> Option<Result<Answer, Stop>> {
    let resolver = SocketAddr::from(([192, 0, 2, 53], 53));
    let reply = reply_to(query, bytes)?;
    Some(read(resolver, "relay.example", &name("relay.example."), &reply))
}

/// Fault N05 of the table of hostile input.
#[test]
fn of_an_answer_that_is_too_long_as_much_is_taken_as_is_of_use() {
    let query = question();
    let addresses = |of: &[u8]| match taken(&query, of) {
        Some(Ok(Answer::Addresses(addresses))) => addresses.len(),
        Some(Ok(Answer::Empty)) => 0,
        other => panic!("{other:?}"),
    };
    let replies = replies(&query);
    assert_eq!(
        replies[..4].iter().map(|reply| addresses(reply)).collect::<Vec<_>>(),
        [1, MOST_ADDRESSES, 0, 0]
    );
    assert!(matches!(taken(&query, &replies[4]), Some(Err(_))));
}

/// The reply to a question, cut off at any byte, with a few bytes that are others.
fn spoilt() -> impl Strategy<Value = (Message, Vec<u8>)> {
    let changes = proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..8);
    let cut = prop_oneof![Just(None), any::<prop::sample::Index>().prop_map(Some)];
    (0_usize..5, changes, cut).prop_map(|(which, changes, cut)| {
        let query = question();
        let mut bytes = replies(&query).swap_remove(which);
        for (at, byte) in changes {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        if let Some(cut) = cut {
            bytes.truncate(cut.index(bytes.len()));
        }
        (query, bytes)
    })
}

proptest! {
    #[test]
    fn reads_any_datagram_without_a_panic(bytes in proptest::collection::vec(any::<u8>(), 0..2048)) {
        let query = question();
        let _read = taken(&query, &bytes);
    }

    #[test]
    fn of_a_spoilt_reply_no_more_is_taken_than_of_a_good_one((query, bytes) in spoilt()) {
        if let Some(Ok(Answer::Addresses(addresses))) = taken(&query, &bytes) {
            prop_assert!((1..=MOST_ADDRESSES).contains(&addresses.len()));
        }
    }
}
