//! What others wrote and Debian does not have, as `scripts/test-peers` installs it, and servers that say
//! what they do.

use std::io::{BufRead, BufReader, Lines};
use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};

/// A server that says what it is asked, a line each; ends with this value.
pub(crate) struct Peer {
    child: Child,
    said: Lines<BufReader<ChildStdout>>,
}

impl Peer {
    /// The server, and what it said first, which is that it serves.
    pub(crate) fn start(mut command: Command) -> (Self, String) {
        command.stdin(Stdio::null()).stdout(Stdio::piped());
        let child = command.spawn();
        let mut child = child.unwrap_or_else(|e| panic!("{command:?}: {e}; scripts/test installs it"));
        let said = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut peer = Self { child, said };
        let first = peer.said.next().unwrap_or_else(|| panic!("{command:?} ends; scripts/test installs it"));
        (peer, first.unwrap())
    }

    /// Ends the server; what it said since it serves.
    pub(crate) fn stop(mut self) -> Vec<String> {
        self.child.kill().unwrap();
        self.said.by_ref().map(Result::unwrap).collect()
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A port that nobody has now.
pub(crate) fn free_port() -> u16 {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap().port()
}

/// With the packages of PyPI in it.
pub(crate) fn python() -> PathBuf {
    folder().join("bin/python")
}

/// The ONVIF service by gSOAP.
pub(crate) fn onvif_gsoap() -> PathBuf {
    folder().join("bin/onvif-gsoap")
}

/// Debian's time server, unpacked.
pub(crate) fn chronyd() -> PathBuf {
    folder().join("chrony/usr/sbin/chronyd")
}

/// Node, from PyPI as well.
pub(crate) fn node() -> PathBuf {
    folder().join("bin/node")
}

/// A package of npm.
pub(crate) fn node_package(name: &str) -> PathBuf {
    folder().join("node_modules").join(name)
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join("../test-peers")
}
