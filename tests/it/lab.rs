//! A network of this test's own: hosts in network namespaces, cables between them, and real servers.
//!
//! As root it needs nothing else; otherwise it begins with a user namespace, which some systems forbid.

#![expect(clippy::disallowed_methods, reason = "starts hosts, servers and the program under test")]

use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Output, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;

const PATIENCE: Duration = Duration::from_secs(10);
const POLL: Duration = Duration::from_millis(10);
/// Before a program: it ends when whoever began it ends, even by a signal that nobody can catch.
const END_WITH_US: [&str; 3] = ["setpriv", "--pdeathsig", "KILL"];

/// The place in which hosts are made, and a folder for their files. Everything ends with it.
pub(crate) struct Lab {
    ground: Host,
    pub(crate) folder: TempDir,
}

/// A host of its own: interfaces, routes, firewall, and its own view of `/sys`, `/run` and resolv.conf.
pub(crate) struct Host {
    holder: Child,
    user_namespace: bool,
}

/// Something that runs on a host until it is dropped.
pub(crate) struct Running(Child);

/// A part of the simulated site, which takes commands and answers each with one line.
pub(crate) struct Simulated {
    told: ChildStdin,
    said: BufReader<ChildStdout>,
    _running: Running,
}

impl Simulated {
    /// Waits for the help, with which the simulation begins when everything listens.
    pub(crate) fn wait(&mut self) {
        while !self.line().contains("quit") {}
    }

    pub(crate) fn tell(&mut self, command: &str) -> String {
        writeln!(self.told, "{command}").unwrap();
        self.line()
    }

    fn line(&mut self) -> String {
        let mut line = String::new();
        let length = self.said.read_line(&mut line).unwrap();
        assert!(length > 0, "the simulation has ended");
        line
    }
}

impl Running {
    pub(crate) fn id(&self) -> u32 {
        self.0.id()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        let _ = self.holder.kill();
        let _ = self.holder.wait();
    }
}

impl Lab {
    pub(crate) fn new() -> Self {
        let user_namespace = !id_is_root();
        let ground = Host::hold(&mut unshare(user_namespace), user_namespace);
        Self { ground, folder: TempDir::new().unwrap() }
    }

    pub(crate) fn host(&self) -> Host {
        let mut enter = self.ground.enter();
        let host = Host::hold(enter.args(["unshare", "--net", "--mount"]), self.ground.user_namespace);
        host.run("mount -t sysfs sysfs /sys");
        host.run("mount -t tmpfs tmpfs /run");
        // `faketime` leaves a semaphore behind when it is killed, and does not start where it finds one of the process
        // number that it has got.
        host.run("mount -t tmpfs tmpfs /dev/shm");
        host.run("ip link set lo up");
        host
    }

    /// Whether programs here can change to another user, as some do that serve.
    pub(crate) fn has_other_users(&self) -> bool {
        !self.ground.user_namespace
    }

    /// Writes a file and returns its path.
    pub(crate) fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, text).unwrap();
        path
    }
}

/// Whether this machine lets a lab begin.
pub(crate) fn namespaces_are_to_be_had() -> bool {
    let tried = unshare(!id_is_root()).arg("true").output();
    tried.is_ok_and(|output| output.status.success())
}

/// `unshare` for the place in which hosts are made, to be followed by a command.
fn unshare(user_namespace: bool) -> Command {
    let mut unshare = Command::new("unshare");
    if user_namespace {
        unshare.args(["--user", "--map-root-user"]);
    }
    unshare.args(["--net", "--mount"]);
    unshare
}

fn id_is_root() -> bool {
    let id = Command::new("id").arg("-u").output().unwrap();
    id.stdout.trim_ascii() == b"0"
}

impl Host {
    fn hold(command: &mut Command, user_namespace: bool) -> Self {
        let holder =
            command.args(END_WITH_US).args(["sleep", "infinity"]).stdin(Stdio::null()).spawn().unwrap();
        let mut host = Self { holder, user_namespace };
        // The program `sleep` begins when its namespaces are there.
        let comm = format!("/proc/{}/comm", host.holder.id());
        let begun = Instant::now();
        while std::fs::read_to_string(&comm).unwrap_or_default().trim() != "sleep" {
            let ended = host.holder.try_wait().unwrap();
            assert!(ended.is_none(), "no namespaces are to be had here: {ended:?}");
            assert!(begun.elapsed() < PATIENCE, "a host did not begin");
            std::thread::sleep(POLL);
        }
        host
    }

