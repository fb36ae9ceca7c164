//! A branch whose line leads over two routers of an operator to two controls and a resolver.
//!
//! agent 10.20.0.9 — router 10.20.0.1 — access 100.64.0.1 — core 100.64.1.1 — world 203.0.113.0/24,
//! and where it is asked for, agent 10.64.0.2 — mobile 10.64.0.1 — core, and IPv6.

use crate::branch::{said, stderr, stdout};
use crate::lab::{Authority, Host, Lab, Running, tls};
use demarc_agent::snapshot::Snapshot;
use demarc_model::observation::Observation;
use demarc_model::symptom::Symptom;
use std::collections::BTreeMap;
use std::ops::Deref;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

pub(crate) const CONTROL_NAMES: [&str; 2] = ["control-1.example.net", "control-2.example.net"];
pub(crate) const CONTROLS: [&str; 2] = ["203.0.113.1", "203.0.113.2"];
pub(crate) const RELAY_NAMES: [&str; 2] = ["relay-1.example.net", "relay-2.example.net"];
pub(crate) const RELAYS: [&str; 2] = ["203.0.113.11", "203.0.113.12"];
pub(crate) const CONTROLS_IPV6: [&str; 2] = ["2001:db8:c::1", "2001:db8:c::2"];
const PATIENCE: Duration = Duration::from_secs(120);
const POLL: Duration = Duration::from_millis(100);

/// The hosts from the agent to the world, cabled, with addresses and routes.
pub(crate) struct Way {
    pub(crate) agent: Host,
    pub(crate) router: Host,
    pub(crate) access: Host,
    pub(crate) core: Host,
    pub(crate) world: Host,
}

pub(crate) struct Line {
    pub(crate) lab: Lab,
    way: Way,
    pub(crate) config: PathBuf,
    /// In PEM, of whoever certifies the controls.
    pub(crate) authority: String,
    servers: Vec<Running>,
    portal: Option<Running>,
    /// The servers with TLS.
    encrypted: BTreeMap<&'static str, Running>,
}

pub(crate) const DNS: &str = "dnsmasq --keep-in-foreground --conf-file=/dev/null --user=root --pid-file= --no-hosts --no-resolv --bind-interfaces";
const NAMES: &str = "--local=/example.net/ --host-record=control-1.example.net,203.0.113.1 \
    --host-record=control-2.example.net,203.0.113.2 --host-record=portal.example.net,203.0.113.3 \
    --host-record=time-1.example.net,203.0.113.1 --host-record=time-2.example.net,203.0.113.2 \
    --host-record=pager.example.net,203.0.113.3 \
    --host-record=relay-1.example.net,203.0.113.11 --host-record=relay-2.example.net,203.0.113.12 \
    --host-record=turn.example.net,203.0.113.13 --host-record=login.example.net,203.0.113.14 \
    --host-record=status.example.net,203.0.113.14 --host-record=inside.example.net,10.20.0.1";

impl Deref for Line {
    type Target = Way;

    fn deref(&self) -> &Way {
        &self.way
    }
}

impl Way {
    pub(crate) fn lay(lab: &Lab) -> Self {
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
        Self { agent, router, access, core, world }
    }

    /// A second line of the agent's, by another operator, for whom the host stands.
    pub(crate) fn add_second_line(&self, lab: &Lab) -> Host {
        let mobile = lab.host();
        self.agent.cable(&mobile, ("wwan0", "10.64.0.2/24"), ("site", "10.64.0.1/24"));
        mobile.cable(&self.core, ("upper", "100.64.3.2/24"), ("mobile", "100.64.3.1/24"));
        mobile.run("ip route add default via 100.64.3.1");
        mobile.shell("echo 1 > /proc/sys/net/ipv4/ip_forward");
        self.agent.run("ip route add default via 10.64.0.1 dev wwan0 metric 700");
        self.core.run("ip route add 10.64.0.0/24 via 100.64.3.2");
        mobile
    }

