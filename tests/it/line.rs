//! A branch whose line leads over two routers of an operator to two controls and a resolver.
//!
//! agent 10.20.0.9 — router 10.20.0.1 — access 100.64.0.1 — core 100.64.1.1 — world 203.0.113.0/24

use crate::branch::{said, stderr, stdout};
use crate::lab::{Authority, Host, Lab, Running, tls};
use demarc_agent::snapshot::Snapshot;
use demarc_model::observation::Observation;
use demarc_model::symptom::Symptom;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::{Duration, Instant};

pub(crate) const CONTROL_NAMES: [&str; 2] = ["control-1.example.net", "control-2.example.net"];
pub(crate) const CONTROLS: [&str; 2] = ["203.0.113.1", "203.0.113.2"];
pub(crate) const RELAYS: [&str; 2] = ["203.0.113.11", "203.0.113.12"];
const PATIENCE: Duration = Duration::from_secs(60);
const POLL: Duration = Duration::from_millis(100);

pub(crate) struct Line {
    pub(crate) lab: Lab,
    pub(crate) agent: Host,
    pub(crate) router: Host,
    pub(crate) access: Host,
    pub(crate) core: Host,
    pub(crate) world: Host,
    pub(crate) config: PathBuf,
    /// In PEM, of whoever certifies the controls.
    pub(crate) authority: String,
    servers: Vec<Running>,
    /// The servers with TLS.
    encrypted: BTreeMap<&'static str, Running>,
}

const DNS: &str = "dnsmasq --keep-in-foreground --conf-file=/dev/null --user=root --pid-file= --no-hosts --no-resolv --cache-size=0 --bind-interfaces";
const NAMES: &str = "--local=/example.net/ --host-record=control-1.example.net,203.0.113.1 \
    --host-record=control-2.example.net,203.0.113.2 --host-record=portal.example.net,203.0.113.3 \
    --host-record=relay-1.example.net,203.0.113.11 --host-record=relay-2.example.net,203.0.113.12 \
    --host-record=turn.example.net,203.0.113.13 --host-record=login.example.net,203.0.113.14";

impl Line {
    pub(crate) fn start() -> Self {
        let lab = Lab::new();
        let [agent, router, access, core, world] = [(); 5].map(|()| lab.host());
        agent.cable(&router, ("lan", "10.20.0.9/24"), ("lan", "10.20.0.1/24"));
        router.cable(&access, ("wan", "100.64.0.2/24"), ("site", "100.64.0.1/24"));
        access.cable(&core, ("upper", "100.64.1.2/24"), ("lower", "100.64.1.1/24"));
        core.cable(&world, ("upper", "100.64.2.1/24"), ("lower", "100.64.2.2/24"));
        for (host, gateway) in
            [(&agent, "10.20.0.1"), (&router, "100.64.0.1"), (&access, "100.64.1.1"), (&world, "100.64.2.1")]
        {
            host.run(&format!("ip route add default via {gateway}"));
        }
        core.run("ip route add 203.0.113.0/24 via 100.64.2.2");
        core.run("ip route add 10.20.0.0/24 via 100.64.1.2");
        core.run("ip route add 100.64.0.0/24 via 100.64.1.2");
        access.run("ip route add 10.20.0.0/24 via 100.64.0.2");
        for host in [&router, &access, &core] {
            host.shell("echo 1 > /proc/sys/net/ipv4/ip_forward");
        }
        // Linux tells one sender of one lost packet a second; routers of operators tell of more, and two
        // probes of one closed port are to hear of it both.
        for host in [&router, &access, &core, &world] {
            host.shell("echo 0 > /proc/sys/net/ipv4/icmp_ratelimit");
        }
        for address in ["1", "2", "3", "11", "12", "13", "14", "53"] {
            world.run(&format!("ip address add 203.0.113.{address}/32 dev lo"));
        }
        agent.resolver(&lab, "nameserver 10.20.0.1\n");
        let authority = Authority::new("Lab Public CA");
        let config = configure(&lab, &authority);
        let mut line = Self {
            lab,
            agent,
            router,
            access,
            core,
            world,
            config,
            authority: authority.pem.clone(),
            servers: Vec::new(),
            encrypted: BTreeMap::new(),
        };
        line.serve();
        line.show(&authority, &CONTROL_NAMES, &CONTROLS);
        line
    }

    fn serve(&mut self) {
        self.lab.write("web/success.txt", "success\n");
        let folder = self.lab.folder.path().join("web");
        self.servers = vec![
            self.world.serve(&format!("{DNS} --listen-address=203.0.113.53 {NAMES}")),
            self.router.serve(&format!("{DNS} --listen-address=10.20.0.1 --server=203.0.113.53")),
            self.world.serve(&format!(
                "python3 -m http.server 80 --bind 203.0.113.3 --directory {}",
                folder.display()
            )),
        ];
        self.world.wait_for_listener("-lun sport = :53");
        self.router.wait_for_listener("-lun sport = :53");
        self.world.wait_for_listener("-ltn sport = :80");
    }

