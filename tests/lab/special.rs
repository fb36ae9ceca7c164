//! Faults that take more than one command.

use super::act::{Hit, port};
use super::site::{Camera, Site, UPSTREAM};
use crate::lab::{Host, Running};

/// From the portal's own page; other hosts see it in the place of every page.
const PORTAL: &str = "203.0.113.80";
const DELAY: &str = include_str!("delay.py");

/// Another device takes the camera's address: a camera as well, of another number.
pub(crate) fn second_device(site: &mut Site, hit: Hit) {
    let address = site.cameras[hit.camera].address.clone();
    let host = site.stranger(hit.segment(site), "02:00:00:00:00:66", &format!("{address}/24"));
    let count = site.cameras.len();
    let mut simulated = Camera::simulate(&site.lab, &host, (hit.camera + 1) % count, count);
    simulated.wait();
    site.strangers.push((host, Some(simulated)));
}

/// Another device takes the address of the agent's own host.
pub(crate) fn our_address(site: &mut Site, hit: Hit) {
    let host = site.stranger(hit.segment(site), "02:00:00:00:00:67", "10.20.0.9/24");
    site.strangers.push((host, None));
}

pub(crate) fn strangers_leave(site: &mut Site, _: Hit) {
    site.strangers.clear();
}

/// The power over Ethernet of all switches fails, which themselves go on.
pub(crate) fn all_ports_down(site: &mut Site, _: Hit) {
    set_ports(site, "down");
}

pub(crate) fn all_ports_up(site: &mut Site, _: Hit) {
    set_ports(site, "up");
}

fn set_ports(site: &Site, state: &str) {
    for camera in &site.cameras {
        site.switches[camera.segment].run(&format!("ip link set {} {state}", port(&camera.host)));
    }
}

/// A resolver that validates with a key that the root does not have answers SERVFAIL to everything.
pub(crate) fn validates_wrongly(site: &mut Site, _: Hit) {
    let no_such_key = "0".repeat(64);
    site.resolve(&format!(
        "--server={UPSTREAM} --dnssec --dnssec-check-unsigned --trust-anchor=.,1,8,2,{no_such_key}"
    ));
}

/// The operator's resolver sends every name to a host of its own.
pub(crate) fn rewrites(site: &mut Site, _: Hit) {
    site.resolve(&format!("--cache-size=0 --address=/#/{PORTAL}"));
}

pub(crate) fn resolves(site: &mut Site, _: Hit) {
    site.resolve_as_ever();
}

/// The router sends the branch's guests to its portal, whatever they ask for.
pub(crate) fn portal(site: &mut Site, _: Hit) {
    intercept(&site.way.router, "tcp dport { 80, 443 }", PORTAL);
}

/// The router's firewall answers TLS in everybody's place, with its own authority.
pub(crate) fn inspection(site: &mut Site, _: Hit) {
    site.inspect();
    intercept(&site.way.router, "tcp dport 443", "10.20.0.1");
}

fn intercept(router: &Host, what: &str, to: &str) {
    router.shell(&format!(
        "nft add table ip intercept; \
         nft add chain ip intercept in '{{ type nat hook prerouting priority dstnat; }}'; \
         nft add rule ip intercept in iifname lan ip daddr != 10.20.0.0/24 {what} dnat to {to}"
    ));
}

pub(crate) fn no_interception(site: &mut Site, _: Hit) {
    site.way.router.run("nft delete table ip intercept");
    site.firewall = None;
}

/// The clocks of cameras and servers agree with each other, and not with ours.
pub(crate) fn clock_off(site: &mut Site, _: Hit) {
    everywhere(site, "world-clock-off");
}

pub(crate) fn clock_right(site: &mut Site, _: Hit) {
    everywhere(site, "heal-all");
}

fn everywhere(site: &mut Site, command: &str) {
    let cameras = site.cameras.iter_mut().map(|camera| &mut camera.simulated);
    for simulated in cameras.chain([&mut site.beyond]) {
        simulated.tell(command);
    }
}

pub(crate) fn slow_line(site: &mut Site, _: Hit) {
    site.delay = Some(hold_up(site, &site.way.access, "iif site", 0.4));
}

/// What is sent to the relays, over whichever line.
pub(crate) fn slow_relay(site: &mut Site, _: Hit) {
    site.delay = Some(hold_up(site, &site.way.core, "to 192.0.2.10/31", 1.2));
}

pub(crate) fn no_delay(site: &mut Site, _: Hit) {
    site.delay = None;
    for host in [&site.way.access, &site.way.core] {
        host.shell("ip rule del priority 1 && ip rule del priority 2 || true");
    }
}

/// Holds up some of what a host forwards, in one direction, which is enough.
fn hold_up(site: &Site, host: &Host, what: &str, seconds: f64) -> Running {
    let program = site.lab.write("delay.py", DELAY);
    let running = host.serve(&format!("python3 {} {seconds}", program.display()));
    host.wait_for_interface("late");
    host.shell(&format!(
        "for name in all soon late; do echo 0 > /proc/sys/net/ipv4/conf/$name/rp_filter; done; \
         ip route add default dev soon table 7; ip rule add iif late lookup main priority 1; \
         ip rule add {what} lookup 7 priority 2"
    ));
    running
}
