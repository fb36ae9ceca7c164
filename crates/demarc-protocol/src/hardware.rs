//! Hardware addresses as devices write them.

/// Twelve hexadecimal digits in upper case, from `b8:a4:4f:63:13:39`, `B8-A4-4F-63-13-39` or `B8A44F631339`.
pub(crate) fn mac(text: &str) -> Option<String> {
    let digits: String = text.trim().chars().filter(|c| !matches!(c, ':' | '-' | '.')).collect();
    let is_mac = digits.len() == 12 && digits.bytes().all(|digit| digit.is_ascii_hexdigit());
    (is_mac && digits != "000000000000").then(|| digits.to_ascii_uppercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_addresses_of_every_spelling() {
        let cases = [
            ("b8:a4:4f:63:13:39", Some("B8A44F631339")),
            (" B8-A4-4F-63-13-39 ", Some("B8A44F631339")),
            ("b8a4.4f63.1339", Some("B8A44F631339")),
            ("B8A44F631339", Some("B8A44F631339")),
            ("00:00:00:00:00:00", None),
            ("b8:a4:4f:63:13", None),
            ("b8:a4:4f:63:13:3g", None),
            ("éééééé", None),
            ("", None),
        ];
        for (text, expected) in cases {
            assert_eq!(mac(text).as_deref(), expected, "{text}");
        }
    }
}
