//! The only way to the terminal: styled where it shows styles, plain where it is piped, and quiet
//! when the reader has gone.

use std::io::{self, Write as _};

/// The narrowest and the widest text: below, lines wrap badly; above, eyes do not find the next line.
const NARROWEST: usize = 50;
const WIDEST: usize = 100;
const DEFAULT: usize = 80;

/// Prints as it stands. A closed pipe ends the program's output, not the program.
pub(crate) fn print(text: &str) -> io::Result<()> {
    let mut out = anstream::stdout().lock();
    let result = out.write_all(text.as_bytes()).and_then(|()| out.flush());
    match result {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        other => other,
    }
}

pub(crate) fn line(text: &str) -> io::Result<()> {
    print(&format!("{text}\n"))
}

/// Prints an error on standard error.
pub(crate) fn complain(text: &str) {
    let mut err = anstream::stderr().lock();
    // Nowhere is left to complain when standard error is closed.
    let _ = writeln!(err, "demarc: {text}");
}

/// Shows on standard error, where somebody watches, a line that the next one takes the place of.
pub(crate) fn progress(text: &str) {
    let mut err = anstream::stderr().lock();
    let room = width() - 1;
    let text: String = text.chars().take(room).collect();
    // How far it is matters to nobody whose terminal has gone.
    let _ = write!(err, "\r{text:<room$}\r").and_then(|()| err.flush());
}

/// How many columns text may use.
pub(crate) fn width() -> usize {
    let columns = terminal_size::terminal_size().map(|(width, _)| usize::from(width.0));
    columns.unwrap_or(DEFAULT).clamp(NARROWEST, WIDEST)
}

/// Breaks text into lines of at most `width` characters, between words.
pub(crate) fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = String::new();
    let mut length = 0;
    for word in text.split_whitespace() {
        let own = word.chars().count();
        if length > 0 && length + 1 + own > width {
            lines.push(std::mem::take(&mut line));
            length = 0;
        }
        if length > 0 {
            line.push(' ');
            length += 1;
        }
        line.push_str(word);
        length += own;
    }
    if !line.is_empty() || lines.is_empty() {
        lines.push(line);
    }
    lines
}

/// A label and text beside it, wrapped under itself.
pub(crate) fn labelled(label: &str, text: &str, indent: usize, column: usize) -> String {
    let pad = " ".repeat(indent);
    let room = width().saturating_sub(indent + column).max(20);
    let mut out = String::new();
    for (at, part) in wrap(text, room).into_iter().enumerate() {
        let label = if at == 0 { label } else { "" };
        out.push_str(&format!("{pad}{label:<column$}{part}\n"));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wraps_between_words_and_keeps_long_ones_whole() {
        assert_eq!(wrap("one two three", 7), ["one two", "three"]);
        assert_eq!(wrap("ä-very-long-word x", 4), ["ä-very-long-word", "x"]);
        assert_eq!(wrap("", 10), [""]);
    }
}
