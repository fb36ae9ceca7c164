//! What a probe saw: as a phrase for lists, and as the end of a sentence that begins with "if".

use crate::wording::words::{Words, words};
use demarc_model::probe::ProbeKind;
use demarc_model::site::Language;
use demarc_model::symptom::Symptom;

/// What was seen, as a phrase that follows a colon.
pub const fn phrase(symptom: Symptom, language: Language) -> &'static str {
    seen(symptom).to(language)
}

/// The same for one kind of probe: a disk does not answer, it is in order.
pub(crate) const fn phrase_of(kind: ProbeKind, symptom: Symptom, language: Language) -> &'static str {
    match (symptom, answers(kind)) {
        (Symptom::Passed, false) => words("in order", "in Ordnung").to(language),
        (symptom, _) => seen(symptom).to(language),
    }
}

/// What follows "if the router": in English in the past tense, in German as an infinitive before "würde".
pub(crate) const fn clause(kind: ProbeKind, symptom: Symptom, language: Language) -> &'static str {
    match (symptom, answers(kind)) {
        (Symptom::Passed, false) => words("worked as usual", "normal arbeiten").to(language),
        (symptom, _) => supposed(symptom).to(language),
    }
}

const fn seen(symptom: Symptom) -> Words {
    use Symptom as S;
    match symptom {
        S::NameSilent => words("resolver silent", "Resolver stumm"),
        S::NameServfail => words("resolver failed (SERVFAIL)", "Resolver meldet Fehler (SERVFAIL)"),
        S::NameMissing => words("no such name", "Name unbekannt"),
        S::NameWrong => words("wrong address for the name", "falsche Adresse zum Namen"),
        S::Timeout => words("no answer", "keine Antwort"),
        S::Unreachable => words("no route", "kein Weg dorthin"),
        S::Refused => words("connection refused", "Verbindung abgelehnt"),
        S::TlsUntrusted => words("unexpected certificate", "fremdes Zertifikat"),
        S::TlsExpired => words("certificate expired", "Zertifikat abgelaufen"),
        S::TlsOld => words("TLS too old", "TLS zu alt"),
        S::TlsStall => words("TLS handshake stalled", "TLS-Handshake bleibt stecken"),
        S::Hung => words("connected, then silent", "verbunden, dann stumm"),
        S::ServerError => words("server error", "Serverfehler"),
        S::Busy => words("overloaded (503)", "überlastet (503)"),
        S::Redirected => words("redirected elsewhere", "woandershin umgeleitet"),
        S::Garbage => words("answer is garbage", "Antwort unverständlich"),
        S::LockedOut => words("locked out (403)", "ausgesperrt (403)"),
        S::Rejected => words("password refused", "Passwort abgelehnt"),
        S::SchemeUnknown => words("unknown authentication scheme", "unbekanntes Anmeldeverfahren"),
        S::Clock => words("clock off", "Uhr geht falsch"),
        S::Booting => words("starting up", "startet gerade"),
        S::FactoryReset => words("reset to factory state", "auf Werkszustand zurückgesetzt"),
        S::IdentityChanged => words("another device answers", "anderes Gerät antwortet"),
        S::Conflict => words("two devices answer in turn", "zwei Geräte antworten abwechselnd"),
        S::NoVideo => words("plays, and no packets come", "spielt, aber es kommt kein Bild"),
        S::Frozen => words("the picture stands still", "Bild steht"),
        S::Dark => words("the picture is dark or covered", "Bild dunkel oder verdeckt"),
        S::Offline => words("not connected to its cloud", "nicht mit der Cloud verbunden"),
        S::Storm => words("flooded with broadcasts", "mit Broadcasts überflutet"),
        S::Unfit => words("not in working order", "nicht betriebsbereit"),
        S::Slow => words("far too slow", "viel zu langsam"),
        S::Passed => words("answers", "antwortet"),
    }
}

