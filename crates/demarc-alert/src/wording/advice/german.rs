//! What to do and what to leave alone, in German.

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
            "ein zweiter Endpunkt desselben Dienstes, oder derselbe über eine zweite Leitung oder von einem anderen Standort"
                .to_owned()
        }
        WouldSettle::Further(kind) => format!("weitere Ergebnisse: {}", probe::name(*kind, Language::German)),
        WouldSettle::Lacking(kind) => lacking(*kind),
    };
    format!("Klären würde es: {what}.")
}

/// What the configuration could have had.
fn lacking(kind: ProbeKind) -> String {
    match kind {
        ProbeKind::SegmentReach => "die Adresse des Switches in der Konfiguration".to_owned(),
        ProbeKind::ResolverSecond => "ein zweiter Resolver in der Konfiguration".to_owned(),
        ProbeKind::ControlAddress | ProbeKind::ControlName => {
            "ein weiteres Vergleichsziel in der Konfiguration".to_owned()
        }
        ProbeKind::GatewayReach => "die Adresse des Routers in der Konfiguration".to_owned(),
        kind => format!("Ergebnisse von: {}", probe::name(kind, Language::German)),
    }
}

pub(crate) const fn undecided(why: Undecided) -> &'static [&'static str] {
    match why {
        Undecided::Tie => &["Noch nichts ändern: Die Messungen trennen die Kandidaten nicht."],
        Undecided::UnknownFault => &[
            "Noch nichts ändern: Es liegt eine Störung vor, die Demarc nicht kennt.",
            "Nachfragen, was hier zuletzt geändert wurde, und weitergeben, was auffällt.",
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

const fn camera(cause: CameraCause) -> &'static [&'static str] {
    match cause {
        CameraCause::Unreachable => &[
            "Strom und Kabel der Kamera prüfen: Leuchtet ihre Anzeige, ist der Port am Switch aktiv?",
            "PoE-Port einmal aus- und einschalten. Bleibt sie stumm, muss jemand hinfahren.",
        ],
        CameraCause::Hung => &[
            "PoE-Port einmal aus- und einschalten: Sie nimmt Verbindungen an und antwortet nicht.",
            "Beim nächsten Mal vor dem Neustart den Serverbericht der Kamera sichern.",
        ],
        CameraCause::Rebooting => &[
            "Drei Minuten warten: Sie startet.",
            "Startet sie immer wieder, ihr Netzteil und das PoE-Budget des Switches prüfen.",
        ],
        CameraCause::FactoryReset => &[
            "Neu einrichten: Sie hat keine Benutzer, und jeder im Netz kann sie übernehmen.",
            "Klären, wer sie zurückgesetzt hat.",
        ],
        CameraCause::Credentials => &[
            "Passwort dieser Kamera in der Konfiguration von Demarc berichtigen, dann `demarc check` ausführen.",
            "Keine Passwörter von Hand probieren: Kameras sperren Konten nach wenigen Fehlversuchen.",
        ],
        CameraCause::LockedOut => &[
            "Warten: Die Kamera sperrt diesen Rechner aus, oder dem Konto fehlen Rechte.",
            "Klären, was sich sonst mit falschem Passwort anmeldet, bevor die Sperre endet.",
        ],
        CameraCause::AuthScheme => {
            &["Digest in der Kamera erlauben, oder https verwenden und dort Basic zulassen: basic-over-tls."]
        }
        CameraCause::Clock => &[
            "Uhr oder NTP-Server der Kamera einstellen: Anmeldung und Aufzeichnung hängen davon ab.",
            "Das Passwort ist nicht die Ursache. Nicht ändern.",
        ],
        CameraCause::Tls => &[
            "Firmware oder Zertifikat der Kamera erneuern. Oder per http prüfen: Digest schützt das Passwort.",
        ],
        CameraCause::IdentityChanged => &[
            "Klären, ob die Kamera getauscht wurde. Falls ja: demarc accept mit ihrer Id.",
            "Bis dahin erhält sie kein Passwort: Unter ihrer Adresse antwortet ein anderes Gerät.",
        ],
        CameraCause::AddressConflict => {
            &["Zwei Geräte nutzen diese Adresse. Das andere anhand seiner MAC-Adresse im Switch suchen."]
        }
        CameraCause::Stream => &["Livebild vor Ort ansehen. Ist keines da, die Kamera einmal neu starten."],
        CameraCause::ImageFrozen => &["Kamera einmal neu starten: Sie sendet immer dasselbe Bild."],
        CameraCause::ImageDark => &["Objektiv, Abdeckung und Licht an der Kamera prüfen."],
        CameraCause::Storage => {
            &["Speicherkarte der Kamera prüfen: Sie zeichnet nicht mehr auf oder ist verschlissen."]
        }
        CameraCause::Overloaded => {
            &["Klären, wer sonst Bilder von ihr abruft: Sie hat keinen Platz für eine weitere Verbindung."]
        }
        CameraCause::Tunnel => &[
            "Nur diese Kamera hat ihre Verbindung zur Anbieter-Cloud verloren, andere am Standort nicht.",
            "Gateway, DNS und Proxy in ihren Einstellungen prüfen.",
        ],
    }
}

const fn segment(cause: SegmentCause) -> &'static [&'static str] {
    const LEAVE: &str = "Die Kameras sind nicht die Ursache. In Ruhe lassen.";
    match cause {
        SegmentCause::Down => &[
            "Switch oder PoE-Injektor prüfen, an dem diese Kameras hängen: Strom, Uplink-Kabel, Sicherung.",
            LEAVE,
        ],
        SegmentCause::Degraded => &[
            "Uplink des Switches prüfen, an dem diese Kameras hängen: Kabel, Portfehler, PoE-Budget.",
            LEAVE,
        ],
    }
}

const fn lan(cause: LanCause) -> &'static [&'static str] {
    match cause {
        LanCause::Down => &["Hauptswitch der Filiale prüfen: Strom, Kabel, Sicherungsautomat des Schranks."],
        LanCause::Degraded => &["Am Hauptswitch der Filiale nach Portfehlern und einem vollen Port suchen."],
        LanCause::Loop => &["Irgendwo sind zwei Ports verbunden: das zuletzt gesteckte Kabel ziehen."],
    }
}

