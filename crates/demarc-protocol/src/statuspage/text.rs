//! Text of a status page without its markup. What the page says is hostile: it ends up in terminals,
//! mails and reports.

/// A text is cut here before it is looked at.
const LONGEST_RAW: usize = 16 << 10;
const LONGEST: usize = 256;
/// `#x10ffff;`
const LONGEST_ENTITY: usize = 9;
/// Elements whose content nobody sees.
const UNSEEN: [&str; 4] = ["script", "style", "template", "noscript"];

/// The text as a reader sees it: no tags, no control characters, white space as one space, at most
/// 256 characters.
pub(super) fn plain(raw: &str) -> String {
    let raw = &raw[..raw.floor_char_boundary(LONGEST_RAW)];
    // Feeds carry HTML in XML: a tag can come to light when the first writing is undone.
    let once = Pieces(raw).map(unescape).collect::<Vec<_>>().join(" ");
    let twice = Pieces(&once).collect::<Vec<_>>();
    shorten(&squeeze(&twice.join(" ")))
}

/// The pieces of text between tags, in order, with entities undone; at most `most`, none empty.
pub(super) fn pieces(html: &str, most: usize) -> Vec<String> {
    let seen = Pieces(html).map(|piece| squeeze(&unescape(piece)));
    seen.filter(|text| !text.is_empty()).take(most).collect()
}

/// What stands between tags.
struct Pieces<'a>(&'a str);

impl<'a> Iterator for Pieces<'a> {
    type Item = &'a str;

    fn next(&mut self) -> Option<&'a str> {
        if self.0.is_empty() {
            return None;
        }
        let end = tag_start(self.0).unwrap_or(self.0.len());
        let (piece, rest) = self.0.split_at(end);
        self.0 = after_tag(rest);
        Some(piece)
    }
}

/// Where the next tag, comment or declaration begins. A `<` before anything else is text, except where
/// the text was cut behind it.
fn tag_start(text: &str) -> Option<usize> {
    let opens = |at: &usize| {
        let next = text.as_bytes().get(at + 1);
        next.is_none_or(|byte| byte.is_ascii_alphabetic() || matches!(byte, b'/' | b'!' | b'?'))
    };
    text.match_indices('<').map(|(at, _)| at).find(opens)
}

/// What follows the tag that `text` begins with, and its content where nobody sees that; a tag that
/// never ends takes the rest with it.
fn after_tag(text: &str) -> &str {
    if let Some(comment) = text.strip_prefix("<!--") {
        return comment.find("-->").map_or("", |end| &comment[end + 3..]);
    }
    let Some(end) = text.find('>') else { return "" };
    let (tag, rest) = text.split_at(end + 1);
    let name = tag[1..].split(|c: char| !c.is_ascii_alphanumeric()).next().unwrap_or_default();
    let Some(unseen) = UNSEEN.into_iter().find(|unseen| name.eq_ignore_ascii_case(unseen)) else {
        return rest;
    };
    closing(rest, unseen)
}

/// What follows the closing tag of an unseen element, that tag included.
fn closing<'a>(text: &'a str, name: &str) -> &'a str {
    let closes = |at: &usize| {
        let after = &text.as_bytes()[at + 2..];
        after.len() >= name.len() && after[..name.len()].eq_ignore_ascii_case(name.as_bytes())
    };
    text.match_indices("</").map(|(at, _)| at).find(closes).map_or("", |at| &text[at..])
}

/// The entities that status pages use; others stay as they are written.
fn unescape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let end = rest.bytes().skip(1).take(LONGEST_ENTITY).position(|byte| byte == b';');
        let name = end.map(|length| &rest[1..=length]);
        match name.and_then(|name| Some((name, entity(name)?))) {
            Some((name, c)) => {
                out.push(c);
                rest = &rest[name.len() + 2..];
            }
            None => {
                out.push('&');
                rest = &rest[1..];
            }
        }
    }
    out.push_str(rest);
    out
}

fn entity(name: &str) -> Option<char> {
    match name {
        "amp" => Some('&'),
        "lt" => Some('<'),
        "gt" => Some('>'),
        "quot" => Some('"'),
        "apos" => Some('\''),
        "nbsp" => Some(' '),
        "ndash" => Some('–'),
        "mdash" => Some('—'),
        _ => {
            let digits = name.strip_prefix('#')?;
            let code = match digits.strip_prefix(['x', 'X']) {
                Some(hex) => u32::from_str_radix(hex, 16).ok()?,
                None => digits.parse().ok()?,
            };
            char::from_u32(code)
        }
    }
}

fn squeeze(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_whitespace() {
            if !out.is_empty() && !out.ends_with(' ') {
                out.push(' ');
            }
        } else if !c.is_control() && !is_invisible(c) {
            out.push(c);
        }
    }
    out.truncate(out.trim_end().len());
    out
}

/// Characters without width, and those that turn the direction of what follows.
const fn is_invisible(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

fn shorten(text: &str) -> String {
    let short: String = text.chars().take(LONGEST).collect();
    short.trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_of_the_markup_is_left() {
        let cases = [
            ("All Systems Operational", "All Systems Operational"),
            ("<b>Remote</b> access is\r\n <i>down</i>", "Remote access is down"),
            ("a<script>alert('</b>')</script>b", "a b"),
            ("a<SCRIPT src=x>alert(1)", "a"),
            ("&lt;img src=x onerror=alert(1)&gt;gone", "gone"),
            ("&amp;lt;b&amp;gt;", "&lt;b&gt;"),
            ("1 < 2 & 3 &copy; 4", "1 < 2 & 3 &copy; 4"),
            ("<!-- All Systems Operational -->no", "no"),
            ("cut <a href='", "cut"),
            ("abc\u{202e}txt.exe", "abctxt.exe"),
            ("\u{1b}[31mred\u{7}&#27;[0m", "[31mred[0m"),
            ("&#x110000;&#xD800;", "&#x110000;&#xD800;"),
            ("[press](javascript:alert(1))", "[press](javascript:alert(1))"),
        ];
        for (raw, expected) in cases {
            assert_eq!(plain(raw), expected, "{raw}");
        }
    }

    #[test]
    fn is_bounded_before_and_after() {
        assert_eq!(plain(&"ä ".repeat(1_000_000)).chars().count(), 255);
        assert_eq!(plain(&"<b>".repeat(1_000_000)), "");
    }
}
