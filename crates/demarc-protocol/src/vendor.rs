//! Whose camera it is, from what it says of itself.

/// A vendor whose own interface is spoken here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Vendor {
    /// VAPIX.
    Axis,
    /// ISAPI.
    Hikvision,
    /// CGI; also Amcrest, IMOU and CP Plus.
    Dahua,
    /// SUNAPI; also under the names Samsung and Wisenet.
    Hanwha,
    Reolink,
}

/// What a camera says of itself, as far as it was heard.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Signs<'a> {
    /// From ONVIF's `GetDeviceInformation`.
    pub manufacturer: Option<&'a str>,
    /// From a 401.
    pub realm: Option<&'a str>,
    /// From any answer: its own certificate, an announced name.
    pub name: Option<&'a str>,
}

/// Part of a name in lower case, and whose it is. Makers that sell under other names are known by the
/// interface their cameras have.
const NAMES: &[(&str, Vendor)] = &[
    ("axis", Vendor::Axis),
    ("hikvision", Vendor::Hikvision),
    ("dahua", Vendor::Dahua),
    ("amcrest", Vendor::Dahua),
    ("imou", Vendor::Dahua),
    ("cp plus", Vendor::Dahua),
    ("hanwha", Vendor::Hanwha),
    ("samsung techwin", Vendor::Hanwha),
    ("wisenet", Vendor::Hanwha),
    ("reolink", Vendor::Reolink),
];

/// The vendor whose interface to speak; `None` when the signs name none of them, or two.
pub fn recognise(signs: Signs<'_>) -> Option<Vendor> {
    let by_name = |text: Option<&str>| named(text?);
    // The maker's own word counts before what its web server happens to say.
    by_name(signs.manufacturer).or_else(|| {
        let (realm, name) = (signs.realm.and_then(of_realm), by_name(signs.name));
        match (realm, name) {
            (Some(realm), Some(name)) => (realm == name).then_some(realm),
            (one, other) => one.or(other),
        }
    })
}

fn named(text: &str) -> Option<Vendor> {
    let text = text.to_ascii_lowercase();
    let mut found = NAMES.iter().filter(|(name, _)| holds_word(&text, name)).map(|(_, vendor)| *vendor);
    let first = found.next()?;
    found.all(|other| other == first).then_some(first)
}

/// As a word of its own: "Praxis" is not Axis.
fn holds_word(text: &str, word: &str) -> bool {
    text.match_indices(word).any(|(at, _)| {
        let before = text.get(..at).and_then(|before| before.chars().next_back());
        let after = text.get(at + word.len()..).and_then(|after| after.chars().next());
        let outside = |c: Option<char>| c.is_none_or(|c| !c.is_alphanumeric());
        outside(before) && outside(after)
    })
}

/// `AXIS_B8A44F631339`, `AXIS_WS_..`; `IP Camera(C1214)`, `DS-6e392e44`; `Login to 4K01FD2PAJ6E3FF`.
fn of_realm(realm: &str) -> Option<Vendor> {
    let begins = |prefix: &str| realm.starts_with(prefix);
    if begins("AXIS_") {
        Some(Vendor::Axis)
    } else if begins("IP Camera(") || begins("DS-") {
        Some(Vendor::Hikvision)
    } else if begins("Login to ") {
        Some(Vendor::Dahua)
    } else if begins("iPolis") {
        Some(Vendor::Hanwha)
    } else {
        named(realm)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_a_camera_by_what_it_says() {
        let signs = |manufacturer, realm, name| Signs { manufacturer, realm, name };
        let cases = [
            (signs(Some("AXIS"), None, None), Some(Vendor::Axis)),
            (signs(Some("Axis Communications AB"), None, None), Some(Vendor::Axis)),
            (signs(Some("HIKVISION"), Some("AXIS_00408C000000"), None), Some(Vendor::Hikvision)),
            (signs(Some("Praxis"), None, None), None),
            (signs(Some("Amcrest"), None, None), Some(Vendor::Dahua)),
            (signs(Some("Hanwha Vision"), None, None), Some(Vendor::Hanwha)),
            (signs(Some("Samsung Techwin"), None, None), Some(Vendor::Hanwha)),
            (signs(Some("Samsung"), None, None), None),
            (signs(Some("Reolink"), None, None), Some(Vendor::Reolink)),
            (signs(Some("Generic"), Some("Login to 4K01FD2PAJ6E3FF"), None), Some(Vendor::Dahua)),
            (signs(None, Some("AXIS_WS_ACCC8E3A0A8F"), None), Some(Vendor::Axis)),
            (signs(None, Some("IP Camera(C1214)"), None), Some(Vendor::Hikvision)),
            (signs(None, Some("DS-6e392e44"), None), Some(Vendor::Hikvision)),
            (signs(None, Some("iPolis"), None), Some(Vendor::Hanwha)),
            (signs(None, None, Some("AXIS M1075-L - B8A44F000001")), Some(Vendor::Axis)),
            (signs(None, Some("AXIS_B8A44F000001"), Some("reolink")), None),
            (signs(Some("Axis or Hikvision"), None, None), None),
            (signs(None, Some("router"), None), None),
            (signs(None, None, None), None),
        ];
        for (signs, expected) in cases {
            assert_eq!(recognise(signs), expected, "{signs:?}");
        }
    }
}
