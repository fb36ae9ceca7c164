//! What to do and what to leave alone, in English.

use crate::wording::probe;
use demarc_model::fault::{
    AgentCause, CameraCause, DnsCause, Fault, GatewayCause, InterceptionCause, LanCause, LineCause,
    SegmentCause, VendorCause,
};
use demarc_model::probe::ProbeKind;
use demarc_model::site::Language;
use demarc_model::verdict::{Undecided, WouldSettle};

pub(crate) fn settles(what: &WouldSettle) -> String {
    let what = match what {
        WouldSettle::SecondWitness => {
            "a second endpoint of the same service, or the same endpoint from a second line or another site"
                .to_owned()
        }
        WouldSettle::Further(kind) => {
            format!("further results of: {}", probe::name(*kind, Language::English))
        }
        WouldSettle::Lacking(kind) => lacking(*kind),
    };
    format!("It would settle it: {what}.")
}

/// What the configuration could have had.
fn lacking(kind: ProbeKind) -> String {
    match kind {
        ProbeKind::SegmentReach => "the switch's own address in the configuration".to_owned(),
        ProbeKind::ResolverSecond => "a second resolver in the configuration".to_owned(),
        ProbeKind::ControlAddress | ProbeKind::ControlName => {
            "another control in the configuration".to_owned()
        }
        ProbeKind::GatewayReach => "the router's address in the configuration".to_owned(),
        kind => format!("results of: {}", probe::name(kind, Language::English)),
    }
}

pub(crate) const fn undecided(why: Undecided) -> &'static [&'static str] {
    match why {
        Undecided::Tie => &["Change nothing yet: the evidence does not separate the candidates."],
        Undecided::UnknownFault => &[
            "Change nothing yet: something is wrong that Demarc does not know.",
            "Ask what was changed here lately, and pass on what is odd.",
        ],
    }
}

pub(crate) fn of_fault(fault: &Fault) -> &'static [&'static str] {
    match fault {
        Fault::Camera { cause, .. } => camera(*cause),
        Fault::Segment { cause, .. } => segment(*cause),
        Fault::Lan { cause } => lan(*cause),
        Fault::Gateway { cause } => gateway(*cause),
        Fault::Line { cause } => line(*cause),
        Fault::Dns { cause } => dns(*cause),
        Fault::Interception { cause } => interception(*cause),
        Fault::Agent { cause } => agent(*cause),
        Fault::Vendor { cause, .. } => vendor(*cause),
    }
}

fn camera(cause: CameraCause) -> &'static [&'static str] {
    match cause {
        CameraCause::Unreachable => &[
            "Check the camera's power and cable: is its light on, is the switch port up?",
            "Switch its PoE port off and on once. If it stays silent, somebody has to go there.",
        ],
        CameraCause::Hung => &[
            "Switch its PoE port off and on once: it takes connections and answers nothing.",
            "If it happens again, save the camera's server report before the restart.",
        ],
        CameraCause::Rebooting => &[
            "Wait three minutes: it is starting.",
            "If it starts again and again, check its power supply and the PoE budget of the switch.",
        ],
        CameraCause::FactoryReset => &[
            "Set it up again: it has no users and anybody on the network can take it over.",
            "Find out who reset it.",
        ],
        CameraCause::Credentials => &[
            "Correct the password for this camera in Demarc's configuration, then run `demarc check`.",
            "Do not try passwords by hand: cameras lock accounts after a few failures.",
        ],
        CameraCause::LockedOut => &[
            "Wait: the camera blocks this computer or its account has too few rights.",
            "Find out what else logs in with a wrong password before the lock ends.",
        ],
        CameraCause::AuthScheme => {
            &["Allow Digest in the camera's settings, or use https and permit Basic there: basic-over-tls."]
        }
        CameraCause::Clock => &[
            "Set the camera's clock or its NTP server; passwords and recordings depend on it.",
            "The password is not the cause. Do not change it.",
        ],
        CameraCause::Tls => &[
            "Update the camera's firmware or renew its certificate. Or watch it by http: Digest guards the password.",
        ],
        CameraCause::IdentityChanged => &[
            "Find out whether the camera was replaced. If so: demarc accept, with its id.",
            "Until then no password is sent to it: another device answers at this address.",
        ],
        CameraCause::AddressConflict => {
            &["Two devices use this address. Find the other one by its MAC address in the switch."]
        }
        CameraCause::Stream => {
            &["Look at the live picture from within the branch. If there is none, restart the camera once."]
        }
        CameraCause::ImageFrozen => &["Restart the camera once: it sends the same picture again and again."],
        CameraCause::ImageDark => &["Check the lens, the cover and the light at the camera."],
        CameraCause::Storage => &["Check the camera's memory card: it no longer records, or is worn out."],
        CameraCause::Overloaded => {
            &["Find out who else fetches pictures from it: it has no room for another connection."]
        }
        CameraCause::Tunnel => &[
            "The camera itself has lost its connection to the vendor; others at this site have not.",
            "Check its gateway, DNS and proxy settings.",
        ],
    }
}

fn segment(cause: SegmentCause) -> &'static [&'static str] {
    match cause {
        SegmentCause::Down => &[
            "Check the switch or PoE injector these cameras share: power, uplink cable, fuse.",
            "The cameras are not the cause. Leave them alone.",
        ],
        SegmentCause::Degraded => &[
            "Check the uplink of the switch these cameras share: cable, port errors, PoE budget.",
            "The cameras are not the cause. Leave them alone.",
        ],
    }
}

