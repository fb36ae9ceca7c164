//! Answers to WS-Discovery in the shapes that devices send: a corpus with what is to be read from each,
//! every answer cut short at every byte, and every answer damaged.
//!
//! Beside each datagram in `tests/captures/discovery` stands a file with where its shape is known from,
//! what it tells, and what is read. `DEMARC_BLESS=1 cargo test -p demarc --test it discovery_answers`
//! writes what is read now, for a person to check.

use crate::captures::mutation;
use demarc_protocol::discovery::ws::{self, Kin, Match};
use std::fmt::Write as _;
use std::net::{IpAddr, Ipv4Addr};
use std::path::{Path, PathBuf};

const SENDER: IpAddr = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 7));

fn corpus() -> Vec<(PathBuf, Vec<u8>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/captures/discovery");
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<PathBuf> = entries.filter(|p| p.extension().is_some_and(|e| e == "xml")).collect();
    files.sort();
    files.into_iter().map(|path| (path.clone(), std::fs::read(path).unwrap())).collect()
}

fn told(bytes: &[u8]) -> String {
    let matches = match ws::parse_matches(bytes) {
        Ok(matches) => matches,
        Err(error) => return format!("error: {error}\n"),
    };
    let mut out = String::new();
    if matches.is_empty() {
        out.push_str("no match\n");
    }
    for found in matches {
        let service = found.service(SENDER);
        writeln!(out, "{found:#?}\n{service:#?}").unwrap();
    }
    out
}

#[test]
fn every_answer_of_the_corpus_reads_as_written_down() {
    let answers = corpus();
    assert!(answers.len() >= 25, "{}", answers.len());
    let mut wrong = Vec::new();
    for (path, bytes) in &answers {
        let expected = path.with_extension("expected");
        let written = std::fs::read_to_string(&expected).unwrap();
        let (tells, rest) = written.split_once('\n').unwrap();
        let (shape, _) = tells.split_once(": ").unwrap_or_else(|| panic!("{}: no shape", expected.display()));
        assert!(["recorded", "documented", "reported", "made"].contains(&shape), "{}", expected.display());
        let read = told(bytes);
        if std::env::var_os("DEMARC_BLESS").is_some() {
            std::fs::write(&expected, format!("{tells}\n{read}")).unwrap();
        } else if rest != read {
            wrong.push(format!("{}:\n{read}", path.display()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Half an answer is refused, or nothing of what it says is missing.
#[test]
fn an_answer_cut_at_any_byte_is_no_half_truth() {
    for (path, bytes) in corpus() {
        let whole = told(&bytes);
        for cut in 0..bytes.len() {
            let read = told(&bytes[..cut]);
            assert!(read == whole || read.starts_with("error: "), "{} cut at {cut}:\n{read}", path.display());
        }
    }
}

#[test]
fn no_damage_leads_anybody_elsewhere() {
    for (number, (path, bytes)) in corpus().iter().enumerate() {
        for round in 0..200 {
            let damaged = mutation::damage(bytes, number as u64 * 1_000 + round);
            let Ok(matches) = ws::parse_matches(&damaged) else { continue };
            for found in matches {
                let Some(service) = found.service(SENDER) else { continue };
                let fit = service.path.starts_with('/') && service.path.bytes().all(|b| b.is_ascii_graphic());
                assert!(fit && service.path.len() <= 200, "{}: {service:?}", path.display());
            }
        }
    }
}

/// As large as a datagram can be, and made to hurt.
#[test]
fn hostile_datagrams_are_read_within_bounds() {
    for (name, body) in mutation::hostile(65_507) {
        let began = std::time::Instant::now();
        let matches = ws::parse_matches(&body).unwrap_or_default();
        assert!(began.elapsed() < std::time::Duration::from_secs(5), "{name} takes {:?}", began.elapsed());
        assert_eq!(matches, [], "{name}");
    }
    let scopes = "onvif://www.onvif.org/location/x ".repeat(1_900);
    let crowd = format!("<E><ProbeMatch><Scopes>{scopes}</Scopes></ProbeMatch></E>");
    let matches: Vec<Match> = ws::parse_matches(crowd.as_bytes()).unwrap();
    assert_eq!((matches[0].kin, matches[0].scopes.locations.len()), (Kin::Onvif, 256));
}