const fn gateway(cause: GatewayCause) -> &'static [&'static str] {
    const LEAVE: &str = "Die Kameras zeichnen weiter auf. Nicht neu starten.";
    match cause {
        GatewayCause::Down => &["Strom des Routers prüfen und ihn einmal neu starten lassen.", LEAVE],
        GatewayCause::NoForwarding => &[
            "Der Router antwortet, leitet aber nichts weiter: einmal neu starten lassen, dann Regeln und Leitung prüfen.",
            LEAVE,
        ],
    }
}

const fn line(cause: LineCause) -> &'static [&'static str] {
    const UPLOAD: &str = "Vorher ausschließen, dass in der Filiale ein großer Upload oder ein Backup läuft.";
    match cause {
        LineCause::Down => &[
            "Netzbetreiber anrufen. Angabe: Der Router antwortet, dahinter seit obiger Zeit keine Adresse.",
            "Zuerst die Anzeige am Modem prüfen. Kameras nicht neu starten: Sie zeichnen weiter auf.",
        ],
        LineCause::Loss => &[
            "Netzbetreiber anrufen. Angabe: Hinter unserem Router gehen seit obiger Zeit Pakete verloren.",
            UPLOAD,
        ],
        LineCause::Latency => &[
            "Netzbetreiber anrufen. Angabe: Hinter unserem Router sind Antworten seit obiger Zeit viel zu langsam.",
            UPLOAD,
        ],
        LineCause::Mtu => &[
            "Große Pakete gehen auf der Leitung verloren. MSS-Clamping am Router setzen oder den Netzbetreiber anrufen.",
        ],
        LineCause::Ipv6 => &[
            "Nichts ist abgeschnitten: IPv4 geht, nur was zuerst IPv6 versucht, ist langsam. Den Netzbetreiber zu Bürozeiten anrufen.",
            "Bis dahin lässt sich IPv6 im Router abschalten.",
        ],
        LineCause::Route => &[
            "Der Anbieter arbeitet, wie die Zweitleitung zeigt. Den Standort vorerst darüber führen, wenn der Router das kann.",
            "Die Firewall des Standorts auf eine neue Sperre prüfen, dann den Netzbetreiber anrufen: Sein Weg zum Anbieter ist gestört.",
        ],
    }
}