fn lan(cause: LanCause) -> &'static [&'static str] {
    match cause {
        LanCause::Down => &["Check the branch's main switch: power, cables, the breaker of the cabinet."],
        LanCause::Degraded => &["Look for port errors and a saturated port on the branch's main switch."],
        LanCause::Loop => &["Two ports are joined somewhere: pull the cable that was plugged in last."],
    }
}

fn gateway(cause: GatewayCause) -> &'static [&'static str] {
    match cause {
        GatewayCause::Down => &[
            "Check the router's power; have it restarted once.",
            "The cameras keep recording. Do not restart them.",
        ],
        GatewayCause::NoForwarding => &[
            "The router answers and forwards nothing: have it restarted once, then look at its rules and its line.",
            "The cameras keep recording. Do not restart them.",
        ],
    }
}

fn line(cause: LineCause) -> &'static [&'static str] {
    match cause {
        LineCause::Down => &[
            "Call the line's operator. Say: the router answers, no address beyond it does, since the time above.",
            "Check the modem's light first. Do not restart cameras: they keep recording.",
        ],
        LineCause::Loss => &[
            "Call the line's operator. Say: packets are lost beyond our router, since the time above.",
            "Have a large upload or backup at the branch ruled out first.",
        ],
        LineCause::Latency => &[
            "Call the line's operator. Say: answers are far too slow beyond our router, since the time above.",
            "Have a large upload or backup at the branch ruled out first.",
        ],
        LineCause::Mtu => &[
            "Large packets vanish on the line. Set the router's MSS clamping, or call the operator and say so.",
        ],
        LineCause::Ipv6 => &[
            "Nothing is cut off: IPv4 works, and whatever tries IPv6 first is slow. Call the operator in office hours.",
            "Until then IPv6 can be switched off in the router.",
        ],
        LineCause::Route => &[
            "The vendor works, as the second line shows. Send the branch over it for now, if the router can.",
            "Have the branch's firewall checked for a new block, then call the operator: its way to the vendor is broken.",
        ],
    }
}

fn dns(cause: DnsCause) -> &'static [&'static str] {
    const OTHER: &str = "The line works. Until it is repaired, let the branch use another resolver.";
    match cause {
        DnsCause::Silent => &["Restart the resolver the branch uses, often the router.", OTHER],
        DnsCause::Servfail => &["The resolver answers, and only with errors: ask whoever runs it.", OTHER],
        DnsCause::WrongAnswers => &[
            "The resolver gives wrong addresses. Treat it as a possible attack until it is explained.",
            "Type no password into vendor pages from the branch.",
        ],
    }
}

fn interception(cause: InterceptionCause) -> &'static [&'static str] {
    match cause {
        InterceptionCause::CaptivePortal => &[
            "Something asks for a login before it lets the branch onto the Internet: a mobile router or an unpaid line.",
            "Log in there or call its operator.",
        ],
        InterceptionCause::TlsInspection => &[
            "A firewall opens encrypted connections. Ask its operator to except the vendor's hosts.",
            "If nobody put one there, treat it as an attack.",
        ],
        InterceptionCause::DnsRewriting => &[
            "Something on the way rewrites name resolution. Ask the operator of the firewall or line.",
            "Type no password into vendor pages from the branch.",
        ],
    }
}

fn agent(cause: AgentCause) -> &'static [&'static str] {
    const BLIND: &str = "While this lasts Demarc cannot judge anything else.";
    match cause {
        AgentCause::LinkDown => &["Check the network cable of the computer that Demarc runs on.", BLIND],
        AgentCause::AddressConflict => &[
            "Another device has the address of the computer that Demarc runs on. Find it by its MAC address in the switch.",
            "Give one of the two another address, and reserve this computer's in the router's DHCP.",
        ],
        AgentCause::Clock => &["Set this computer's clock and its NTP service; times in reports are wrong."],
        AgentCause::Disk => {
            &["Free or replace the disk Demarc writes to. Alerts still go out, history does not grow."]
        }
        AgentCause::Descriptors => &["Raise the service's limit on open files, then restart Demarc.", BLIND],
        AgentCause::SecondLine => {
            &["Check the second line: it is not needed now, and will be missing when it is."]
        }
        AgentCause::Blocked => &[
            "Remote access works: cameras reach the vendor themselves. Only Demarc's own view of it is gone.",
            "Have the branch's firewall let the computer that Demarc runs on out to the vendor's hosts, as it lets the cameras.",
        ],
    }
}

fn vendor(cause: VendorCause) -> &'static [&'static str] {
    match cause {
        VendorCause::Outage | VendorCause::Degraded | VendorCause::Region => &[
            "Nothing to do at the branch. View and export locally.",
            "Do not restart cameras, router or recorder: it repairs nothing and may lose what still works.",
            "Hold firmware updates, and do not re-enter passwords, until the vendor explains.",
        ],
        VendorCause::Tls => &[
            "Nothing to do at the branch: the vendor's certificate is not valid. View locally.",
            "Do not click past the warning and do not enter passwords.",
        ],
        VendorCause::Dns => &[
            "Nothing to do at the branch: the vendor's names do not resolve anywhere. View locally.",
            "Do not restart. Hold firmware updates until the vendor explains.",
        ],
    }
}
