//! Whom a verdict blames and for what: titles, short names, and whose it is.

use crate::wording::names::Names;
use crate::wording::words::{Words, words};
use demarc_model::fault::{
    AgentCause, CameraCause, DnsCause, Domain, Fault, GatewayCause, InterceptionCause, LanCause, LineCause,
    SegmentCause, VendorCause,
};
use demarc_model::id::RegionId;
use demarc_model::verdict::{Finding, Undecided};

/// `VENDOR OUTAGE · axis · remote access, login`
pub(crate) fn title(finding: &Finding, names: &Names<'_>) -> String {
    match finding {
        Finding::Fault(fault) => {
            let head = format!("{} {}", component(fault.domain()).to(names.language()), cause(fault, names));
            let name = subject(fault, names).map(|name| format!(" · {name}")).unwrap_or_default();
            let services = services(fault, names).map(|all| format!(" · {all}")).unwrap_or_default();
            format!("{}{name}{services}", head.to_uppercase())
        }
        Finding::Undetermined { why: Undecided::Tie, .. } => {
            words("UNDETERMINED", "UNGEKLÄRT").to(names.language()).to_owned()
        }
        Finding::Undetermined { why: Undecided::UnknownFault, .. } => {
            words("UNKNOWN FAULT", "UNBEKANNTE STÖRUNG").to(names.language()).to_owned()
        }
    }
}

/// A fault in a few words: `camera Entrance hung`, `vendor axis outage: remote access`.
pub(crate) fn short(fault: &Fault, names: &Names<'_>) -> String {
    let component = component(fault.domain()).to(names.language());
    let name = subject(fault, names).map(|name| format!(" {name}")).unwrap_or_default();
    let services = services(fault, names).map(|all| format!(": {all}")).unwrap_or_default();
    format!("{component}{name} {}{services}", cause(fault, names))
}

pub(crate) fn short_all(faults: &[Fault], names: &Names<'_>) -> String {
    if faults.is_empty() {
        return words("nothing is wrong", "keine Störung").to(names.language()).to_owned();
    }
    let and = words(" and ", " und ").to(names.language());
    faults.iter().map(|fault| short(fault, names)).collect::<Vec<_>>().join(and)
}

/// Whose it is, ours or theirs, in a few words.
pub(crate) const fn whose(domain: Domain) -> Words {
    match domain {
        Domain::Healthy => words("all is well", "alles in Ordnung"),
        Domain::Camera | Domain::Segment | Domain::Lan | Domain::Gateway | Domain::Agent => {
            words("it is ours", "liegt bei uns")
        }
        Domain::Dns => words("it is the resolver, not the line", "liegt am Resolver, nicht an der Leitung"),
        Domain::Interception => {
            words("it is something between us and the vendor", "liegt zwischen uns und dem Cloud-Anbieter")
        }
        Domain::Line => words("it is the line's operator", "liegt beim Netzbetreiber"),
        Domain::Vendor => words("it is the vendor", "liegt beim Cloud-Anbieter"),
        Domain::Undetermined => words("not yet known whose", "noch unklar, wessen Störung"),
    }
}

/// What a domain is about, for lists.
pub(crate) const fn domain(domain: Domain) -> Words {
    match domain {
        Domain::Healthy => words("healthy", "gesund"),
        Domain::Camera => words("cameras", "Kameras"),
        Domain::Segment => words("switches", "Switches"),
        Domain::Lan => words("site network", "Standortnetz"),
        Domain::Gateway => words("router", "Router"),
        Domain::Line => words("line", "Leitung"),
        Domain::Dns => words("name resolution", "Namensauflösung"),
        Domain::Interception => words("interception", "Eingriffe unterwegs"),
        Domain::Agent => words("this computer", "dieser Rechner"),
        Domain::Vendor => words("vendor", "Anbieter-Cloud"),
        Domain::Undetermined => words("undetermined", "Ungeklärtes"),
    }
}

/// The one that is at fault, before its cause.
const fn component(domain: Domain) -> Words {
    match domain {
        Domain::Healthy => words("site", "Standort"),
        Domain::Camera => words("camera", "Kamera"),
        Domain::Segment => words("switch", "Switch"),
        Domain::Lan => words("site network", "Standortnetz"),
        Domain::Gateway => words("router", "Router"),
        Domain::Line => words("line", "Leitung"),
        Domain::Dns => words("DNS", "Namensauflösung"),
        Domain::Interception => words("interception", "Eingriff unterwegs"),
        Domain::Agent => words("this computer", "dieser Rechner"),
        Domain::Vendor => words("vendor", "Anbieter-Cloud"),
        Domain::Undetermined => words("something", "etwas"),
    }
}

fn subject(fault: &Fault, names: &Names<'_>) -> Option<String> {
    match fault {
        Fault::Camera { camera, .. } => Some(names.camera(camera)),
        Fault::Segment { segment, .. } => Some(segment.to_string()),
        Fault::Vendor { vendor, regions, .. } if regions.is_empty() => Some(vendor.to_string()),
        Fault::Vendor { vendor, regions, .. } => {
            let regions: Vec<&str> = regions.iter().map(RegionId::as_str).collect();
            Some(format!("{vendor} ({})", regions.join(", ")))
        }
        Fault::Lan { .. }
        | Fault::Gateway { .. }
        | Fault::Line { .. }
        | Fault::Dns { .. }
        | Fault::Interception { .. }
        | Fault::Agent { .. } => None,
    }
}

