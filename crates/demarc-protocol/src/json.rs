//! JSON from strangers: bounded before it is built.

use serde::de::DeserializeOwned;

/// Why an answer could not be read as JSON.
#[derive(Debug, thiserror::Error)]
pub enum JsonError {
    #[error("nested deeper than {DEEPEST} levels")]
    TooDeep,
    #[error("more than {MOST_NODES} values")]
    TooMany,
    #[error("not the JSON expected")]
    Shape(#[source] serde_json::Error),
}

const DEEPEST: usize = 64;
const MOST_NODES: usize = 50_000;

pub(crate) fn read<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, JsonError> {
    check_size(bytes)?;
    serde_json::from_slice(bytes).map_err(JsonError::Shape)
}

/// Counts brackets and separators outside strings; on text that is not JSON the counts are
/// meaningless and the reader says so.
fn check_size(bytes: &[u8]) -> Result<(), JsonError> {
    let (mut depth, mut nodes) = (0_usize, 1_usize);
    let mut rest = bytes.iter();
    while let Some(byte) = rest.next() {
        match byte {
            b'"' => skip_string(&mut rest),
            b'{' | b'[' => (depth, nodes) = (depth + 1, nodes + 1),
            b'}' | b']' => depth = depth.saturating_sub(1),
            b',' => nodes += 1,
            _ => {}
        }
        if depth > DEEPEST {
            return Err(JsonError::TooDeep);
        }
        if nodes > MOST_NODES {
            return Err(JsonError::TooMany);
        }
    }
    Ok(())
}

fn skip_string(rest: &mut std::slice::Iter<'_, u8>) {
    while let Some(byte) = rest.next() {
        match byte {
            b'\\' => _ = rest.next(),
            b'"' => return,
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verdict(text: &str) -> &'static str {
        match read::<serde_json::Value>(text.as_bytes()) {
            Ok(_) => "read",
            Err(JsonError::TooDeep) => "too deep",
            Err(JsonError::TooMany) => "too many",
            Err(JsonError::Shape(_)) => "not json",
        }
    }

    #[test]
    fn is_bounded_in_depth_and_number() {
        let nested = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
        let cases = [
            (nested(64), "read"),
            (nested(65), "too deep"),
            ("[".repeat(1_000_000), "too deep"),
            (format!("[{}0]", "0,".repeat(49_997)), "read"),
            (format!("[{}0]", "0,".repeat(50_000)), "too many"),
            (r#""brackets in text [[[[ \" [[[""#.to_owned(), "read"),
            ("<html>".to_owned(), "not json"),
            (String::new(), "not json"),
        ];
        for (text, expected) in cases {
            assert_eq!(verdict(&text), expected, "{}", &text[..text.len().min(40)]);
        }
    }
}
