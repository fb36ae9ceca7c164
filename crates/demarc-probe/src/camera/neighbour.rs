//! Who has the camera's address, for a camera in this host's own network.
//!
//! Where packets of our own are permitted everybody is asked, and two who answer are a conflict. Otherwise
//! the kernel asks, which keeps one answer: then it takes a device that comes back after another one.
//! Nothing is sent to the camera's services that `camera.tcp` does not send, and nothing behind a router.

use super::CameraClient;
use crate::link;
use crate::reach::arp::{Arp, who_has};
use crate::reach::mac::Mac;
use crate::reach::neighbour::{self, Neighbour, mac_of};
use crate::reach::{Seen, knock};
use crate::routes::Routes;
use crate::tcp::is_exhaustion;
use crate::trace::{Stop, Trace, micros, spoken};
use demarc_model::observation::{MissingReason, Phase, Reading};
use demarc_model::symptom::Symptom;
use demarc_model::text::DeviceText;
use demarc_model::time::Timestamp;
use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

/// Who was seen longer ago than this says nothing of now.
const HELD: Duration = Duration::from_mins(30);
/// There, away and back.
const RUNS: usize = 3;

/// Who had the address, as the kernel knew it.
#[derive(Debug, Default)]
pub(super) struct Memory {
    runs: Vec<Run>,
}

/// One device, for as long as no other was seen.
#[derive(Debug)]
struct Run {
    mac: Mac,
    last: Timestamp,
}

impl Memory {
    /// Takes note of who has the address. Yields both devices when this one is back after another: one
    /// change that stays is a device that was replaced.
    fn learn(&mut self, mac: Mac, at: Timestamp) -> Option<[Mac; 2]> {
        self.runs.retain(|run| at.since(run.last) <= HELD);
        match self.runs.last_mut().filter(|run| run.mac == mac) {
            Some(run) => run.last = at,
            None => self.runs.push(Run { mac, last: at }),
        }
        let old = self.runs.len().saturating_sub(RUNS);
        self.runs.drain(..old);
        match self.runs.as_slice() {
            [before, other, now] if before.mac == now.mac => Some([now.mac, other.mac]),
            _ => None,
        }
    }

    /// Nobody has it: whoever comes next may be another device, and even the one before.
    fn forget(&mut self) {
        self.runs.clear();
    }
}

impl CameraClient {
    pub(super) async fn ask_who(&mut self, at: Timestamp, trace: &mut Trace) -> Result<(), Stop> {
        let IpAddr::V4(address) = self.spec.address else { return Err(not_near()) };
        let routes = Routes::read().map_err(|error| link::unread(&error))?;
        let interface = routes.interface_to("/".as_ref(), address).ok_or_else(not_near)?;
        let end = trace.within(trace.limits.connect);
        match who_has(address, interface, end).await {
            Arp::Answers(holders, _) if holders.is_empty() => Err(self.nobody(address, trace)),
            Arp::Answers(holders, first) => {
                trace.phases.connect_us = Some(micros(first));
                let routers = routes.routers(interface).filter(|router| *router != address);
                let table = neighbour::table().unwrap_or_default();
                let routers =
                    routers.filter_map(|router| mac_of(&table, router, interface)).collect::<Vec<_>>();
                judge(address, &holders, &routers, trace)
            }
            Arp::Own => Err(not_near()),
            Arp::NotPermitted => self.overhear(address, interface, at, trace).await,
            Arp::Failed => Err(Stop::Missing(MissingReason::Agent)),
        }
    }

    /// Has the kernel find out who it is by a connection, and reads what it found.
    async fn overhear(
        &mut self,
        address: Ipv4Addr,
        interface: &str,
        at: Timestamp,
        trace: &mut Trace,
    ) -> Result<(), Stop> {
        let end = trace.within(trace.limits.connect);
        match knock(address.into(), &[self.spec.port], end).await {
            Seen::Answer(_) => {}
            Seen::Error(error) if is_exhaustion(&error) => return Err(Stop::Missing(MissingReason::Agent)),
            Seen::Silence | Seen::Error(_) if neighbour::of(address) == Neighbour::Silent => {
                self.neighbour.forget();
                return Err(self.nobody(address, trace));
            }
            // The kernel knows a device for a while after it has gone.
            Seen::Silence | Seen::Error(_) => return Err(Stop::Missing(MissingReason::Undecided)),
        }
        let mac = mac_of(&neighbour::table().unwrap_or_default(), address, interface);
        let mac = mac.ok_or(Stop::Missing(MissingReason::Undecided))?;
        trace.phases.connect_us = Some(micros(trace.elapsed()));
        match self.neighbour.learn(mac, at) {
            None => {
                trace.read(hardware(&[mac]));
                Ok(())
            }
            Some(both) => {
                trace.read(hardware(&both));
                let [now, before] = both;
                let detail = format!("{address} went from {now} to {before} and back within half an hour");
                Err(Stop::failed(Phase::Connect, Symptom::Conflict, &detail))
            }
        }
    }

