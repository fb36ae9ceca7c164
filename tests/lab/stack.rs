//! The usual stack beside Demarc: blackbox_exporter, Prometheus and Alertmanager from Debian's packages,
//! on the agent's host, at the same branch, set up as their documentation advises.
//!
//! Every target has its module and its job, an alert wants a minute of failures (Prometheus, "Alerting
//! rules"), groups wait 30 s and 5 min (Alertmanager, "Configuration"), and what lies behind a dead router
//! or line is inhibited (Alertmanager, "Inhibition").

use super::site::{Site, id, segment_id};
use crate::lab::Running;
use std::fs;
use std::path::Path;
use std::time::Duration;

const RECEIVER: &str = include_str!("receiver.py");
/// A minute of failures, a scrape, and the wait of its group.
pub(crate) const SPEAKS_WITHIN: Duration = Duration::from_secs(150);

const BLACKBOX: &str = "modules:
  icmp: { prober: icmp, timeout: 5s, icmp: { preferred_ip_protocol: ip4 } }
  camera: { prober: http, timeout: 5s, http: { preferred_ip_protocol: ip4, valid_status_codes: [401] } }
  rtsp: { prober: tcp, timeout: 5s }
  tls: { prober: tcp, timeout: 5s, tcp: { preferred_ip_protocol: ip4, tls: true, tls_config: { ca_file: CA } } }
  https: { prober: http, timeout: 5s, http: { preferred_ip_protocol: ip4, tls_config: { ca_file: CA } } }
  names: { prober: dns, timeout: 5s, dns: { preferred_ip_protocol: ip4, query_name: control-a.example, query_type: A } }
";

const RULES: &str = "groups:
- name: branch
  rules:
  - alert: ProbeFailed
    expr: probe_success == 0
    for: 1m
    labels: { severity: page }
    annotations: { summary: '{{ $labels.job }} {{ $labels.instance }} does not answer' }
";

const ALERTMANAGER: &str = "route:
  receiver: pager
  group_by: [alertname, job]
  group_wait: 30s
  group_interval: 5m
  repeat_interval: 4h
inhibit_rules:
- source_matchers: [job = gateway]
  target_matchers: [job =~ 'names|control|relay|vendor|page']
- source_matchers: [job = control]
  target_matchers: [job =~ 'relay|vendor|page']
- source_matchers: [job = names]
  target_matchers: [job =~ 'control|relay|vendor|page']
receivers:
- name: pager
  webhook_configs:
  - url: http://pager.example:8081/
";

pub(crate) struct Stack {
    _running: [Running; 4],
}

impl Stack {
    pub(crate) fn start(site: &Site) -> Self {
        let lab = &site.lab;
        let folder = lab.folder.path();
        let ca = folder.join("ca.pem").display().to_string();
        let blackbox = lab.write("stack/blackbox.yml", &BLACKBOX.replace("CA", &ca));
        lab.write("stack/rules.yml", RULES);
        let prometheus = lab.write("stack/prometheus.yml", &scrapes(site));
        let alertmanager = lab.write("stack/alertmanager.yml", ALERTMANAGER);
        let receiver = lab.write("receiver.py", RECEIVER);
        let heard = heard_file(site);
        let pager = site.way.world.serve(&format!(
            "python3 {} 203.0.113.90 8081 {}",
            receiver.display(),
            heard.display()
        ));
        let unpacked = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/test-peers/prometheus/usr");
        assert!(unpacked.exists(), "{} is missing: scripts/lab --stack fetches it", unpacked.display());
        let unpacked = unpacked.canonicalize().unwrap();
        // Alertmanager wants its templates where its package would put them.
        let serve = |program: &str, arguments: &str| {
            let line = format!(
                "mount --bind {0}/share /usr/share && exec {0}/bin/{program} {arguments}\n",
                unpacked.display()
            );
            let script = lab.write(&format!("stack/{program}.sh"), &line);
            site.way.agent.serve(&format!("unshare --mount sh {}", script.display()))
        };
        let (data, folder) = (folder.join("stack/data"), folder.display());
        let running = [
            pager,
            serve(
                "prometheus-blackbox-exporter",
                &format!("--config.file={} --web.listen-address=127.0.0.1:9115", blackbox.display()),
            ),
            serve(
                "prometheus-alertmanager",
                &format!(
                    "--config.file={} --web.listen-address=127.0.0.1:9093 --cluster.listen-address= --storage.path={folder}/stack/alerts",
                    alertmanager.display()
                ),
            ),
            serve(
                "prometheus",
                &format!(
                    "--config.file={} --web.listen-address=127.0.0.1:9090 --storage.tsdb.path={}",
                    prometheus.display(),
                    data.display()
                ),
            ),
        ];
        for port in [9090, 9093, 9115] {
            site.way.agent.wait_for_listener(&format!("-ltn sport = :{port}"));
        }
        Self { _running: running }
    }

