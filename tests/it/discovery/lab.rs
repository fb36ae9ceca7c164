//! A branch of several links: this computer, and the other end of each.

use crate::lab::{Host, Running};
use std::io::BufReader;
use std::path::Path;
use std::process::{ChildStdout, Output};

pub(super) struct Lab {
    lab: crate::lab::Lab,
    here: Host,
    links: Vec<Host>,
    peers: Vec<Running>,
}

impl Lab {
    pub(super) fn start() -> Self {
        let lab = crate::lab::Lab::new();
        Self { here: lab.host(), lab, links: Vec::new(), peers: Vec::new() }
    }

    /// Whether programs here can change to another user, as some do that serve.
    pub(super) fn has_other_users(&self) -> bool {
        self.lab.has_other_users()
    }

    /// A link from `lanN` here, with this address, to `far` there, with those and a hardware address.
    pub(super) fn link(&mut self, address: &str, far: &[&str], mac: &str) -> usize {
        let (number, there) = (self.links.len(), self.lab.host());
        let pair = format!("type veth peer name far address {mac} netns {}", there.id());
        self.here.run(&format!("ip link add lan{number} {pair}"));
        self.here.run(&format!("ip address add {address} dev lan{number}"));
        self.here.run(&format!("ip link set lan{number} up"));
        there.run("ip link set far up");
        for address in far {
            there.run(&format!("ip address add {address} dev far"));
        }
        there.run("ip route add 224.0.0.0/4 dev far");
        self.links.push(there);
        number
    }

    /// Packets from anywhere are taken on that link, as behind a router.
    pub(super) fn default_route(&self, by: &str) {
        self.here.run(&format!("ip route add default via {by}"));
    }

    /// Starts a program in Python at the other end of a link; what it says first, and what follows.
    pub(super) fn peer(
        &mut self,
        link: usize,
        script: &str,
        arguments: &[&str],
    ) -> (String, BufReader<ChildStdout>) {
        let arguments = [&["-c", script], arguments].concat();
        self.begin(link, &crate::peers::python(), &arguments, "")
    }

    /// Starts a shell script at the other end of a link, with its files; what it says after the sign.
    pub(super) fn script(&mut self, link: usize, script: &str, sign: &str) -> BufReader<ChildStdout> {
        self.begin(link, Path::new("sh"), &["-ec", script], sign).1
    }

    fn begin(
        &mut self,
        link: usize,
        program: &Path,
        arguments: &[&str],
        sign: &str,
    ) -> (String, BufReader<ChildStdout>) {
        let (running, line, said) = self.links[link].begin(program, arguments, sign);
        self.peers.push(running);
        (line, said)
    }

    pub(super) fn demarc(&self, config: &Path, arguments: &[&str]) -> Output {
        self.here.demarc(&[], &[&["--config", config.to_str().unwrap()], arguments].concat())
    }

    /// Ends the programs at the other ends, so that what they said has an end.
    pub(super) fn end_peers(&mut self) {
        self.peers.clear();
    }
}
