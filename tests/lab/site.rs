//! A whole branch in network namespaces, its two lines, the Internet and the vendor.
//!
//! agent, router and two or more switches hang on a trunk; each camera is a host at a switch. From the
//! router on, the way is that of `line.rs`; behind its end stand two controls in different networks,
//! the vendor, its status page at another provider, a portal and a pager. Cameras and clouds are
//! `demarc simulate`, everything between them is the kernel's.

use super::stack::Stack;
use crate::branch::said;
use crate::lab::{Authority, Host, Lab, Running, Simulated, tls};
use crate::line::{CONTROLS_IPV6, DNS, Way};
use demarc_agent::snapshot::Snapshot;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

const HOOK: &str = include_str!("../it/second_line/hook.py");
const POLL: Duration = Duration::from_millis(200);
/// Until everything was looked at and nothing is suspicious.
const SETTLES_WITHIN: Duration = Duration::from_secs(240);

/// What lies beyond the line: where the simulation has it, where the world sees it, and its names.
const BEYOND: [(&str, &str, &[&str]); 12] = [
    ("127.78.1.1", "198.51.100.1", &["control-a.example"]),
    ("127.78.2.1", "203.0.113.1", &["control-b.example"]),
    ("127.79.1.1", "192.0.2.10", &["relay-1.axis.example"]),
    ("127.79.2.1", "192.0.2.11", &["relay-2.axis.example"]),
    ("127.79.3.1", "192.0.2.12", &["auth.axis.example"]),
    ("127.79.4.1", "192.0.2.13", &["idp.axis.example"]),
    ("127.79.5.1", "192.0.2.14", &["adm-1.axis.example"]),
    ("127.79.6.1", "192.0.2.15", &["adm-2.axis.example"]),
    ("127.79.7.1", "192.0.2.16", &["www.axis.example"]),
    ("127.79.8.1", "192.0.2.17", &["se.axis.example"]),
    ("127.80.0.1", "198.51.100.200", &["status.axis.example"]),
    ("127.77.0.80", "203.0.113.80", &["portal.example"]),
];
const PAGER: &str = "203.0.113.90";
/// Two resolvers of the world, in different networks: the one that the router asks, and a second one.
pub(crate) const UPSTREAM: &str = "203.0.113.53";
const SECOND: &str = "198.51.100.53";
/// Of the simulation: a camera's web and RTSP server, and TLS and plain HTTP beyond the line.
const CAMERA_WEB: u16 = 21_000;
const CAMERA_RTSP: u16 = 21_001;
const TLS: u16 = 21_004;
const WEB: u16 = 21_005;

/// What one camera has had to bear.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Borne {
    /// Of its web server.
    pub(crate) requests: u64,
    pub(crate) logins_failed: u64,
}

pub(crate) struct Site {
    pub(crate) lab: Lab,
    pub(crate) way: Way,
    pub(crate) trunk: Host,
    pub(crate) switches: Vec<Host>,
    pub(crate) cameras: Vec<Camera>,
    pub(crate) beyond: Simulated,
    pub(crate) mobile: Host,
    /// What is up only while a fault is.
    pub(crate) strangers: Vec<(Host, Option<Simulated>)>,
    pub(crate) config: PathBuf,
    pub(crate) firewall: Option<Running>,
    pub(crate) delay: Option<Running>,
    /// The usual stack beside Demarc, when it is asked for.
    pub(crate) stack: Option<Stack>,
    resolver: Option<Running>,
    servers: Vec<Running>,
    agent: Option<Running>,
}

/// A host at a switch, with the simulated camera in it.
pub(crate) struct Camera {
    pub(crate) host: Host,
    pub(crate) simulated: Simulated,
    pub(crate) segment: usize,
    pub(crate) address: String,
}

impl Site {
    /// Everything up and nothing watching.
    pub(crate) fn raise(cameras: usize) -> Self {
        let lab = Lab::new();
        let way = Way::lay(&lab);
        let trunk = lay_trunk(&lab, &way);
        let switches: Vec<Host> = (0..segments(cameras)).map(|n| hang(&lab, &trunk, n)).collect();
        let mobile = way.add_second_line(&lab);
        way.add_ipv6();
        way.router.shell(
            "nft add table ip nat; nft add chain ip nat out '{ type nat hook postrouting priority srcnat; }'; \
             nft add rule ip nat out oifname wan masquerade",
        );
        way.core.run("ip route add 192.0.2.0/24 via 100.64.2.2");
        way.core.run("ip route add 198.51.100.0/24 via 100.64.2.2");
        let mut beyond = stand_beyond(&lab, &way.world);
        let mut cameras: Vec<Camera> =
            (0..cameras).map(|n| Camera::mount(&lab, &switches, n, cameras)).collect();
        beyond.wait();
        cameras.iter_mut().for_each(|camera| camera.simulated.wait());
        way.agent.resolver(&lab, "nameserver 10.20.0.1\n");
        let config = configure(&lab, &cameras, switches.len());
        let mut site = Self {
            lab,
            way,
            trunk,
            switches,
            cameras,
            beyond,
            mobile,
            strangers: Vec::new(),
            config,
            firewall: None,
            delay: None,
            stack: None,
            resolver: None,
            servers: Vec::new(),
            agent: None,
        };
        site.serve();
        site
    }