const fn dns(cause: DnsCause) -> &'static [&'static str] {
    const OTHER: &str = "Die Leitung funktioniert. Bis zur Reparatur einen anderen Resolver eintragen.";
    match cause {
        DnsCause::Silent => &["Resolver der Filiale neu starten, oft ist es der Router.", OTHER],
        DnsCause::Servfail => &["Der Resolver antwortet nur mit Fehlern: dessen Betreiber fragen.", OTHER],
        DnsCause::WrongAnswers => &[
            "Der Resolver liefert falsche Adressen. Bis zur Klärung als möglichen Angriff behandeln.",
            "Aus der Filiale kein Passwort auf Seiten des Anbieters eingeben.",
        ],
    }
}

const fn interception(cause: InterceptionCause) -> &'static [&'static str] {
    match cause {
        InterceptionCause::CaptivePortal => &[
            "Vor dem Internet verlangt etwas eine Anmeldung: ein Mobilfunkrouter oder eine unbezahlte Leitung.",
            "Dort anmelden oder den Betreiber anrufen.",
        ],
        InterceptionCause::TlsInspection => &[
            "Eine Firewall öffnet verschlüsselte Verbindungen. Ihren Betreiber um Ausnahmen für den Cloud-Anbieter bitten.",
            "Hat dort niemand eine eingebaut, als Angriff behandeln.",
        ],
        InterceptionCause::DnsRewriting => &[
            "Unterwegs verändert etwas die Namensauflösung. Betreiber von Firewall oder Leitung fragen.",
            "Aus der Filiale kein Passwort auf Seiten des Anbieters eingeben.",
        ],
    }
}

const fn agent(cause: AgentCause) -> &'static [&'static str] {
    const BLIND: &str = "Solange dies anhält, kann Demarc nichts anderes beurteilen.";
    match cause {
        AgentCause::LinkDown => &["Netzwerkkabel des Rechners prüfen, auf dem Demarc läuft.", BLIND],
        AgentCause::AddressConflict => &[
            "Ein anderes Gerät hat die Adresse des Rechners, auf dem Demarc läuft. Am Switch über die MAC-Adresse suchen.",
            "Einem der beiden eine andere Adresse geben und die des Rechners im DHCP des Routers reservieren.",
        ],
        AgentCause::Clock => {
            &["Uhr und NTP-Dienst dieses Rechners einstellen: Zeiten in Meldungen sind falsch."]
        }
        AgentCause::Disk => &[
            "Auf dem Datenträger von Demarc Platz schaffen oder ihn tauschen. Gemeldet wird weiter, der Verlauf wird nicht gespeichert.",
        ],
        AgentCause::Descriptors => {
            &["Grenze für offene Dateien des Dienstes erhöhen, dann Demarc neu starten.", BLIND]
        }
        AgentCause::SecondLine => {
            &["Zweitleitung prüfen: Jetzt wird sie nicht gebraucht, im Ernstfall fehlt sie."]
        }
        AgentCause::Blocked => &[
            "Der Fernzugriff geht: Die Kameras erreichen den Anbieter selbst. Nur Demarc sieht ihn nicht mehr.",
            "In der Firewall des Standorts den Rechner von Demarc zu den Hosts des Anbieters hinauslassen, wie die Kameras.",
        ],
    }
}

const fn vendor(cause: VendorCause) -> &'static [&'static str] {
    match cause {
        VendorCause::Outage | VendorCause::Degraded | VendorCause::Region => &[
            "In der Filiale ist nichts zu tun. Bilder vor Ort ansehen und exportieren.",
            "Nichts neu starten, weder Kameras noch Router noch Rekorder: Es hilft nicht und kann schaden.",
            "Keine Firmware aktualisieren und keine Passwörter neu eingeben, bis der Anbieter sich erklärt.",
        ],
        VendorCause::Tls => &[
            "In der Filiale ist nichts zu tun: Das Zertifikat des Anbieters ist ungültig. Bilder vor Ort ansehen.",
            "Warnung nicht wegklicken und keine Passwörter eingeben.",
        ],
        VendorCause::Dns => &[
            "In der Filiale ist nichts zu tun: Die Namen des Anbieters sind nirgends auflösbar. Bilder vor Ort ansehen.",
            "Nichts neu starten. Keine Firmware aktualisieren, bis der Anbieter sich erklärt.",
        ],
    }
}
