//! What one resolver says of a name.
//!
//! It is asked by sockets of our own, because the host's stub resolver hides which server failed and
//! answers from its cache.

use crate::tcp::{is_exhaustion, is_forbidden};
use crate::trace::{Stop, Trace, micros};
use demarc_model::observation::{MissingReason, Phase};
use demarc_model::symptom::Symptom;
use hickory_proto::op::{Message, Query, ResponseCode};
use hickory_proto::rr::{Name, RData, RecordType};
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;
use tokio::time::Instant;

mod exchange;

const MOST_ADDRESSES: usize = 8;
const MOST_ALIASES: usize = 8;
const MOST_SERVERS: usize = 16;

/// What a resolver that works can say about a name.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    /// At least one, at most eight.
    Addresses(Vec<IpAddr>),
    /// The name exists and has no address of the kind asked for.
    Empty,
    NoSuchName,
}

/// Which answers can be right.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Expect {
    /// A public name does not live in a private network.
    PublicAddress,
    AnyAddress,
}

impl Expect {
    /// Whether a private address is right is for the configuration to say.
    pub(crate) const fn private(permitted: bool) -> Self {
        if permitted { Self::AnyAddress } else { Self::PublicAddress }
    }
}

/// The IPv4 addresses of `host`, or its IPv6 addresses when it has none.
pub(crate) async fn resolve(
    resolver: SocketAddr,
    host: &str,
    expect: Expect,
    trace: &mut Trace,
) -> Result<Vec<IpAddr>, Stop> {
    let began = Instant::now();
    let limit = trace.limits.connect;
    let mut answer = ask(resolver, host, RecordType::A, limit, trace).await?;
    if answer == Answer::Empty {
        answer = ask(resolver, host, RecordType::AAAA, limit, trace).await?;
    }
    trace.phases.dns_us = Some(micros(began.elapsed()));
    let addresses = match answer {
        Answer::Addresses(addresses) => addresses,
        Answer::Empty => {
            return Err(failed(Symptom::NameMissing, &format!("{host} has no address, says {resolver}")));
        }
        Answer::NoSuchName => {
            return Err(failed(Symptom::NameMissing, &format!("there is no name {host}, says {resolver}")));
        }
    };
    let private = addresses.iter().find(|address| !is_public(**address));
    match (expect, private) {
        (Expect::PublicAddress, Some(address)) => Err(failed(
            Symptom::NameWrong,
            &format!("{resolver} says that {host} is {address}, which is not a public address"),
        )),
        (Expect::PublicAddress, None) | (Expect::AnyAddress, _) => Ok(addresses),
    }
}

/// The names of the servers of a zone, in lower case; empty when the resolver names none.
pub(crate) async fn name_servers(
    resolver: SocketAddr,
    zone: &str,
    trace: &Trace,
) -> Result<Vec<String>, Stop> {
    let (name, reply) = question(resolver, zone, RecordType::NS, trace.limits.connect, trace).await?;
    let own = reply.answers.iter().filter(|record| record.name == name);
    let servers = own.filter_map(|record| match &record.data {
        RData::NS(server) => Some(server.0.to_ascii().to_ascii_lowercase()),
        _ => None,
    });
    Ok(servers.take(MOST_SERVERS).collect())
}

/// One question about addresses; every way in which the resolver itself fails is a [`Stop`].
pub(crate) async fn ask(
    resolver: SocketAddr,
    host: &str,
    kind: RecordType,
    limit: Duration,
    trace: &Trace,
) -> Result<Answer, Stop> {
    let (name, reply) = question(resolver, host, kind, limit, trace).await?;
    read(resolver, host, &name, &reply)
}

async fn question(
    resolver: SocketAddr,
    host: &str,
    kind: RecordType,
    limit: Duration,
    trace: &Trace,
) -> Result<(Name, Message), Stop> {
    // The configuration admits no other names: one that gets here and cannot be asked was not measured.
    let Ok(mut name) = Name::from_ascii(host) else { return Err(Stop::Missing(MissingReason::Agent)) };
    name.set_fqdn(true);
    let mut query = Message::query();
    query.metadata.recursion_desired = true;
    query.add_query(Query::query(name.clone(), kind));
    let began = Instant::now();
    let end = trace.within(limit);
    let asked = exchange::ask(resolver, &query, trace.via.as_deref(), end).await;
    match asked {
        Ok(reply) => Ok((name, reply)),
        Err(silence) => match &silence.error {
            Some(error) if is_exhaustion(error) => Err(Stop::Missing(MissingReason::Agent)),
            Some(error) if trace.via.is_some() && is_forbidden(error) => {
                Err(Stop::Missing(MissingReason::NotPermitted))
            }
            Some(_) | None => Err(failed(Symptom::NameSilent, &silence.of(resolver, began.elapsed()))),
        },
    }
}

fn read(resolver: SocketAddr, host: &str, name: &Name, reply: &Message) -> Result<Answer, Stop> {
    match reply.metadata.response_code {
        ResponseCode::NoError => Ok(answer(addresses(name, reply))),
        ResponseCode::NXDomain => Ok(Answer::NoSuchName),
        code => Err(failed(
            Symptom::NameServfail,
            &format!("the resolver {resolver} answered \"{code}\" for {host}"),
        )),
    }
}

fn answer(addresses: Vec<IpAddr>) -> Answer {
    if addresses.is_empty() { Answer::Empty } else { Answer::Addresses(addresses) }
}

/// The addresses of `name`, through its aliases. Records about other names are not believed.
fn addresses(name: &Name, reply: &Message) -> Vec<IpAddr> {
    let mut owner = name;
    for _ in 0..=MOST_ALIASES {
        let own = || reply.answers.iter().filter(|record| record.name == *owner);
        let found: Vec<IpAddr> =
            own().filter_map(|record| address(&record.data)).take(MOST_ADDRESSES).collect();
        if !found.is_empty() {
            return found;
        }
        let alias =
            own().find_map(|record| if let RData::CNAME(to) = &record.data { Some(&to.0) } else { None });
        let Some(alias) = alias else { break };
        owner = alias;
    }
    Vec::new()
}

fn address(data: &RData) -> Option<IpAddr> {
    match data {
        RData::A(a) => Some(a.0.into()),
        RData::AAAA(a) => Some(a.0.into()),
        _ => None,
    }
}

/// Not private, not this host, not this link, and not the 0.0.0.0 that filtering resolvers answer.
fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => {
            let [first, second, ..] = v4.octets();
            let carrier_grade_nat = first == 100 && second & 0xc0 == 64;
            !(v4.is_private()
                || v4.is_loopback()
                || v4.is_link_local()
                || v4.is_multicast()
                || v4.is_broadcast()
                || first == 0
                || carrier_grade_nat)
        }
        IpAddr::V6(v6) => match v6.to_ipv4_mapped() {
            Some(v4) => is_public(v4.into()),
            None => {
                !(v6.is_unspecified()
                    || v6.is_loopback()
                    || v6.is_unique_local()
                    || v6.is_unicast_link_local()
                    || v6.is_multicast())
            }
        },
    }
}

pub(crate) fn failed(symptom: Symptom, detail: &str) -> Stop {
    Stop::failed(Phase::Dns, symptom, detail)
}

#[cfg(test)]
mod tests;