    /// IPv6 on the whole way.
    pub(crate) fn add_ipv6(&self) {
        let links = [
            (&self.agent, "lan", &self.router, "lan", "2001:db8:20:"),
            (&self.router, "wan", &self.access, "site", "2001:db8:64:"),
            (&self.access, "upper", &self.core, "lower", "2001:db8:65:"),
            (&self.core, "upper", &self.world, "lower", "2001:db8:66:"),
        ];
        for host in [&self.router, &self.access, &self.core] {
            host.shell("echo 1 > /proc/sys/net/ipv6/conf/all/forwarding");
        }
        for (inner, inner_name, outer, outer_name, net) in links {
            inner.run(&format!("ip address add {net}:9/64 dev {inner_name} nodad"));
            outer.run(&format!("ip address add {net}:1/64 dev {outer_name} nodad"));
            inner.run(&format!("ip -6 route add default via {net}:1"));
        }
        self.access.run("ip -6 route add 2001:db8:20::/64 via 2001:db8:64::9");
        self.core.run("ip -6 route add 2001:db8:20::/64 via 2001:db8:65::9");
        self.world.run("ip -6 route add default via 2001:db8:66::9");
    }
}

impl Line {
    pub(crate) fn start() -> Self {
        let lab = Lab::new();
        let way = Way::lay(&lab);
        for address in ["1", "2", "3", "11", "12", "13", "14", "53"] {
            way.world.run(&format!("ip address add 203.0.113.{address}/32 dev lo"));
        }
        way.agent.resolver(&lab, "nameserver 10.20.0.1\n");
        let authority = Authority::new("Lab Public CA");
        let config = configure(&lab, &authority);
        let mut line = Self {
            lab,
            way,
            config,
            authority: authority.pem.clone(),
            servers: Vec::new(),
            portal: None,
            encrypted: BTreeMap::new(),
        };
        line.serve();
        line.show(&authority, &CONTROL_NAMES, &CONTROLS);
        line
    }

    fn serve(&mut self) {
        self.lab.write("web/success.txt", "success\n");
        self.portal = Some(self.serve_portal(""));
        self.servers = vec![
            self.world.serve(&format!("{DNS} --cache-size=0 --listen-address=203.0.113.53 {NAMES}")),
            self.router
                .serve(&format!("{DNS} --cache-size=0 --listen-address=10.20.0.1 --server=203.0.113.53")),
        ];
        self.world.wait_for_listener("-lun sport = :53");
        self.router.wait_for_listener("-lun sport = :53");
    }

    /// The page of the portal check, by a server that runs behind a prefix such as `faketime`.
    fn serve_portal(&self, prefix: &str) -> Running {
        let folder = self.lab.folder.path().join("web");
        let serve =
            format!("{prefix} python3 -m http.server 80 --bind 203.0.113.3 --directory {}", folder.display());
        let running = self.world.serve(&serve);
        self.world.wait_for_listener("-ltn src 203.0.113.3:80");
        running
    }

    /// The same again, by a server that runs behind another prefix.
    pub(crate) fn show_portal(&mut self, prefix: &str) {
        drop(self.portal.take());
        self.portal = Some(self.serve_portal(prefix));
    }