    /// `nsenter` into this host, to be followed by a command.
    fn enter(&self) -> Command {
        let mut enter = Command::new("nsenter");
        enter.arg("--target").arg(self.holder.id().to_string());
        if self.user_namespace {
            enter.args(["--user", "--preserve-credentials"]);
        }
        enter.args(["--net", "--mount", "--"]);
        enter
    }

    /// Carries out one command, words separated by spaces, which must succeed.
    pub(crate) fn run(&self, command: &str) {
        let output = self.enter().args(command.split_whitespace()).output().unwrap();
        assert!(output.status.success(), "{command}: {}", String::from_utf8_lossy(&output.stderr));
    }

    /// The same for a line of the shell.
    pub(crate) fn shell(&self, line: &str) {
        let output = self.enter().args(["sh", "-c", line]).output().unwrap();
        assert!(output.status.success(), "{line}: {}", String::from_utf8_lossy(&output.stderr));
    }

    /// Has nftables apply one rule to everything that this host forwards.
    pub(crate) fn filter(&self, lab: &Lab, rule: &str) {
        let rules = format!(
            "table ip lab {{\n chain pass {{\n type filter hook forward priority 0;\n {rule}\n }}\n}}\n"
        );
        let file = lab.write(&format!("rules-{}.nft", self.holder.id()), &rules);
        self.run(&format!("nft -f {}", file.display()));
    }

    /// Starts a server, words separated by spaces.
    pub(crate) fn serve(&self, command: &str) -> Running {
        let mut enter = self.enter();
        enter.args(END_WITH_US).args(command.split_whitespace());
        enter.stdin(Stdio::null()).stdout(Stdio::null());
        Running(enter.stderr(Stdio::null()).spawn().unwrap())
    }

    /// Starts a program. Yields its first line with this in it, and what it says after that.
    pub(crate) fn begin(
        &self,
        program: &Path,
        arguments: &[&str],
        sign: &str,
    ) -> (Running, String, BufReader<ChildStdout>) {
        let mut enter = self.enter();
        enter.args(END_WITH_US).arg(program).args(arguments);
        enter.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = enter.spawn().unwrap();
        let mut said = BufReader::new(child.stdout.take().unwrap());
        let line = said.by_ref().lines().map(Result::unwrap).find(|line| line.contains(sign));
        let line = line.unwrap_or_else(|| {
            panic!("{enter:?} ends without {sign:?}: run scripts/test-peers, and see what it says alone")
        });
        (Running(child), line, said)
    }

    /// Starts a part of the simulated site here; words separated by spaces.
    pub(crate) fn simulate(&self, options: &str) -> Simulated {
        let mut enter = self.enter();
        enter.args(END_WITH_US).args([env!("CARGO_BIN_EXE_demarc"), "simulate"]);
        enter.args(options.split_whitespace());
        enter.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = enter.spawn().unwrap();
        let (told, said) = (child.stdin.take().unwrap(), BufReader::new(child.stdout.take().unwrap()));
        Simulated { told, said, _running: Running(child) }
    }

    /// A number that the kernel knows this host's namespaces by.
    pub(crate) fn id(&self) -> u32 {
        self.holder.id()
    }

    /// A cable to another host; each end gets an address.
    pub(crate) fn cable(&self, other: &Self, own: (&str, &str), theirs: (&str, &str)) {
        let peer = other.id();
        self.run(&format!("ip link add {} type veth peer name {} netns {peer}", own.0, theirs.0));
        for (host, (name, address)) in [(self, own), (other, theirs)] {
            host.run(&format!("ip address add {address} dev {name}"));
            host.run(&format!("ip link set {name} up"));
        }
    }

