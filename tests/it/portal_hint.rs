//! The address of a captive portal that the network names, as systemd-networkd writes it down.

use crate::branch::{said, stdout};
use crate::line::Line;
use demarc_model::observation::Reading;
use demarc_model::symptom::Symptom;
use demarc_model::text::DeviceText;

const URL: &str = "https://portal.example/api";

#[test]
fn what_the_network_names_as_its_portal_is_told_while_the_check_fails_and_blames_nobody() {
    let line = Line::start();
    line.agent.run("mkdir -p /run/systemd/netif/links");
    let write = format!(
        "printf '# This is private data. Do not parse.\\nADMIN_STATE=configured\\nCAPTIVE_PORTAL={URL}\\nMDNS=no\\n' \
         > /run/systemd/netif/links/$(cat /sys/class/net/lan/ifindex)"
    );
    line.agent.shell(&write);
    let _agent = line.watch(&[]);
    let well = line.wait("a first look at everything", |snapshot| snapshot.swept);
    assert_eq!(well.overview.portal, None, "it is told only while the check fails");
    let named = Reading::CaptivePortal(DeviceText::clean(URL));
    assert!(line.last_look("control.portal").readings.contains(&named));
    let output = line.agent.demarc(&[], &line.arguments(&["doctor"]));
    assert!(stdout(&output).contains(URL), "{}", stdout(&output));

    line.lab.write("web/success.txt", "Welcome. Please log in.\n");
    let seen = line.wait_for_look("control.portal", Symptom::Redirected);
    assert!(seen.readings.contains(&named), "{seen:?}");
    let snapshot = line.wait("its name", |snapshot| snapshot.overview.portal.is_some());
    assert_eq!(snapshot.overview.portal, Some(DeviceText::clean(URL)));
    let blamed = |one: &String| one.starts_with("interception");
    assert!(!snapshot.incidents.iter().map(said).any(|one| blamed(&one)), "{:?}", snapshot.incidents);
}
