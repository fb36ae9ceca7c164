//! The form of a file in `tests/captures`: TOML, our request and the answer, parted by lines of `---`.

use demarc_protocol::request::Request;
use std::path::{Path, PathBuf};

pub(super) struct Exchange {
    pub(super) name: String,
    pub(super) head: Head,
    /// Our request as it is written in the file.
    pub(super) asked: String,
    pub(super) answer: Answer,
    path: PathBuf,
    /// The answer's bytes in the file.
    tail: Vec<u8>,
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Head {
    pub(super) vendor: String,
    pub(super) model: String,
    pub(super) firmware: String,
    pub(super) call: String,
    pub(super) shape: Origin,
    /// What the exchange is there for.
    pub(super) tells: String,
    /// The typed result, or `error: ` and what it says.
    pub(super) expect: String,
}

/// Where the shape of the answer is known from; the values are ours in every case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Origin {
    /// Others recorded it from a device or a server.
    Recorded,
    /// The vendor or the standard describes it.
    Documented,
    /// Somebody wrote of it, or writes programs that read it.
    Reported,
    /// Nobody has seen it: ours, to see what happens.
    Made,
}

#[derive(Clone)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) headers: Vec<(String, String)>,
    pub(super) body: Vec<u8>,
}

impl Exchange {
    pub(super) fn read(path: &Path) -> Self {
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        let bytes = std::fs::read(path).unwrap();
        let (head, rest) = part(&bytes).unwrap_or_else(|| panic!("{name}: no line --- after the head"));
        let (asked, tail) = part(rest).unwrap_or_else(|| panic!("{name}: no line --- after the request"));
        let head: Head = toml::from_str(std::str::from_utf8(head).unwrap())
            .unwrap_or_else(|error| panic!("{name}: {error}"));
        Self {
            answer: Answer::read(tail).unwrap_or_else(|| panic!("{name}: no answer")),
            asked: String::from_utf8(asked.to_vec()).unwrap().trim().to_owned(),
            tail: tail.to_vec(),
            path: path.to_owned(),
            name,
            head,
        }
    }

    /// Puts what is asked and read now into the file.
    pub(super) fn write(&self, asked: &str, read: &str) {
        let Head { vendor, model, firmware, call, shape, tells, expect: _ } = &self.head;
        let shape = format!("{shape:?}").to_lowercase();
        let quoted = |text: &str| toml::Value::String(text.to_owned()).to_string();
        let mut bytes = format!(
            "vendor = {}\nmodel = {}\nfirmware = {}\ncall = {}\nshape = {}\ntells = {}\nexpect = '''\n{read}\n'''\n---\n{asked}\n---\n",
            quoted(vendor), quoted(model), quoted(firmware), quoted(call), quoted(&shape), quoted(tells)
        )
        .into_bytes();
        bytes.extend(&self.tail);
        std::fs::write(&self.path, bytes).unwrap();
    }
}

/// What stands before and after the first line that is `---`.
fn part(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let at = bytes.windows(5).position(|five| five == b"\n---\n")?;
    Some((bytes.get(..=at)?, bytes.get(at + 5..)?))
}

impl Answer {
    /// Lines of the head may end in CR LF; the body is all that follows the empty line, byte by byte.
    fn read(bytes: &[u8]) -> Option<Self> {
        let mut rest = bytes;
        let mut line = || {
            let at = rest.iter().position(|byte| *byte == b'\n')?;
            let (line, after) = rest.split_at(at);
            rest = after.get(1..)?;
            Some(String::from_utf8_lossy(line).trim_end().to_owned())
        };
        let status = line()?.split(' ').nth(1)?.parse().ok()?;
        let mut headers = Vec::new();
        loop {
            let header = line()?;
            if header.is_empty() {
                return Some(Self { status, headers, body: rest.to_vec() });
            }
            let (name, value) = header.split_once(':')?;
            headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
        }
    }

    pub(super) fn values(&self, name: &str) -> impl Iterator<Item = &[u8]> {
        self.headers.iter().filter(move |(key, _)| key == name).map(|(_, value)| value.as_bytes())
    }

    pub(super) fn value(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }
}

/// A request as it goes over the wire, without what the client adds.
pub(super) fn render(request: &Request) -> String {
    let mut text = format!("{} {} HTTP/1.1\n", request.method.name(), request.target);
    if let Some(kind) = &request.content_type {
        text.push_str(&format!("Content-Type: {kind}\n"));
    }
    for (name, value) in &request.headers {
        text.push_str(&format!("{name}: {value}\n"));
    }
    text.push_str(&format!("\n{}", request.body));
    text.trim().to_owned()
}