    /// A cable to a bridge of another host; this end, `lan`, gets a hardware address and an address.
    pub(crate) fn plug(&self, bridge: (&Self, &str), mac: &str, address: &str) {
        let (switch, bridge) = bridge;
        let (own, port) = (self.id(), format!("port-{}", self.id()));
        switch.run(&format!("ip link add {port} type veth peer name lan address {mac} netns {own}"));
        switch.run(&format!("ip link set {port} master {bridge} up"));
        self.run(&format!("ip address add {address} dev lan"));
        self.run("ip link set lan up");
    }

    /// Gives this host a resolver.
    pub(crate) fn resolver(&self, lab: &Lab, text: &str) {
        let file = lab.write(&format!("resolv-{}.conf", self.holder.id()), text);
        self.run(&format!("mount --bind {} /etc/resolv.conf", file.display()));
    }

    /// Runs the shipped program here, behind a prefix such as `setpriv`.
    pub(crate) fn demarc(&self, prefix: &[&str], arguments: &[&str]) -> Output {
        let mut command = self.enter();
        command.args(prefix).arg(env!("CARGO_BIN_EXE_demarc")).args(arguments);
        command.env_remove("RUST_LOG").env_remove("NOTIFY_SOCKET").output().unwrap()
    }

    /// Starts the service here, behind a prefix.
    pub(crate) fn watch(&self, prefix: &[&str], arguments: &[&str]) -> Running {
        let mut command = self.enter();
        // Some prefixes, such as `faketime`, stay and start the program as a child of their own.
        command.args(END_WITH_US).args(prefix).args(END_WITH_US).arg(env!("CARGO_BIN_EXE_demarc"));
        command.args(arguments).arg("run");
        command
            .env_remove("RUST_LOG")
            .env_remove("NOTIFY_SOCKET")
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        Running(command.spawn().unwrap())
    }

    pub(crate) fn wait_for_interface(&self, name: &str) {
        let begun = Instant::now();
        while !self.enter().args(["ip", "link", "show", name]).output().unwrap().status.success() {
            assert!(begun.elapsed() < PATIENCE, "there is no interface {name}");
            std::thread::sleep(POLL);
        }
    }

    /// Waits until something listens here: `-ltn sport = :443`, in the words of `ss`.
    pub(crate) fn wait_for_listener(&self, what: &str) {
        let begun = Instant::now();
        loop {
            let output = self.enter().args(["ss", "-H"]).args(what.split_whitespace()).output().unwrap();
            if !output.stdout.is_empty() {
                return;
            }
            assert!(begun.elapsed() < PATIENCE, "nothing listens at {what}");
            std::thread::sleep(POLL);
        }
    }
}

/// An authority, and the certificates that it gives to servers.
pub(crate) struct Authority {
    issuer: Issuer<'static, KeyPair>,
    pub(crate) pem: String,
}

impl Authority {
    pub(crate) fn new(name: &str) -> Self {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let pem = params.self_signed(&key).unwrap().pem();
        Self { issuer: Issuer::new(params, key), pem }
    }

    /// Writes `NAME.pem`, which holds the key and a certificate for these names. The certificate fills
    /// more than two packets, as those of public servers do.
    pub(crate) fn certify(&self, lab: &Lab, name: &str, hosts: &[&str]) -> PathBuf {
        self.certify_until(lab, name, hosts, 4096)
    }

    /// The same with a certificate that is good until the first day of a year.
    pub(crate) fn certify_until(&self, lab: &Lab, name: &str, hosts: &[&str], year: i32) -> PathBuf {
        let key = KeyPair::generate().unwrap();
        let padding = (0..80).map(|n| format!("padding-to-fill-packets-{n:03}.example.net"));
        let names: Vec<String> = hosts.iter().map(|host| (*host).to_owned()).chain(padding).collect();
        let mut params = CertificateParams::new(names).unwrap();
        params.not_after = rcgen::date_time_ymd(year, 1, 1);
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        lab.write(&format!("{name}.pem"), &(key.serialize_pem() + &certificate.pem() + &self.pem))
    }
}

/// Serves TLS with a certificate at one address of a host.
pub(crate) fn tls(host: &Host, address: &str, certificate: &Path) -> Running {
    let file = certificate.display();
    let serve = format!("openssl s_server -quiet -accept {address}:443 -www -cert {file} -cert_chain {file}");
    let running = host.serve(&serve);
    host.wait_for_listener(&format!("-ltn src {address}:443"));
    running
}