    /// What it has paged: for each page, the jobs and instances in it.
    pub(crate) fn said(site: &Site) -> Vec<String> {
        let heard = fs::read_to_string(heard_file(site)).unwrap_or_default();
        heard.lines().map(str::to_owned).collect()
    }
}

fn heard_file(site: &Site) -> std::path::PathBuf {
    site.lab.folder.path().join("heard")
}

/// Fifteen seconds between looks, as Demarc takes for cameras and the vendor.
fn scrapes(site: &Site) -> String {
    let mut out = String::from(
        "global: { scrape_interval: 15s, evaluation_interval: 15s }\nrule_files: [rules.yml]\n\
         alerting: { alertmanagers: [ { static_configs: [ { targets: ['127.0.0.1:9093'] } ] } ] }\nscrape_configs:\n",
    );
    let mut job = |job: &str, module: &str, targets: &[(String, String)]| {
        out += &format!(
            "- job_name: {job}\n  metrics_path: /probe\n  params: {{ module: [{module}] }}\n  static_configs:\n"
        );
        for (name, target) in targets {
            out += &format!("  - {{ targets: ['{target}'], labels: {{ instance: '{name}' }} }}\n");
        }
        out += "  relabel_configs:\n  - { source_labels: [__address__], target_label: __param_target }\n  - { target_label: __address__, replacement: '127.0.0.1:9115' }\n";
    };
    let named = |pairs: &[(&str, &str)]| -> Vec<(String, String)> {
        pairs.iter().map(|(name, target)| ((*name).to_owned(), (*target).to_owned())).collect()
    };
    let each = |port: &str| -> Vec<(String, String)> {
        site.cameras
            .iter()
            .enumerate()
            .map(|(n, camera)| (id(n), format!("{}{port}", camera.address)))
            .collect()
    };
    job("camera", "camera", &each("/axis-cgi/param.cgi"));
    job("rtsp", "rtsp", &each(":554"));
    let switches: Vec<(String, String)> =
        (0..site.switches.len()).map(|n| (segment_id(n), format!("10.20.0.{}", 2 + n))).collect();
    job("switch", "icmp", &switches);
    job("gateway", "icmp", &named(&[("router", "10.20.0.1")]));
    job("names", "names", &named(&[("resolver", "10.20.0.1")]));
    job(
        "control",
        "tls",
        &named(&[("control-a", "control-a.example:443"), ("control-b", "control-b.example:443")]),
    );
    job(
        "relay",
        "tls",
        &named(&[("relay-1", "relay-1.axis.example:443"), ("relay-2", "relay-2.axis.example:443")]),
    );
    let vendor = ["auth", "idp", "adm-1", "adm-2", "www", "se"];
    let vendor: Vec<(String, String)> =
        vendor.iter().map(|name| ((*name).to_owned(), format!("https://{name}.axis.example/"))).collect();
    job("vendor", "https", &vendor);
    job("page", "https", &named(&[("status", "https://status.axis.example/api/v2/summary.json")]));
    out
}