    fn serve(&mut self) {
        let names: String = BEYOND
            .iter()
            .flat_map(|(_, address, names)| names.iter().map(move |name| (name, *address)))
            .chain([(&"pager.example", PAGER)])
            .map(|(name, address)| format!(" --host-record={name},{address}"))
            .collect();
        let listen = [UPSTREAM, SECOND].map(|address| format!(" --listen-address={address}")).concat();
        let world = &self.way.world;
        self.servers.push(world.serve(&format!("{DNS} --cache-size=0{listen} --local=/example/{names}")));
        world.wait_for_listener("-lun sport = :53");
        for control in CONTROLS_IPV6 {
            world.run(&format!("ip address add {control}/128 dev lo nodad"));
            self.servers
                .push(world.serve(&format!("python3 -m http.server 443 --bind {control} --directory /run")));
        }
        let hook = self.lab.write("hook.py", HOOK);
        let told = self.told_file();
        let serve = format!("python3 {} {PAGER} 8080 {}", hook.display(), told.display());
        self.servers.push(world.serve(&serve));
        world.wait_for_listener(&format!("-ltn src {PAGER}:8080"));
        self.resolve_as_ever();
    }

    pub(crate) fn resolve_as_ever(&mut self) {
        self.resolve(&format!("--cache-size=0 --server={UPSTREAM}"));
    }

    /// The branch's resolver, on its router, with these options.
    pub(crate) fn resolve(&mut self, options: &str) {
        drop(self.resolver.take());
        self.resolver = Some(self.way.router.serve(&format!("{DNS} --listen-address=10.20.0.1 {options}")));
        self.way.router.wait_for_listener("-lun sport = :53");
    }

    /// Starts the service and waits until it knows the branch.
    pub(crate) fn watch(&mut self) {
        let config = self.config.to_str().unwrap();
        let arguments = ["--config", config, "--state-dir", self.lab.folder.path().to_str().unwrap()];
        self.agent = Some(self.way.agent.watch(&[], &arguments));
        let well = |s: &Snapshot| s.swept && s.incidents.is_empty() && !s.suspicious;
        self.wait("a first look at everything", SETTLES_WITHIN, well);
    }

    pub(crate) fn look(&self) -> Option<Snapshot> {
        demarc_agent::status::ask(self.lab.folder.path()).ok()
    }

    pub(crate) fn wait(&self, what: &str, patience: Duration, fits: impl Fn(&Snapshot) -> bool) {
        let begun = Instant::now();
        let mut last = None;
        while begun.elapsed() < patience {
            last = self.look().or(last);
            if last.as_ref().is_some_and(&fits) {
                return;
            }
            std::thread::sleep(POLL);
        }
        let open: Vec<String> = last.iter().flat_map(|s| &s.incidents).map(said).collect();
        panic!("waited {patience:?} for {what}; open are {open:?}");
    }

    /// The messages that the pager has taken.
    pub(crate) fn told(&self) -> Vec<String> {
        let told = fs::read_to_string(self.told_file()).unwrap_or_default();
        told.lines().map(str::to_owned).collect()
    }

    fn told_file(&self) -> PathBuf {
        self.lab.folder.path().join("told")
    }

    pub(crate) fn borne(&mut self) -> Vec<Borne> {
        self.cameras.iter_mut().map(Camera::borne).collect()
    }

    /// Processor time of the service in seconds, and its resident memory in MiB at most.
    pub(crate) fn costs(&self) -> (f64, f64) {
        let id = self.agent.as_ref().map_or(0, Running::id);
        let stat = fs::read_to_string(format!("/proc/{id}/stat")).unwrap_or_default();
        let fields = stat.rsplit(')').next().unwrap_or_default().split_whitespace();
        let ticks: Vec<f64> = fields.skip(11).take(2).filter_map(|field| field.parse().ok()).collect();
        let status = fs::read_to_string(format!("/proc/{id}/status")).unwrap_or_default();
        let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let kib: f64 = peak.and_then(|rest| rest.split_whitespace().next()?.parse().ok()).unwrap_or(0.0);
        (ticks.iter().sum::<f64>() / 100.0, kib / 1024.0)
    }

