//! Whether another device has this host's own IPv4 address (RFC 5227): then answers go now to this host and
//! now to the other one, and everything seems to fail at random.
//!
//! Asks the network that the first line leads through, in `CAP_NET_RAW`'s name; without it nothing is known.

use crate::link;
use crate::reach::arp::{Arp, who_else_has};
use crate::reach::mac::Mac;
use crate::reach::neighbour::{self, mac_of};
use crate::routes::Routes;
use crate::trace::{Stop, Trace};
use demarc_model::observation::{MissingReason, Phase, Reading};
use demarc_model::symptom::Symptom;
use demarc_model::text::DeviceText;
use std::net::Ipv4Addr;

/// On the interface that is given, or that of the default route that is not the second line's.
pub(crate) async fn examine(
    (interface, second_line): (Option<&str>, Option<&str>),
    trace: &mut Trace,
) -> Result<(), Stop> {
    let routes = Routes::read().map_err(|error| link::unread(&error))?.without(second_line);
    let not_offered = Stop::Missing(MissingReason::NotOffered);
    let interface = interface.or_else(|| routes.default_interface()).ok_or_else(|| not_offered.clone())?;
    let address = routes.own_address("/".as_ref(), interface).ok_or(not_offered)?;
    match who_else_has(address, interface, trace.within(trace.limits.connect)).await {
        Arp::Answers(holders, _) => {
            let routers = routes.routers(interface);
            let table = neighbour::table().unwrap_or_default();
            let routers: Vec<Mac> = routers.filter_map(|router| mac_of(&table, router, interface)).collect();
            judge(address, &holders, &routers, trace)
        }
        Arp::NotPermitted => Err(Stop::Missing(MissingReason::NotPermitted)),
        Arp::Own | Arp::Failed => Err(Stop::Missing(MissingReason::Agent)),
    }
}

fn judge(address: Ipv4Addr, holders: &[Mac], routers: &[Mac], trace: &mut Trace) -> Result<(), Stop> {
    // A router that answers for others (proxy ARP) has their addresses no more than it has this one.
    let rivals: Vec<String> =
        holders.iter().filter(|holder| !routers.contains(holder)).map(Mac::to_string).collect();
    if rivals.is_empty() {
        return Ok(());
    }
    let say = if rivals.len() == 1 { "says" } else { "say" };
    let detail = format!("{} {say} that {address}, which is this computer's, is theirs", rivals.join(", "));
    trace.read(Reading::HardwareAddresses(rivals.iter().map(|mac| DeviceText::clean(mac)).collect()));
    Err(Stop::failed(Phase::Local, Symptom::Conflict, &detail))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::Limits;
    use std::time::Duration;

    type Seen = Result<(), Stop>;

    #[test]
    fn whoever_else_says_that_the_address_is_theirs_is_named_unless_it_is_a_router_that_answers_for_others() {
        let mac = |last| Mac::of_device([2, 0, 0, 0, 0, last]).unwrap();
        let [a, b, router] = [1, 2, 3].map(mac);
        let conflict = |detail| Err(Stop::failed(Phase::Local, Symptom::Conflict, detail));
        let one = conflict("020000000001 says that 10.20.0.9, which is this computer's, is theirs");
        let two =
            conflict("020000000001, 020000000002 say that 10.20.0.9, which is this computer's, is theirs");
        let cases: [(&[Mac], Seen, &[&str]); 5] = [
            (&[], Ok(()), &[]),
            (&[a], one.clone(), &["020000000001"]),
            (&[router], Ok(()), &[]),
            (&[router, a], one, &["020000000001"]),
            (&[a, b], two, &["020000000001", "020000000002"]),
        ];
        for (holders, expected, named) in cases {
            let second = Duration::from_secs(1);
            let mut trace = Trace::begin(Limits { connect: second, tls: second, total: second });
            let seen = judge(Ipv4Addr::new(10, 20, 0, 9), holders, &[router], &mut trace);
            assert_eq!(seen, expected, "{holders:?}");
            let named: Vec<DeviceText> = named.iter().map(|mac| DeviceText::clean(mac)).collect();
            let read = (!named.is_empty()).then_some(Reading::HardwareAddresses(named));
            assert_eq!(trace.readings, Vec::from_iter(read), "{holders:?}");
        }
    }
}