    fn nobody(&self, address: Ipv4Addr, trace: &Trace) -> Stop {
        let lease = match self.onvif.has_lease() {
            true => "; the camera has it from DHCP and may have another one now: demarc discover finds it",
            false => "",
        };
        let took = spoken(trace.elapsed());
        let detail = format!("nobody said within {took} that {address} is theirs{lease}");
        Stop::failed(Phase::Connect, Symptom::Timeout, &detail)
    }
}

fn judge(address: Ipv4Addr, holders: &[Mac], routers: &[Mac], trace: &mut Trace) -> Result<(), Stop> {
    trace.read(hardware(holders));
    if holders.len() == 1 {
        return Ok(());
    }
    // A router that answers for others (proxy ARP) has their addresses no more than it has this one.
    if holders.iter().filter(|holder| !routers.contains(holder)).count() < 2 {
        return Err(Stop::Missing(MissingReason::Undecided));
    }
    let named = holders.iter().map(Mac::to_string).collect::<Vec<_>>().join(", ");
    let detail = format!("{} devices say that {address} is theirs: {named}", holders.len());
    Err(Stop::failed(Phase::Connect, Symptom::Conflict, &detail))
}

fn hardware(macs: &[Mac]) -> Reading {
    Reading::HardwareAddresses(macs.iter().map(|mac| DeviceText::clean(&mac.to_string())).collect())
}

/// Behind a router, over a line without hardware addresses, or IPv6.
const fn not_near() -> Stop {
    Stop::Missing(MissingReason::NotOffered)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::Limits;

    const A: [u8; 6] = [0xb8, 0xa4, 0x4f, 0, 0, 1];
    const B: [u8; 6] = [2, 0, 0, 0, 0, 0x66];
    const C: [u8; 6] = [2, 0, 0, 0, 0, 0x67];
    const SILENCE: [u8; 6] = [0; 6];

    /// Minutes, and who had the address then.
    type Looks = &'static [(u64, [u8; 6])];
    type Seen = Result<(), Stop>;

    fn mac(bytes: [u8; 6]) -> Mac {
        Mac::of_device(bytes).unwrap()
    }

    #[test]
    fn only_a_device_that_is_back_after_another_one_and_soon_is_a_conflict() {
        let cases: [(&str, Looks, bool); 9] = [
            ("always the same", &[(0, A), (5, A), (10, A)], false),
            ("replaced", &[(0, A), (5, B), (10, B), (15, B)], false),
            ("replaced twice", &[(0, A), (5, B), (10, C)], false),
            ("to and fro", &[(0, A), (5, B), (10, A)], true),
            ("to and fro, and it goes on", &[(0, A), (5, B), (10, A), (15, A)], true),
            ("to and fro, and fro again", &[(0, A), (5, B), (10, A), (15, B)], true),
            ("back after a day", &[(0, A), (5, B), (1_445, A)], false),
            ("long ago", &[(0, A), (5, B), (10, A), (20, A), (31, A)], false),
            (
                "taken away, tried another, put back",
                &[(0, A), (5, SILENCE), (6, B), (9, SILENCE), (10, A)],
                false,
            ),
        ];
        for (what, looks, expected) in cases {
            let (mut memory, mut conflict) = (Memory::default(), None);
            for (minutes, bytes) in looks {
                let at = Timestamp::from_millis(0).plus(Duration::from_mins(*minutes));
                match Mac::of_device(*bytes) {
                    Some(mac) => conflict = memory.learn(mac, at),
                    None => memory.forget(),
                }
            }
            assert_eq!(conflict.is_some(), expected, "{what}: {conflict:?}");
            assert!(memory.runs.len() <= RUNS);
        }
    }

    #[test]
    fn two_who_answer_are_a_conflict_unless_one_is_a_router_that_answers_for_others() {
        let address = Ipv4Addr::new(10, 20, 0, 101);
        let conflict = |detail| Err(Stop::failed(Phase::Connect, Symptom::Conflict, detail));
        let (a, b, c) = (mac(A), mac(B), mac(C));
        let cases: [(&[Mac], &[Mac], Seen); 5] = [
            (&[a], &[b], Ok(())),
            (&[b], &[b], Ok(())),
            (&[a, b], &[c], conflict("2 devices say that 10.20.0.101 is theirs: B8A44F000001, 020000000066")),
            (&[a, b], &[b], Err(Stop::Missing(MissingReason::Undecided))),
            (
                &[a, b, c],
                &[b],
                conflict(
                    "3 devices say that 10.20.0.101 is theirs: B8A44F000001, 020000000066, 020000000067",
                ),
            ),
        ];
        let second = Duration::from_secs(1);
        for (holders, routers, expected) in cases {
            let mut trace = Trace::begin(Limits { connect: second, tls: second, total: second });
            assert_eq!(judge(address, holders, routers, &mut trace), expected, "{holders:?} {routers:?}");
            assert_eq!(trace.readings, [hardware(holders)]);
        }
    }
}