    /// Every host but the agent's, with its name.
    pub(crate) fn hosts(&self) -> Vec<(String, &Host)> {
        let way = &self.way;
        let single = [
            ("trunk", &self.trunk),
            ("router", &way.router),
            ("access", &way.access),
            ("core", &way.core),
            ("mobile", &self.mobile),
            ("world", &way.world),
        ];
        let single = single.map(|(name, host)| (name.to_owned(), host));
        let switches = self.switches.iter().enumerate().map(|(n, host)| (segment_id(n), host));
        let cameras = self.cameras.iter().enumerate().map(|(n, camera)| (id(n), &camera.host));
        single.into_iter().chain(switches).chain(cameras).collect()
    }

    /// A host that does not belong to the branch, at one of its switches.
    pub(crate) fn stranger(&self, segment: usize, mac: &str, address: &str) -> Host {
        let host = self.lab.host();
        host.plug((&self.switches[segment], "net"), mac, address);
        host
    }

    /// The firewall on the router that answers TLS itself, for every host of the world.
    pub(crate) fn inspect(&mut self) {
        let authority = Authority::new("Corporate Inspection");
        let hosts: Vec<&str> = BEYOND.iter().flat_map(|(_, _, names)| names.iter().copied()).collect();
        let certificate = authority.certify(&self.lab, "inspection", &hosts);
        self.firewall = Some(tls(&self.way.router, "10.20.0.1", &certificate));
    }
}

/// As many switches as floors: two, and one more for every twenty cameras.
fn segments(cameras: usize) -> usize {
    2 + cameras / 20
}

fn lay_trunk(lab: &Lab, way: &Way) -> Host {
    let trunk = lab.host();
    trunk.run("ip link add net type bridge");
    trunk.run("ip link set net up");
    way.agent.run("ip link del lan");
    way.router.plug((&trunk, "net"), "02:00:00:00:01:01", "10.20.0.1/24");
    way.agent.plug((&trunk, "net"), "02:00:00:00:01:09", "10.20.0.9/24");
    way.agent.run("ip route add default via 10.20.0.1");
    trunk
}

/// A switch, by its management address `10.20.0.2` and up, at the trunk.
fn hang(lab: &Lab, trunk: &Host, n: usize) -> Host {
    let switch = lab.host();
    switch.run("ip link add net type bridge");
    let own = switch.id();
    trunk.run(&format!("ip link add switch-{n} type veth peer name uplink netns {own}"));
    trunk.run(&format!("ip link set switch-{n} master net up"));
    switch.run("ip link set uplink master net up");
    switch.run(&format!("ip address add 10.20.0.{}/24 dev net", 2 + n));
    switch.run("ip link set net up");
    switch
}

/// Controls, vendor, status page and portal, behind the addresses that the world knows them by.
fn stand_beyond(lab: &Lab, world: &Host) -> Simulated {
    let others = [UPSTREAM, SECOND, PAGER];
    for address in BEYOND.iter().map(|(_, address, _)| *address).chain(others) {
        world.run(&format!("ip address add {address}/32 dev lo"));
    }
    let served: String = BEYOND
        .iter()
        .map(|(inner, outer, _)| {
            format!(
                "ip daddr {outer} tcp dport 443 dnat to {inner}:{TLS}\nip daddr {outer} tcp dport 80 dnat to {inner}:{WEB}\n"
            )
        })
        .collect();
    redirect(lab, world, "lower", &served);
    let folder = lab.folder.path().join("beyond");
    world.simulate(&format!("--cameras 1 --only beyond --write {}", folder.display()))
}

/// Has what arrives at an interface go on to servers on loopback.
fn redirect(lab: &Lab, host: &Host, interface: &str, rules: &str) {
    host.shell(&format!("echo 1 > /proc/sys/net/ipv4/conf/{interface}/route_localnet"));
    let table = format!(
        "table ip served {{ chain in {{\ntype nat hook prerouting priority dstnat;\niifname != {interface} accept\n{rules}}}\n}}\n"
    );
    let file = lab.write(&format!("served-{}.nft", host.id()), &table);
    host.run(&format!("nft -f {}", file.display()));
}