fn services(fault: &Fault, names: &Names<'_>) -> Option<String> {
    match fault {
        Fault::Vendor { capabilities, .. } if !capabilities.is_empty() => {
            Some(capabilities.iter().map(|id| names.capability(id)).collect::<Vec<_>>().join(", "))
        }
        Fault::Vendor { .. }
        | Fault::Camera { .. }
        | Fault::Segment { .. }
        | Fault::Lan { .. }
        | Fault::Gateway { .. }
        | Fault::Line { .. }
        | Fault::Dns { .. }
        | Fault::Interception { .. }
        | Fault::Agent { .. } => None,
    }
}

pub(crate) fn cause(fault: &Fault, names: &Names<'_>) -> &'static str {
    let words = match fault {
        Fault::Camera { cause, .. } => camera(*cause),
        Fault::Segment { cause, .. } => segment(*cause),
        Fault::Lan { cause } => lan(*cause),
        Fault::Gateway { cause } => gateway(*cause),
        Fault::Line { cause } => line(*cause),
        Fault::Dns { cause } => dns(*cause),
        Fault::Interception { cause } => interception(*cause),
        Fault::Agent { cause } => agent(*cause),
        Fault::Vendor { cause, .. } => vendor(*cause),
    };
    words.to(names.language())
}

const fn camera(cause: CameraCause) -> Words {
    use CameraCause as C;
    match cause {
        C::Unreachable => words("unreachable", "nicht erreichbar"),
        C::Hung => words("hung", "hängt"),
        C::Rebooting => words("rebooting", "startet neu"),
        C::FactoryReset => words("factory reset", "auf Werkszustand"),
        C::Credentials => words("password refused", "lehnt Passwort ab"),
        C::LockedOut => words("locks us out", "sperrt uns aus"),
        C::AuthScheme => words("login method not usable", "Anmeldeverfahren nicht nutzbar"),
        C::Clock => words("clock wrong", "Uhr falsch"),
        C::Tls => words("certificate invalid", "Zertifikat ungültig"),
        C::IdentityChanged => words("not the same device", "nicht dasselbe Gerät"),
        C::AddressConflict => words("address conflict", "Adresskonflikt"),
        C::Stream => words("without video", "ohne Video"),
        C::ImageFrozen => words("picture frozen", "Bild steht"),
        C::ImageDark => words("picture dark", "Bild dunkel"),
        C::Storage => words("storage failed", "Speicher ausgefallen"),
        C::Overloaded => words("overloaded", "überlastet"),
        C::Tunnel => words("cut off from its cloud", "ohne Cloud-Verbindung"),
    }
}

const fn segment(cause: SegmentCause) -> Words {
    match cause {
        SegmentCause::Down => words("down", "ausgefallen"),
        SegmentCause::Degraded => words("degraded", "gestört"),
    }
}

const fn lan(cause: LanCause) -> Words {
    match cause {
        LanCause::Down => words("down", "ausgefallen"),
        LanCause::Degraded => words("degraded", "gestört"),
        LanCause::Loop => words("loop", "mit Schleife"),
    }
}

const fn gateway(cause: GatewayCause) -> Words {
    match cause {
        GatewayCause::Down => words("down", "ausgefallen"),
        GatewayCause::NoForwarding => words("forwards nothing", "leitet nichts weiter"),
    }
}

const fn line(cause: LineCause) -> Words {
    match cause {
        LineCause::Down => words("down", "ausgefallen"),
        LineCause::Loss => words("loses packets", "verliert Pakete"),
        LineCause::Latency => words("too slow", "zu langsam"),
        LineCause::Mtu => words("loses large packets", "verliert große Pakete"),
        LineCause::Ipv6 => words("without IPv6", "ohne IPv6"),
        LineCause::Route => words("without a way to the vendor", "ohne Weg zum Anbieter"),
    }
}

const fn dns(cause: DnsCause) -> Words {
    match cause {
        DnsCause::Silent => words("silent", "stumm"),
        DnsCause::Servfail => words("reports failure", "meldet Fehler"),
        DnsCause::WrongAnswers => words("gives wrong answers", "liefert falsche Adressen"),
    }
}

const fn interception(cause: InterceptionCause) -> Words {
    match cause {
        InterceptionCause::CaptivePortal => words("by a captive portal", "durch Anmeldeseite"),
        InterceptionCause::TlsInspection => words("by TLS inspection", "durch TLS-Inspektion"),
        InterceptionCause::DnsRewriting => words("by DNS rewriting", "durch DNS-Umschreibung"),
    }
}

const fn agent(cause: AgentCause) -> Words {
    match cause {
        AgentCause::LinkDown => words("without network", "ohne Netz"),
        AgentCause::AddressConflict => words("with an address conflict", "mit Adresskonflikt"),
        AgentCause::Clock => words("with a wrong clock", "mit falscher Uhr"),
        AgentCause::Disk => words("with a full or failed disk", "mit vollem oder defektem Datenträger"),
        AgentCause::Descriptors => words("out of file descriptors", "ohne freie Dateideskriptoren"),
        AgentCause::SecondLine => words("without second line", "ohne Zweitleitung"),
        AgentCause::Blocked => words("blocked from the vendor", "vom Anbieter abgeschnitten"),
    }
}

const fn vendor(cause: VendorCause) -> Words {
    match cause {
        VendorCause::Outage => words("outage", "ausgefallen"),
        VendorCause::Degraded => words("degraded", "gestört"),
        VendorCause::Region => words("region outage", "in einer Region ausgefallen"),
        VendorCause::Tls => words("certificate invalid", "Zertifikat ungültig"),
        VendorCause::Dns => words("names gone", "nicht auflösbar"),
    }
}