    /// Has one certificate of an authority stand for these names at these addresses.
    pub(crate) fn show(&mut self, authority: &Authority, hosts: &[&str], addresses: &[&'static str]) {
        self.show_until(4096, authority, hosts, addresses);
    }

    /// The same with a certificate that is good until the first day of a year.
    pub(crate) fn show_until(
        &mut self,
        year: i32,
        authority: &Authority,
        hosts: &[&str],
        addresses: &[&'static str],
    ) {
        let certificate = authority.certify_until(&self.lab, hosts[0], hosts, year);
        for address in addresses {
            // The port is free again before it is taken.
            drop(self.encrypted.remove(address));
            self.encrypted.insert(address, tls(&self.world, address, &certificate));
        }
    }

    /// Replaces one text of the configuration.
    pub(crate) fn configure(&self, from: &str, to: &str) {
        let text = std::fs::read_to_string(&self.config).unwrap();
        assert!(text.contains(from), "{from} is not in {text}");
        std::fs::write(&self.config, text.replace(from, to)).unwrap();
    }

    /// A vendor with two relays that an authority certifies, and what its profile says of each besides.
    pub(crate) fn rely_on_vendor(&mut self, authority: &Authority, of_endpoint: &str) {
        let endpoint = |n: usize| {
            format!(
                "[[endpoint]]\nid = \"relay-{}\"\ncapability = \"remote-access\"\nhost = \"{}\"\n\
                 address = \"{}\"\ncheck = \"tls\"\nsource = \"this test\"\n{of_endpoint}",
                n + 1,
                RELAY_NAMES[n],
                RELAYS[n],
            )
        };
        let profile = "id = \"acme\"\nname = \"Acme\"\n\
             [[capability]]\nid = \"remote-access\"\nname = \"remote access\"\n";
        self.rely_on(&(profile.to_owned() + &endpoint(0) + &endpoint(1)));
        self.show(authority, &RELAY_NAMES, &RELAYS);
    }

    /// A second line of the agent's own, by another operator. The host stands for that operator.
    pub(crate) fn add_second_line(&self) -> Host {
        let mobile = self.way.add_second_line(&self.lab);
        self.configure("[network]\n", "[network]\nsecond-line = \"wwan0\"\n");
        mobile
    }

    /// Makes the router a switch as well, `net`, that hosts can be plugged into.
    pub(crate) fn switch(&self) {
        for command in [
            "ip link add net type bridge",
            "ip link set net up",
            "ip address add 10.20.0.1/24 dev net",
            "ip address del 10.20.0.1/24 dev lan",
            "ip link set lan master net",
        ] {
            self.router.run(command);
        }
    }

    /// IPv6 on the whole way, and controls that answer over it.
    pub(crate) fn add_ipv6(&mut self) {
        self.way.add_ipv6();
        for (n, control) in CONTROLS_IPV6.iter().enumerate() {
            self.world.run(&format!("ip address add {control}/128 dev lo nodad"));
            let serve = format!("python3 -m http.server 443 --bind {control} --directory /run");
            self.servers.push(self.world.serve(&serve));
            self.world.wait_for_listener(&format!("-ltn src [{control}]:443"));
            let v4 = format!("address = \"{}\"\n", CONTROLS[n]);
            self.configure(&v4, &format!("{v4}address-ipv6 = \"{control}\"\n"));
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
        self.configure("name = \"Lab\"\n", "name = \"Lab\"\nvendor = \"acme\"\n");
    }

    /// nginx with TLS at one address of the world: what stands in its `http`, and in its `server`.
    pub(crate) fn nginx(&self, address: &str, certificate: &Path, (http, server): (&str, &str)) -> Running {
        let (folder, certificate) = (self.lab.folder.path().display(), certificate.display());
        let temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
            .map(|what| format!("{what}_temp_path {folder}/nginx-{what};\n"))
            .concat();
        let text = format!(
            "daemon off; master_process off; user root; pid {folder}/nginx.pid; error_log stderr;\n\
             events {{}}\n\
             http {{\n {http}\n {temporary} server {{\n listen {address}:443 ssl;\n \
             ssl_certificate {certificate};\n ssl_certificate_key {certificate};\n {server}\n }}\n}}\n"
        );
        let file = self.lab.write("nginx.conf", &text);
        let running = self.world.serve(&format!("nginx -c {} -e stderr", file.display()));
        self.world.wait_for_listener(&format!("-ltn src {address}:443"));
        running
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
        self.last_look_behind(&[], probe)
    }

    /// The same, asked for behind a prefix as the service runs behind one.
    pub(crate) fn last_look_behind(&self, prefix: &[&str], probe: &str) -> Observation {
        let begun = Instant::now();
        loop {
            let output = self.agent.demarc(prefix, &self.arguments(&["--json", "history", probe]));
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
         ca-file = \"authority.pem\"\ntime-servers = []\nportal-check = \"http://portal.example.net/success.txt\"\n\
         [[network.control]]\nid = \"one\"\nhost = \"control-1.example.net\"\naddress = \"203.0.113.1\"\n\
         [[network.control]]\nid = \"two\"\nhost = \"control-2.example.net\"\naddress = \"203.0.113.2\"\n\
         [[camera]]\nid = \"entrance\"\naddress = \"10.20.0.1\"\n\
         [probing]\npath-interval = \"1s\"\nsuspicion-interval = \"2s\"\nvendor-interval = \"1s\"\ncamera-interval = \"2s\"\n\
         connect-timeout = \"1s\"\ntls-timeout = \"2s\"\ntimeout = \"5s\"\n\
         [diagnosis]\nclose-after = \"2s\"\n",
    )
}