impl Camera {
    fn mount(lab: &Lab, switches: &[Host], n: usize, of: usize) -> Self {
        let segment = n * switches.len() / of;
        let address = format!("10.20.0.{}", 101 + n);
        let host = lab.host();
        let mac = format!("b8:a4:4f:00:00:{:02x}", n + 1);
        host.plug((&switches[segment], "net"), &mac, &format!("{address}/24"));
        host.run("ip route add default via 10.20.0.1");
        let simulated = Self::simulate(lab, &host, n, of);
        Self { host, simulated, segment, address }
    }

    /// The simulated camera behind a host's own address.
    pub(crate) fn simulate(lab: &Lab, host: &Host, n: usize, of: usize) -> Simulated {
        let inner = format!("127.77.{}.{}", 1 + n / 200, 1 + n % 200);
        let rules = format!(
            "tcp dport 80 dnat to {inner}:{CAMERA_WEB}\ntcp dport 554 dnat to {inner}:{CAMERA_RTSP}\n"
        );
        redirect(lab, host, "lan", &rules);
        let folder = lab.folder.path().join(format!("camera-{}", host.id()));
        let id = id(n);
        host.simulate(&format!("--cameras {of} --only {id} --write {}", folder.display()))
    }

    fn borne(&mut self) -> Borne {
        let line = self.simulated.tell("counts");
        let mut numbers = line.split_whitespace().filter_map(|word| word.parse().ok()).skip(1);
        let requests = numbers.next().unwrap_or(0);
        Borne { requests, logins_failed: numbers.nth(2).unwrap_or(0) }
    }
}

/// The id of the nth camera, from zero.
pub(crate) fn id(n: usize) -> String {
    format!("cam-{:02}", n + 1)
}

/// The id of the nth switch, from zero.
pub(crate) fn segment_id(n: usize) -> String {
    format!("floor-{}", char::from(b'a' + u8::try_from(n).unwrap()))
}

/// The smallest configuration that a person would write for this branch: the cadence is the shipped one.
fn configure(lab: &Lab, cameras: &[Camera], segments: usize) -> PathBuf {
    let beyond = lab.folder.path().join("beyond");
    let copy = |name: &str| lab.write(name, &fs::read_to_string(beyond.join(name)).unwrap());
    copy("ca.pem");
    lab.write("vendors/axis.toml", &profile(&beyond));
    let password = copy("cameras.password");
    fs::set_permissions(password, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    let mut text = format!(
        "[site]\nid = \"lab\"\nname = \"Lab\"\nvendor = \"axis\"\n\
         [network]\ninterface = \"lan\"\nsecond-line = \"wwan0\"\nsecond-resolver = \"{}\"\nrandom-zone = \"example\"\n\
         ca-file = \"ca.pem\"\ntime-servers = []\n\
         portal-check = \"http://control-a.example/generate_204\"\n\
         [[account]]\nname = \"cameras\"\nusername = \"demarc\"\npassword = {{ file = \"cameras.password\" }}\n\
         [[channel]]\nid = \"pager\"\ntype = \"webhook\"\nurl = \"http://pager.example:8080/\"\n",
        SECOND,
    );
    for (n, (_, address, names)) in BEYOND.iter().take(2).enumerate() {
        text += &format!(
            "[[network.control]]\nid = \"{n}\"\nhost = \"{}\"\naddress = \"{address}\"\naddress-ipv6 = \"{}\"\ncheck = \"tls\"\n",
            names[0], CONTROLS_IPV6[n],
        );
    }
    for n in 0..segments {
        text += &format!("[[segment]]\nid = \"{}\"\naddress = \"10.20.0.{}\"\n", segment_id(n), 2 + n);
    }
    for (n, camera) in cameras.iter().enumerate() {
        text += &format!(
            "[[camera]]\nid = \"{}\"\naddress = \"{}\"\naccount = \"cameras\"\nsegment = \"{}\"\n",
            id(n),
            camera.address,
            segment_id(camera.segment),
        );
    }
    lab.write("demarc.toml", &text)
}

/// The vendor's profile as the simulation writes it, with the addresses and ports of this world.
fn profile(beyond: &Path) -> String {
    let text = fs::read_to_string(beyond.join("vendors/axis.toml")).unwrap();
    let text = text.replace(&format!(":{TLS}/"), "/").replace(&format!("port = {TLS}"), "port = 443");
    BEYOND
        .iter()
        .fold(text, |text, (inner, outer, _)| text.replace(&format!("\"{inner}\""), &format!("\"{outer}\"")))
}
