//! Whether a resolver works: asked for a name that nobody can have asked for before.
//!
//! A random label defeats every cache, and its honest answer is "no such name": an address for it
//! means that somebody rewrites answers.

use crate::dns::{self, Answer};
use crate::trace::{Stop, Trace, micros};
use demarc_model::observation::MissingReason;
use demarc_model::symptom::Symptom;
use hickory_proto::rr::RecordType;
use std::net::SocketAddr;
use tokio::time::Instant;

pub(crate) async fn examine(server: SocketAddr, zone: &str, trace: &mut Trace) -> Result<(), Stop> {
    let label = getrandom::u64().map_err(|_| Stop::Missing(MissingReason::Agent))?;
    let name = format!("{label:016x}.{zone}");
    let began = Instant::now();
    let answer = dns::ask(server, &name, RecordType::A, trace.limits.total, trace).await?;
    trace.phases.dns_us = Some(micros(began.elapsed()));
    match answer {
        Answer::NoSuchName | Answer::Empty => Ok(()),
        Answer::Addresses(addresses) => Err(dns::failed(
            Symptom::NameWrong,
            &format!("{server} says that {name}, which does not exist, is {}", addresses[0]),
        )),
    }
}
