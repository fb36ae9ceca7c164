//! `param.cgi`: settings as lines of text.

use super::VapixError;
use crate::request::Request;

const MOST_LINES: usize = 20_000;

/// Settings of a camera, and what it could not give.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Params {
    /// Names without the `root.` that some versions leave out.
    pub values: Vec<(String, String)>,
    pub errors: Vec<String>,
}

impl Params {
    pub fn get(&self, name: &str) -> Option<&str> {
        self.values.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }
}

/// Groups are names like `Brand` or `Properties.Firmware`; other characters are left out.
pub fn param_list_request(groups: &[&str]) -> Request {
    let clean = |group: &&str| -> String {
        group.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '.').collect()
    };
    let list: Vec<String> = groups.iter().map(clean).collect();
    Request::get(&format!("/axis-cgi/param.cgi?action=list&group={}", list.join("%2C")))
}

/// # Errors
/// A line is neither `name=value` nor a comment: the answer is something else.
pub fn parse_params(bytes: &[u8]) -> Result<Params, VapixError> {
    // Latin-1 on real cameras, whatever the header says.
    let text: String = bytes.iter().map(|byte| char::from(*byte)).collect();
    let mut params = Params::default();
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty()).take(MOST_LINES) {
        if let Some(comment) = line.strip_prefix('#') {
            params.errors.push(comment.trim().to_owned());
            continue;
        }
        let (name, value) = line.split_once('=').ok_or(VapixError::Params)?;
        if name.contains(['<', ' ']) {
            return Err(VapixError::Params);
        }
        params.values.push((name.strip_prefix("root.").unwrap_or(name).to_owned(), value.to_owned()));
    }
    Ok(params)
}
