//! Answers of lines `name=value`, as text interfaces of several vendors give them.

/// The lines in their order.
#[derive(Debug)]
pub(crate) struct Pairs {
    /// Name and value, without blanks around them.
    pub(crate) values: Vec<(String, String)>,
    /// Lines without `=`.
    pub(crate) other: Vec<String>,
}

const MOST_LINES: usize = 20_000;

/// `None` for bytes that are a page or no text at all.
///
/// Bytes that are not UTF-8 are read as Latin-1, which older devices send.
pub(crate) fn read(bytes: &[u8]) -> Option<Pairs> {
    if bytes.contains(&0) || bytes.trim_ascii_start().starts_with(b"<") {
        return None;
    }
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        Err(_) => bytes.iter().map(|byte| char::from(*byte)).collect(),
    };
    let mut pairs = Pairs { values: Vec::new(), other: Vec::new() };
    let lines = text.split(['\r', '\n']).map(str::trim).filter(|line| !line.is_empty());
    for line in lines.take(MOST_LINES) {
        match line.split_once('=') {
            Some((name, value)) => pairs.values.push((name.trim().to_owned(), value.trim().to_owned())),
            None => pairs.other.push(line.to_owned()),
        }
    }
    Some(pairs)
}

impl Pairs {
    /// The first value of that name, unless it is empty.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        let value = self.values.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str());
        value.filter(|value| !value.is_empty())
    }
}
