//! What is asked, by kind of probe: as a name for lists, and as the subject of a sentence.

use crate::wording::words::{Words, words};
use demarc_model::probe::ProbeKind;
use demarc_model::site::Language;

/// `controls by address`
pub(crate) const fn name(kind: ProbeKind, language: Language) -> &'static str {
    listed(kind).to(language)
}

/// A subject for a sentence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Subject {
    One(Words),
    Several(Words),
}

const fn listed(kind: ProbeKind) -> Words {
    use ProbeKind as K;
    match kind {
        K::HostLink => words("this computer's network link", "Netzanschluss dieses Rechners"),
        K::HostDisk => words("this computer's disk", "Datenträger dieses Rechners"),
        K::HostClock => words("this computer's clock", "Uhr dieses Rechners"),
        K::HostResources => words("this computer's file descriptors", "Dateideskriptoren dieses Rechners"),
        K::HostTraffic => words("broadcasts on the wire", "Broadcasts im Netz"),
        K::HostAddress => words("this computer's address", "Adresse dieses Rechners"),
        K::GatewayReach => words("router", "Router"),
        K::SegmentReach => words("switches", "Switches"),
        K::ResolverAnswer => words("the site's resolver", "Resolver des Standorts"),
        K::ResolverSecond => words("a resolver outside", "Resolver außerhalb"),
        K::ControlName => words("controls by name", "Vergleichsziele per Name"),
        K::ControlAddress => words("controls by address", "Vergleichsziele per Adresse"),
        K::ControlPortal => words("plain web page", "unverschlüsselte Webseite"),
        K::LineHops => words("routers beyond the branch's", "Router hinter dem des Standorts"),
        K::LineMtu => words("packets of full size", "Pakete voller Größe"),
        K::LineIpv6 => words("controls by IPv6", "Vergleichsziele über IPv6"),
        K::LineSecond => words("the second line", "Zweitleitung"),
        K::VendorName => words("vendor by name", "Anbieter-Cloud per Name"),
        K::VendorAddress => words("vendor by address", "Anbieter-Cloud per Adresse"),
        K::VendorSecond => words("vendor over the second line", "Anbieter-Cloud über die Zweitleitung"),
        K::VendorStatus => words("vendor's status page", "Statusseite des Anbieters"),
        K::CameraTcp => words("cameras' web port", "Webport der Kameras"),
        K::CameraReady => words("cameras' readiness", "Bereitschaft der Kameras"),
        K::CameraIdentity => words("cameras' identity", "Identität der Kameras"),
        K::CameraLogin => words("cameras' login", "Anmeldung an den Kameras"),
        K::CameraClock => words("cameras' clock", "Uhr der Kameras"),
        K::CameraOnvif => words("cameras' ONVIF login", "ONVIF-Anmeldung an den Kameras"),
        K::CameraRtsp => words("cameras' video service", "Videodienst der Kameras"),
        K::CameraStream => words("cameras' streams", "Videoströme der Kameras"),
        K::CameraPicture => words("cameras' pictures", "Bilder der Kameras"),
        K::CameraStorage => words("cameras' storage", "Speicher der Kameras"),
        K::CameraCloud => words("cameras' own connection to their cloud", "Cloud-Verbindung der Kameras"),
        K::CameraNeighbour => words("cameras' hardware addresses", "Hardware-Adressen der Kameras"),
    }
}

pub(crate) const fn subject(kind: ProbeKind) -> Subject {
    use ProbeKind as K;
    use Subject::{One, Several};
    match kind {
        K::HostLink | K::HostTraffic => {
            One(words("this computer's network link", "der Netzanschluss dieses Rechners"))
        }
        K::HostAddress => One(words("this computer's address", "die Adresse dieses Rechners")),
        K::HostDisk => One(words("this computer's disk", "der Datenträger dieses Rechners")),
        K::HostClock => One(words("this computer's clock", "die Uhr dieses Rechners")),
        K::HostResources => {
            Several(words("this computer's file descriptors", "die Dateideskriptoren dieses Rechners"))
        }
        K::GatewayReach => One(words("the router", "der Router")),
        K::SegmentReach => Several(words("the switches", "die Switches")),
        K::ResolverAnswer => One(words("the site's resolver", "der Resolver des Standorts")),
        K::ResolverSecond => One(words("a resolver outside", "ein Resolver außerhalb")),
        K::ControlName => Several(words("the controls by name", "die Vergleichsziele per Name")),
        K::ControlAddress => Several(words("the controls by address", "die Vergleichsziele per Adresse")),
        K::ControlPortal => One(words("the plain web page", "die unverschlüsselte Webseite")),
        K::LineHops => {
            Several(words("the routers beyond the branch's", "die Router hinter dem des Standorts"))
        }
        K::LineMtu => {
            Several(words("packets of full size over the line", "Pakete voller Größe auf der Leitung"))
        }
        K::LineIpv6 => Several(words("the controls by IPv6", "die Vergleichsziele über IPv6")),
        K::LineSecond => One(words("the second line", "die Zweitleitung")),
        K::VendorName => One(words("the vendor by name", "die Anbieter-Cloud per Name")),
        K::VendorAddress => One(words("the vendor by address", "die Anbieter-Cloud per Adresse")),
        K::VendorSecond => {
            One(words("the vendor over the second line", "die Anbieter-Cloud über die Zweitleitung"))
        }
        K::VendorStatus => One(words("the vendor's status page", "die Statusseite des Anbieters")),
        K::CameraTcp => One(words("the cameras' web port", "der Webport der Kameras")),
        K::CameraReady | K::CameraIdentity => Several(words("the cameras", "die Kameras")),
        K::CameraLogin => Several(words("the cameras at login", "die Kameras bei der Anmeldung")),
        K::CameraClock => One(words("the cameras' clock", "die Uhr der Kameras")),
        K::CameraOnvif => Several(words("the cameras at ONVIF login", "die Kameras bei der ONVIF-Anmeldung")),
        K::CameraRtsp => One(words("the cameras' video service", "der Videodienst der Kameras")),
        K::CameraStream => Several(words("the cameras' streams", "die Videoströme der Kameras")),
        K::CameraPicture => Several(words("the cameras' pictures", "die Bilder der Kameras")),
        K::CameraStorage => One(words("the cameras' storage", "der Speicher der Kameras")),
        K::CameraCloud => {
            One(words("the cameras' own connection to their cloud", "die Cloud-Verbindung der Kameras"))
        }
        K::CameraNeighbour => {
            Several(words("the cameras' hardware addresses", "die Hardware-Adressen der Kameras"))
        }
    }
}