const fn supposed(symptom: Symptom) -> Words {
    use Symptom as S;
    match symptom {
        S::NameSilent => words("got no answer from the resolver", "vom Resolver keine Antwort bekommen"),
        S::NameServfail => words("got only errors from the resolver", "vom Resolver nur Fehler bekommen"),
        S::NameMissing => words("turned out to have no address", "keine Adresse haben"),
        S::NameWrong => words("turned out to have a wrong address", "eine falsche Adresse haben"),
        S::Timeout => words("did not answer", "nicht antworten"),
        S::Unreachable => words("could not be reached", "nicht erreichbar sein"),
        S::Refused => words("refused the connection", "die Verbindung ablehnen"),
        S::TlsUntrusted => words("showed an unexpected certificate", "ein fremdes Zertifikat zeigen"),
        S::TlsExpired => words("showed an expired certificate", "ein abgelaufenes Zertifikat zeigen"),
        S::TlsOld => words("spoke only an old TLS", "nur ein altes TLS sprechen"),
        S::TlsStall => words("stalled in the TLS handshake", "im TLS-Handshake stecken bleiben"),
        S::Hung => words("took the connection and fell silent", "die Verbindung annehmen und dann schweigen"),
        S::ServerError => words("reported a server error", "einen Serverfehler melden"),
        S::Busy => words("reported overload", "Überlast melden"),
        S::Redirected => words("sent us elsewhere", "woandershin umleiten"),
        S::Garbage => words("answered with garbage", "unverständlich antworten"),
        S::LockedOut => words("locked us out", "uns aussperren"),
        S::Rejected => words("refused the password", "das Passwort ablehnen"),
        S::SchemeUnknown => {
            words("offered only unknown ways to log in", "nur unbekannte Anmeldeverfahren anbieten")
        }
        S::Clock => words("showed a wrong time", "eine falsche Zeit zeigen"),
        S::Booting => words("reported to be starting", "einen Neustart melden"),
        S::FactoryReset => words("turned out to be reset", "auf Werkszustand stehen"),
        S::IdentityChanged => words("turned out to be another device", "sich als anderes Gerät erweisen"),
        S::Conflict => words("answered from two devices in turn", "abwechselnd von zwei Geräten antworten"),
        S::NoVideo => words("delivered no video", "kein Video liefern"),
        S::Frozen => words("delivered a picture that stands still", "ein stehendes Bild liefern"),
        S::Dark => words("delivered a dark picture", "ein dunkles Bild liefern"),
        S::Offline => words("reported no connection to the cloud", "keine Verbindung zur Cloud melden"),
        S::Storm => words("showed a flood of broadcasts", "eine Flut von Broadcasts zeigen"),
        S::Unfit => words("reported to be out of order", "sich als nicht betriebsbereit melden"),
        S::Slow => words("answered far too slowly", "viel zu langsam antworten"),
        S::Passed => words("answered", "antworten"),
    }
}

/// Whether success of the probe is an answer, and not a state.
const fn answers(kind: ProbeKind) -> bool {
    use ProbeKind as K;
    match kind {
        K::GatewayReach
        | K::SegmentReach
        | K::ResolverAnswer
        | K::ResolverSecond
        | K::ControlName
        | K::ControlAddress
        | K::ControlPortal
        | K::LineHops
        | K::LineIpv6
        | K::LineSecond
        | K::VendorName
        | K::VendorAddress
        | K::VendorSecond
        | K::VendorStatus
        | K::CameraTcp
        | K::CameraRtsp => true,
        K::HostLink
        | K::HostDisk
        | K::HostClock
        | K::HostResources
        | K::HostTraffic
        | K::HostAddress
        | K::LineMtu
        | K::CameraReady
        | K::CameraIdentity
        | K::CameraLogin
        | K::CameraClock
        | K::CameraOnvif
        | K::CameraStream
        | K::CameraPicture
        | K::CameraStorage
        | K::CameraCloud
        | K::CameraNeighbour => false,
    }
}