    /// Has one certificate of an authority stand for these names at these addresses.
    pub(crate) fn show(&mut self, authority: &Authority, hosts: &[&str], addresses: &[&'static str]) {
        let certificate = authority.certify(&self.lab, hosts[0], hosts);
        for address in addresses {
            // The port is free again before it is taken.
            drop(self.encrypted.remove(address));
            self.encrypted.insert(address, tls(&self.world, address, &certificate));
        }
    }

    /// Starts the service of the branch.
    pub(crate) fn watch(&self, prefix: &[&str]) -> Running {
        self.agent.watch(prefix, &self.arguments(&[]))
    }

    /// Waits until the service's snapshot fits.
    pub(crate) fn wait(&self, what: &str, fits: impl Fn(&Snapshot) -> bool) -> Snapshot {
        let begun = Instant::now();
        let mut last = None;
        while begun.elapsed() < PATIENCE {
            last = demarc_agent::status::ask(self.lab.folder.path()).ok().or(last);
            if let Some(snapshot) = last.take_if(|snapshot| fits(snapshot)) {
                return snapshot;
            }
            std::thread::sleep(POLL);
        }
        let open: Vec<String> = last.iter().flat_map(|s| &s.incidents).map(said).collect();
        panic!("waited for {what}; open are {open:?}");
    }

    /// Gives the site a vendor, `acme`, by this profile.
    pub(crate) fn rely_on(&self, profile: &str) {
        self.lab.write("vendors/acme.toml", profile);
        let text = std::fs::read_to_string(&self.config).unwrap();
        let text = text.replace("name = \"Lab\"\n", "name = \"Lab\"\nvendor = \"acme\"\n");
        std::fs::write(&self.config, text).unwrap();
    }

    /// Waits until a probe sees this, and returns what it saw.
    pub(crate) fn wait_for_look(&self, probe: &str, symptom: Symptom) -> Observation {
        let begun = Instant::now();
        loop {
            let seen = self.last_look(probe);
            if seen.symptom() == Some(symptom) {
                return seen;
            }
            assert!(begun.elapsed() < PATIENCE, "waited for {symptom:?}: {seen:?}");
            std::thread::sleep(POLL);
        }
    }

    /// What a probe saw last, as the history has it.
    pub(crate) fn last_look(&self, probe: &str) -> Observation {
        let begun = Instant::now();
        loop {
            let output = self.agent.demarc(&[], &self.arguments(&["--json", "history", probe]));
            let seen: Option<Vec<Observation>> = serde_json::from_slice(&output.stdout).ok();
            if let Some(last) = seen.and_then(|mut seen| seen.pop()) {
                return last;
            }
            assert!(begun.elapsed() < PATIENCE, "no {probe}: {}{}", stdout(&output), stderr(&output));
            std::thread::sleep(POLL);
        }
    }

    /// The arguments that every run of the program here begins with.
    pub(crate) fn arguments<'a>(&'a self, more: &[&'a str]) -> Vec<&'a str> {
        let folder = self.lab.folder.path().to_str().unwrap();
        [&["--config", self.config.to_str().unwrap(), "--state-dir", folder], more].concat()
    }
}

fn configure(lab: &Lab, authority: &Authority) -> PathBuf {
    lab.write("authority.pem", &authority.pem);
    lab.write(
        "demarc.toml",
        "[site]\nid = \"lab\"\nname = \"Lab\"\n\
         [network]\nsecond-resolver = \"203.0.113.53\"\nrandom-zone = \"example.net\"\n\
         ca-file = \"authority.pem\"\nportal-check = \"http://portal.example.net/success.txt\"\n\
         [[network.control]]\nid = \"one\"\nhost = \"control-1.example.net\"\naddress = \"203.0.113.1\"\n\
         [[network.control]]\nid = \"two\"\nhost = \"control-2.example.net\"\naddress = \"203.0.113.2\"\n\
         [[camera]]\nid = \"entrance\"\naddress = \"10.20.0.1\"\n\
         [probing]\npath-interval = \"1s\"\nsuspicion-interval = \"2s\"\nvendor-interval = \"1s\"\ncamera-interval = \"2s\"\n\
         connect-timeout = \"1s\"\ntls-timeout = \"2s\"\ntimeout = \"5s\"\n\
         [diagnosis]\nclose-after = \"2s\"\n",
    )
}
