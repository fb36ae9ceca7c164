//! What the two resolvers answer.

use crate::chance;
use crate::fault::FaultKind;
use crate::layout::{Layout, Place, VENDOR_ZONE};
use crate::world::{Resolver, Resolving, World};
use hickory_proto::op::{Message, OpCode, Query, ResponseCode};
use hickory_proto::rr::rdata::A;
use hickory_proto::rr::{RData, Record, RecordType};

const LOST_PERCENT: u64 = 40;
const TTL_S: u32 = 5;

/// The answer to the `count`-th packet; none when nothing comes back.
pub(crate) fn answer(packet: &[u8], resolver: Resolver, world: &World, count: u64) -> Option<Vec<u8>> {
    let question = Message::from_vec(packet).ok()?;
    let query = question.queries.first()?;
    let mut reply = Message::response(question.metadata.id, OpCode::Query);
    reply.queries.clone_from(&question.queries);
    reply.metadata.recursion_desired = question.metadata.recursion_desired;
    reply.metadata.recursion_available = true;
    match world.resolving(resolver) {
        Resolving::Silent => return None,
        Resolving::Lossy if chance::strikes(resolver as u64, count, LOST_PERCENT) => return None,
        Resolving::Servfail => reply.metadata.response_code = ResponseCode::ServFail,
        Resolving::Rewriting => say(&mut reply, query, Place::Portal, world),
        Resolving::Proper | Resolving::Lossy => match find(query, world) {
            Some(place) => say(&mut reply, query, place, world),
            None => reply.metadata.response_code = ResponseCode::NXDomain,
        },
    }
    reply.to_vec().ok()
}

fn find(query: &Query, world: &World) -> Option<Place> {
    let name = query.name().to_ascii().to_ascii_lowercase();
    let name = name.trim_end_matches('.');
    if world.has(FaultKind::VendorDnsGone) && name.ends_with(VENDOR_ZONE) {
        return None;
    }
    Layout::named(name)
}

/// Names here have IPv4 addresses only.
fn say(reply: &mut Message, query: &Query, place: Place, world: &World) {
    if query.query_type() == RecordType::A {
        let address = RData::A(A(world.layout.address(place)));
        reply.add_answer(Record::from_rdata(query.name().clone(), TTL_S, address));
    }
}
