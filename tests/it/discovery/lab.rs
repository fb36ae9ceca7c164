//! A branch of network namespaces: one for this computer, one for each of its links' other ends.

use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Output, Stdio};

/// Ways to namespaces of one's own: as root, or as the root of a user namespace.
const WAYS: [&[&str]; 2] = [&["--net", "--mount"], &["--user", "--map-root-user", "--net", "--mount"]];

/// This computer, in a namespace of its own.
pub(super) struct Lab {
    here: Space,
    way: &'static [&'static str],
    links: Vec<Space>,
    peers: Vec<Child>,
}

/// A namespace, which lives as long as the process in it.
struct Space(Child);

impl Drop for Space {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Drop for Lab {
    fn drop(&mut self) {
        for peer in &mut self.peers {
            let _ = peer.kill();
            let _ = peer.wait();
        }
    }
}

/// A process that has said a line with this in it.
fn begin(mut command: Command, sign: &str) -> (Child, BufReader<ChildStdout>, String) {
    let child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn();
    let mut child = child.unwrap_or_else(|e| panic!("{command:?}: {e}"));
    let mut said = BufReader::new(child.stdout.take().unwrap());
    let line = said.by_ref().lines().map(Result::unwrap).find(|line| line.contains(sign));
    let line = line.unwrap_or_else(|| {
        panic!("{command:?} ends without {sign:?}: run scripts/test-peers, and see what it says alone")
    });
    (child, said, line)
}

impl Space {
    fn begin(mut command: Command) -> Self {
        command.args(["sh", "-c", "echo ready; exec sleep 600"]);
        Self(begin(command, "ready").0)
    }

    fn id(&self) -> String {
        self.0.id().to_string()
    }
}

impl Lab {
    /// `None` where this user may have no namespaces; what that means is said.
    pub(super) fn start() -> Option<Self> {
        let can = |way: &&&[&str]| {
            let tried = Command::new("unshare").args(**way).arg("true").stderr(Stdio::null()).status();
            tried.is_ok_and(|status| status.success())
        };
        let way = WAYS.iter().find(can)?;
        let mut unshare = Command::new("unshare");
        unshare.args(*way);
        let lab = Self { here: Space::begin(unshare), way, links: Vec::new(), peers: Vec::new() };
        lab.ip(&lab.here, "link set lo up");
        Some(lab)
    }

    /// Whether programs here can change to another user, as some do that serve.
    pub(super) fn has_other_users(&self) -> bool {
        !self.way.contains(&"--user")
    }

    /// The command, to be run in a namespace.
    fn within(&self, space: &Space, program: &Path) -> Command {
        let mut command = Command::new("nsenter");
        command.args(["--target", &self.here.id()]);
        if !self.has_other_users() {
            command.args(["--user", "--preserve-credentials"]);
        }
        let of_space = |kind: &str| {
            format!("--{kind}=/proc/{}/ns/{}", space.id(), if kind == "net" { "net" } else { "mnt" })
        };
        command.args(["net", "mount"].map(of_space)).arg(program);
        command
    }

    fn ip(&self, space: &Space, arguments: &str) {
        let mut command = self.within(space, Path::new("ip"));
        let output = command.args(arguments.split(' ')).output().unwrap();
        assert!(output.status.success(), "ip {arguments}: {}", String::from_utf8_lossy(&output.stderr));
    }

    /// A link from `lanN` here, with this address, to `far` there, with those and a hardware address.
    pub(super) fn link(&mut self, address: &str, far: &[&str], mac: &str) -> usize {
        let number = self.links.len();
        let mut unshare = self.within(&self.here, Path::new("unshare"));
        unshare.args(["--net", "--mount"]);
        let there = Space::begin(unshare);
        let pair = format!("link add lan{number} type veth peer name far address {mac} netns {}", there.id());
        self.ip(&self.here, &pair);
        self.ip(&self.here, &format!("address add {address} dev lan{number}"));
        self.ip(&self.here, &format!("link set lan{number} up"));
        self.ip(&there, "link set lo up");
        self.ip(&there, "link set far up");
        for address in far {
            self.ip(&there, &format!("address add {address} dev far"));
        }
        self.ip(&there, "route add 224.0.0.0/4 dev far");
        self.links.push(there);
        number
    }

    /// Packets from anywhere are taken on that link, as behind a router.
    pub(super) fn default_route(&self, by: &str) {
        self.ip(&self.here, &format!("route add default via {by}"));
    }

    /// Starts a program in Python at the other end of a link; what it says first, and what follows.
    pub(super) fn peer(
        &mut self,
        link: usize,
        script: &str,
        arguments: &[&str],
    ) -> (String, BufReader<ChildStdout>) {
        let mut command = self.within(&self.links[link], &crate::peers::python());
        command.args(["-c", script]).args(arguments);
        self.begin(command, "")
    }

    /// Starts a shell script at the other end of a link, with its files; what it says after the sign.
    pub(super) fn script(&mut self, link: usize, script: &str, sign: &str) -> BufReader<ChildStdout> {
        let mut command = self.within(&self.links[link], Path::new("sh"));
        command.args(["-ec", script]);
        self.begin(command, sign).1
    }

    fn begin(&mut self, command: Command, sign: &str) -> (String, BufReader<ChildStdout>) {
        let (child, said, line) = begin(command, sign);
        self.peers.push(child);
        (line, said)
    }

    pub(super) fn demarc(&self, config: &Path, arguments: &[&str]) -> Output {
        let mut command = self.within(&self.here, Path::new(env!("CARGO_BIN_EXE_demarc")));
        command.arg("--config").arg(config).args(arguments).output().unwrap()
    }

    /// Ends the programs at the other ends, so that what they said has an end.
    pub(super) fn end_peers(&mut self) {
        for mut peer in self.peers.drain(..) {
            peer.kill().unwrap();
            peer.wait().unwrap();
        }
    }
}
