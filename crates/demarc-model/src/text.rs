//! Text that came from a device, a vendor or a status page, made harmless at the edge.

use std::fmt;

/// Printable text from outside: no control characters, no direction overrides, at most 256 characters.
///
/// Cameras and vendors are not trusted; their names, firmware strings and incident texts end up in
/// terminals, mails and pages.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default, serde::Serialize, serde::Deserialize)]
#[serde(from = "String", into = "String")]
pub struct DeviceText(String);

const LONGEST: usize = 256;

impl DeviceText {
    /// Keeps what can be shown: white space runs become one space, control, formatting and
    /// direction characters go, the rest is cut at 256 characters.
    pub fn clean(raw: &str) -> Self {
        let mut out = String::with_capacity(raw.len().min(LONGEST));
        let mut kept = 0;
        let mut gap = false;
        for c in raw.chars() {
            if c.is_whitespace() {
                gap = !out.is_empty();
                continue;
            }
            if c.is_control() || is_invisible(c) {
                continue;
            }
            if kept + usize::from(gap) >= LONGEST {
                break;
            }
            if gap {
                out.push(' ');
                kept += 1;
                gap = false;
            }
            out.push(c);
            kept += 1;
        }
        Self(out)
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// Zero-width, bidirectional and private-use characters, which change how the rest of a line reads.
fn is_invisible(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff0}'..='\u{ffff}' | '\u{e000}'..='\u{f8ff}'
        | '\u{e0000}'..='\u{10ffff}')
}

impl From<String> for DeviceText {
    fn from(raw: String) -> Self {
        Self::clean(&raw)
    }
}

impl From<DeviceText> for String {
    fn from(text: DeviceText) -> String {
        text.0
    }
}

impl fmt::Display for DeviceText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_what_can_be_shown() {
        let cases = [
            ("AXIS P3265-V", "AXIS P3265-V"),
            ("  two\r\n lines\t", "two lines"),
            ("\u{1b}[31mred\u{1b}]0;title\u{7}", "[31mred]0;title"),
            ("abc\u{202e}txt.exe", "abctxt.exe"),
            ("Entrée\0\u{200b}!", "Entrée!"),
        ];
        for (raw, expected) in cases {
            assert_eq!(DeviceText::clean(raw).as_str(), expected, "{raw:?}");
        }
    }

    #[test]
    fn is_bounded_in_characters() {
        assert_eq!(DeviceText::clean(&"ä b".repeat(10_000)).as_str().chars().count(), 256);
    }
}
