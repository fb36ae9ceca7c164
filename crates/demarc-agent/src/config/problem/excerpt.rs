//! The line that a problem stands on, fit to be shown.

use super::{Place, Source, Spot};

/// Characters of a line that are shown, and how many of them before the stretch when it lies far right.
const LONGEST: usize = 110;
const BEFORE: usize = 40;

/// Line and column, both from 1.
pub(super) fn position(source: &Source, at: Place) -> (usize, usize) {
    let start = floor_char(&source.text, at.start);
    let line = source.lines.partition_point(|begin| *begin <= start);
    (line, source.text[source.lines[line - 1]..start].chars().count() + 1)
}

pub(super) fn spot(source: &Source, at: Place) -> Spot {
    let text = source.text.as_str();
    let start = floor_char(text, at.start);
    let end = floor_char(text, at.end).max(start);
    let (number, column) = position(source, at);
    let (above, from_line) = text.split_at(source.lines[number - 1]);
    let line = from_line.lines().next().unwrap_or_default();
    let before = column - 1;
    let skipped = if before + BEFORE > LONGEST { before - BEFORE } else { 0 };
    let indent = before - skipped;
    let marked = text[start..end].lines().next().unwrap_or_default().chars().count();
    Spot {
        line: number,
        column,
        width: marked.clamp(1, LONGEST - indent),
        text: if is_inside_text(above) { stars(line) } else { masked(line) }
            .chars()
            .skip(skipped)
            .take(LONGEST)
            .collect(),
        indent,
    }
}

/// Whether a text over several lines is open, which may be a password.
fn is_inside_text(above: &str) -> bool {
    ["\"\"\"", "\'\'\'"].into_iter().any(|quotes| above.matches(quotes).count() % 2 == 1)
}

fn stars(text: &str) -> String {
    "*".repeat(text.chars().count())
}

fn floor_char(text: &str, index: usize) -> usize {
    (0..=index.min(text.len())).rev().find(|i| text.is_char_boundary(*i)).unwrap_or(0)
}

/// The line with everything hidden that might be a password or a signing secret, at the same length.
///
/// Works on the bare line, because a file with a missing quote has no values yet, and on keys that
/// merely look like a secret's, because the key may be what is misspelt.
fn masked(line: &str) -> String {
    let line = line.replace(|c: char| c.is_control(), " ");
    let secret = line.match_indices('=').find(|(equals, _)| is_secret_key(&line[..*equals]));
    let Some((equals, _)) = secret else { return line };
    let (shown, value) = line.split_at(equals + 1);
    if is_reference(value) {
        return line;
    }
    let hidden = value.trim_start();
    format!("{shown}{}{}", &value[..value.len() - hidden.len()], stars(hidden))
}

fn is_secret_key(before_equals: &str) -> bool {
    let key = before_equals.trim_end().trim_end_matches(['"', '\'']);
    let begin = key.rfind(|c: char| !c.is_alphanumeric() && c != '-' && c != '_').map_or(0, |i| i + 1);
    let key = key.get(begin..).unwrap_or(key).to_lowercase();
    ["pass", "pwd", "secret", "token"].into_iter().any(|word| key.contains(word))
        || ["password", "secret"]
            .into_iter()
            .any(|word| strsim::normalized_damerau_levenshtein(&key, word) >= 0.65)
}

/// `{ file = "…" }` and nothing after it.
fn is_reference(value: &str) -> bool {
    let inner = value.trim().strip_prefix('{').and_then(|rest| rest.strip_suffix('}'));
    let Some((key, text)) = inner.and_then(|inner| inner.split_once('=')) else { return false };
    let text = text.trim();
    ["file", "env", "credential"].contains(&key.trim())
        && text.len() >= 2
        && text.starts_with('"')
        && text.ends_with('"')
        && text.matches('"').count() == 2
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hides_what_may_be_a_password() {
        let cases = [
            (r#"address = "10.0.0.1""#, r#"address = "10.0.0.1""#),
            (r#"password = "hunter2""#, r#"password = *********"#),
            (r#"pasword="hunter2""#, r#"pasword=*********"#),
            (r#""password" = "hunter2"#, r#""password" = ********"#),
            (r#"sercet = 'x'"#, r#"sercet = ***"#),
            (r#"password = { file = "a" }"#, r#"password = { file = "a" }"#),
            (r#"password = { plain = "hunter2" }"#, r#"password = *********************"#),
            (r#"password = { file = "a", x = "b" }"#, r#"password = ***********************"#),
            (
                r#"account = [{ name = "a", password = "b c" }]"#,
                r#"account = [{ name = "a", password = ********"#,
            ),
            ("password", "password"),
            (r#"segment = "floor-a""#, r#"segment = "floor-a""#),
            ("\tid = 1", " id = 1"),
        ];
        for (line, expected) in cases {
            assert_eq!(masked(line), expected);
        }
    }

    fn spot_in(text: &str, start: usize, end: usize) -> Spot {
        let mut ledger = super::super::Ledger::default();
        let file = ledger.add(std::path::PathBuf::new(), text.to_owned());
        spot(&ledger.sources[file], Place { file, start, end })
    }

    #[test]
    fn shows_the_surroundings_on_a_long_line() {
        let line = format!("{}WRONG{}", "a".repeat(500), "b".repeat(500));
        let text = format!("x\n{line}\ny");
        let expected = Spot {
            line: 2,
            column: 501,
            width: 5,
            text: format!("{}WRONG{}", "a".repeat(40), "b".repeat(65)),
            indent: 40,
        };
        assert_eq!(spot_in(&text, 502, 507), expected);
    }

    #[test]
    fn counts_characters_and_stays_inside_the_text() {
        let spot_of = |text, start, end| {
            let Spot { line, column, width, text, .. } = spot_in(text, start, end);
            (line, column, width, text)
        };
        assert_eq!(spot_of("ä = ö", 5, 7), (1, 5, 1, "ä = ö".into()));
        assert_eq!(spot_of("p = \"\"\"\nab", 8, 9), (2, 1, 1, "**".into()));
        assert_eq!(spot_of("a\nbc", 2, 99), (2, 1, 2, "bc".into()));
        assert_eq!(spot_of("a\n", 2, 2), (2, 1, 1, String::new()));
        assert_eq!(spot_of("", 7, 9), (1, 1, 1, String::new()));
    }
}
