//! The one description of every configuration key: its kind, its default, and what it is for.
//!
//! Reading, the check for unknown keys, the JSON Schema, the reference page and the sample file all
//! follow this description; a key that is not here does not exist.

pub(crate) mod profile;
pub(crate) mod site;

/// One table of a file, and the keys it may hold.
#[derive(Debug)]
pub(crate) struct Section {
    /// The dotted path; empty for the top of the file.
    pub path: &'static str,
    pub form: Form,
    /// The value of `type` to which these keys belong, where a table comes in several shapes.
    pub variant: Option<&'static str>,
    pub doc: &'static str,
    pub keys: &'static [Key],
}

/// How often a section may stand in the configuration.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    /// `[path]`
    One,
    /// `[[path]]`
    Many,
}

#[derive(Debug)]
pub(crate) struct Key {
    pub name: &'static str,
    pub kind: Kind,
    pub fallback: Fallback,
    pub doc: &'static str,
}

/// What a value must be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Id,
    Text,
    /// A host name or an address.
    Host,
    /// An address, or one of these words.
    Address(&'static [&'static str]),
    /// An address with or without a port, or one of these words.
    Server(&'static [&'static str]),
    Port,
    /// Within these bounds, in milliseconds.
    Duration {
        least_ms: u64,
        most_ms: u64,
    },
    Integer {
        least: u32,
        most: u32,
    },
    Choice(&'static [&'static str]),
    Flag,
    /// `"auto"`, `true` or `false`.
    AutoFlag,
    /// Begins with one of these schemes.
    Url(&'static [&'static str]),
    /// The path of a URL, or one of these words.
    UrlPath(&'static [&'static str]),
    File,
    Secret,
    Texts,
    MailAddress,
}

/// What holds when a key is not set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fallback {
    /// Nothing: the key must be set. The example is TOML.
    Required(&'static str),
    /// Nothing, and that is fine. The example is TOML.
    Absent(&'static str),
    Text(&'static str),
    Texts(&'static [&'static str]),
    Number(u32),
    Flag(bool),
}

pub(crate) const fn key(name: &'static str, kind: Kind, fallback: Fallback, doc: &'static str) -> Key {
    Key { name, kind, fallback, doc }
}

impl Section {
    pub(crate) fn key(&self, name: &str) -> Option<&'static Key> {
        self.keys.iter().find(|key| key.name == name)
    }

    /// As it is written in a file: `[site]`, `[[camera]]`.
    pub(crate) fn header(&self) -> String {
        match self.form {
            Form::One => format!("[{}]", self.path),
            Form::Many => format!("[[{}]]", self.path),
        }
    }
}

impl Key {
    /// The default as TOML.
    pub(crate) fn default_literal(&self) -> Option<String> {
        match self.fallback {
            Fallback::Required(_) | Fallback::Absent(_) => None,
            Fallback::Text(text) => Some(quoted(text)),
            Fallback::Texts(texts) => Some(serde_json::json!(texts).to_string().replace("\",\"", "\", \"")),
            Fallback::Number(number) => Some(number.to_string()),
            Fallback::Flag(flag) => Some(flag.to_string()),
        }
    }

    /// A valid value as TOML: the default, or the example where there is none.
    pub(crate) fn literal(&self) -> String {
        match self.fallback {
            Fallback::Required(example) | Fallback::Absent(example) => example.to_owned(),
            Fallback::Text(_) | Fallback::Texts(_) | Fallback::Number(_) | Fallback::Flag(_) => {
                self.default_literal().unwrap_or_default()
            }
        }
    }
}

impl Kind {
    /// The values it takes, as a phrase: "a port number, 1 to 65535".
    pub(crate) fn phrase(self) -> String {
        match self {
            Self::Id => "an id: at most 64 of a-z, A-Z, 0-9, `-`, `_` and `.`".into(),
            Self::Text => "text".into(),
            Self::Host => "a host name or an IP address".into(),
            Self::Address(words) => format!("{}an IP address", or_words(words)),
            Self::Server(words) => format!("{}an IP address, with or without a port", or_words(words)),
            Self::Port => "a port number, 1 to 65535".into(),
            Self::Duration { least_ms, most_ms } => format!(
                "a duration from {} to {}",
                super::duration::text(least_ms),
                super::duration::text(most_ms)
            ),
            Self::Integer { least, most } => format!("a whole number from {least} to {most}"),
            Self::Choice(words) => {
                let (last, others) = words.split_last().expect("a choice has words");
                format!("{}\"{last}\"", or_words(others))
            }
            Self::Flag => "true or false".into(),
            Self::AutoFlag => "\"auto\", true or false".into(),
            Self::Url(schemes) => format!("a URL that begins with {}", schemes.join(":// or ") + "://"),
            Self::UrlPath(words) => format!("{}a path that begins with `/`", or_words(words)),
            Self::File => "a file name".into(),
            Self::Secret => "a table with one of `file`, `env`, `credential`".into(),
            Self::Texts => "a list of texts".into(),
            Self::MailAddress => "a mail address".into(),
        }
    }
}

fn or_words(words: &[&str]) -> String {
    words.iter().map(|word| format!("\"{word}\" or ")).collect()
}

/// Text as a TOML basic string on one line, whose escapes are those of JSON.
pub(crate) fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// The candidate that was most likely meant, when one is near enough.
pub(crate) fn nearest<'a>(wrong: &str, candidates: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let lower = wrong.to_lowercase().replace('_', "-");
    let allowed = 1 + wrong.chars().count() / 4;
    candidates
        .map(|candidate| (strsim::damerau_levenshtein(&lower, &candidate.to_lowercase()), candidate))
        .filter(|(distance, _)| *distance <= allowed)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nearest_finds_slips_and_leaves_strangers_alone() {
        let known = ["address", "account", "rtsp-port", "port"];
        let cases = [
            ("adress", Some("address")),
            ("acount", Some("account")),
            ("rtsp_port", Some("rtsp-port")),
            ("Port", Some("port")),
            ("colour", None),
            ("", None),
        ];
        for (wrong, expected) in cases {
            assert_eq!(nearest(wrong, known.into_iter()), expected, "{wrong:?}");
        }
    }
}
