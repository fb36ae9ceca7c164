//! This host's own attachment to the site network: carrier, an address, a default route.
//!
//! Read from `/sys/class/net` and the kernel's tables, without privileges and without sending anything.

use crate::routes::Routes;
use crate::trace::{Stop, Trace};
use demarc_model::observation::{MissingReason, Phase, Reading};
use demarc_model::symptom::Symptom;
use rustix::io::Errno;
use std::fs;
use std::io;
use std::path::Path;

#[cfg(test)]
mod tests;

/// `root` is the directory that holds `sys`. What leads over the second line does not count.
///
/// Where the tables cannot be read, an interface that is named is looked at all the same.
pub(crate) fn examine(
    root: &Path,
    routes: io::Result<Routes>,
    (interface, second_line): (Option<&str>, Option<&str>),
    trace: &mut Trace,
) -> Result<(), Stop> {
    let routes = routes.map(|routes| routes.without(second_line)).map_err(|error| unread(&error));
    let interface = match (interface, &routes) {
        (Some(interface), _) => interface,
        (None, Ok(routes)) => routes.default_interface().ok_or_else(|| routeless(routes))?,
        (None, Err(stop)) => return Err(stop.clone()),
    };
    carrier(root, interface)?;
    note(&root.join("sys/class/net").join(interface), trace);
    if interface == "lo" {
        return Ok(());
    }
    let routes = routes.as_ref().map_err(Stop::clone)?;
    if !routes.has_address(interface) {
        return Err(unfit(&format!("{interface} has no address: the site's DHCP did not give one")));
    }
    if routes.default_interface().is_none() {
        return Err(routeless(routes));
    }
    Ok(())
}

fn carrier(root: &Path, interface: &str) -> Result<(), Stop> {
    let folder = root.join("sys/class/net").join(interface);
    let Ok(state) = fs::read_to_string(folder.join("operstate")) else {
        return Err(unfit(&format!("there is no network interface {interface}")));
    };
    // The kernel answers EINVAL for the carrier of an interface that is administratively down.
    let Ok(carrier) = fs::read_to_string(folder.join("carrier")) else {
        return Err(unfit(&format!("{interface} is switched off")));
    };
    match (state.trim(), carrier.trim()) {
        ("up" | "unknown", "1") => Ok(()),
        (state, "1") => Err(unfit(&format!("{interface} is {state}"))),
        _ => Err(unfit(&format!("{interface} has no carrier: check its cable and the switch port"))),
    }
}

/// What the driver says of the link; many virtual ones say nothing.
fn note(folder: &Path, trace: &mut Trace) {
    let read = |name: &str| fs::read_to_string(folder.join(name)).ok()?.trim().parse::<u64>().ok();
    // Where there is no speed to tell, the kernel says -1, or that it cannot.
    let speed = read("speed").and_then(|mbit| u32::try_from(mbit).ok());
    trace.readings.extend(speed.map(Reading::LinkMbit));
    let errors = read("statistics/rx_errors").zip(read("statistics/tx_errors"));
    trace.readings.extend(errors.map(|(rx, tx)| Reading::LinkErrors(rx.saturating_add(tx))));
}

/// The kernel's tables cannot be read: nothing was measured. Most of these are what sandboxes make of a
/// socket of a family that they do not permit; systemd's `RestrictAddressFamilies` says the third.
pub(crate) fn unread(error: &io::Error) -> Stop {
    let refused = [Errno::PERM, Errno::ACCESS, Errno::AFNOSUPPORT, Errno::PROTONOSUPPORT];
    let refused = Errno::from_io_error(error).is_some_and(|errno| refused.contains(&errno));
    Stop::Missing(if refused { MissingReason::NotPermitted } else { MissingReason::Agent })
}

fn routeless(routes: &Routes) -> Stop {
    if routes.has_untold_default() {
        return Stop::Missing(MissingReason::Undecided);
    }
    unfit("there is no default route")
}

fn unfit(detail: &str) -> Stop {
    Stop::failed(Phase::Local, Symptom::Unfit, detail)
}
