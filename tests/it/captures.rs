//! Recorded and invented exchanges with cameras, each held to the types that its parser gives.
//!
//! An exchange is a file in `tests/captures`: who answered, our request, the answer, and what must be
//! read from it. `DEMARC_BLESS=1 cargo test -p demarc --test it captures` writes what is read now into
//! the files, for a person to check.

#![expect(clippy::print_stdout, reason = "tells how many exchanges and fields were read")]

mod calls;
mod exchange;
pub(crate) mod mutation;

use calls::{CALLS, Call};
use exchange::Exchange;
use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

fn files() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/captures");
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<PathBuf> = entries.filter(|p| p.extension().is_some_and(|e| e == "http")).collect();
    files.sort();
    files
}

fn exchanges() -> Vec<Exchange> {
    files().iter().map(|file| Exchange::read(file)).collect()
}

fn call_of(exchange: &Exchange) -> &'static Call {
    let call = CALLS.iter().find(|call| call.name == exchange.head.call);
    call.unwrap_or_else(|| panic!("{}: there is no call {:?}", exchange.name, exchange.head.call))
}

/// A line of a result that gives a field its value, or is the whole result.
fn fields(text: &str) -> Vec<&str> {
    let lines = text.lines().map(str::trim);
    let plain = lines.filter(|line| !matches!(line.trim_end_matches(','), "[" | "]" | "{" | "}" | "(" | ")"));
    plain.filter(|line| !line.ends_with(['{', '[', '('])).collect()
}

#[test]
fn every_exchange_is_read_to_its_types() {
    let bless = std::env::var_os("DEMARC_BLESS").is_some();
    let (mut count, mut exact, mut wanted) = (0, 0, 0);
    let mut report = String::new();
    for exchange in exchanges() {
        let call = call_of(&exchange);
        let (asked, read) = (exchange::render(&(call.ask)()), (call.read)(&exchange.answer));
        if bless {
            exchange.write(&asked, &read);
            continue;
        }
        let expected = exchange.head.expect.trim();
        let (mine, theirs) = (fields(read.trim()), fields(expected));
        count += 1;
        wanted += theirs.len();
        exact += theirs.iter().zip(&mine).filter(|(a, b)| a == b).count();
        if read.trim() != expected {
            writeln!(report, "{}: is read as\n{read}\nand should be\n{expected}", exchange.name).unwrap();
        }
        if asked != exchange.asked {
            writeln!(report, "{}: asks\n{asked}\nand should ask\n{}", exchange.name, exchange.asked).unwrap();
        }
    }
    println!("{count} exchanges; {exact} of {wanted} fields exact, of which 99 % must be");
    assert!(report.is_empty(), "{report}");
    assert!(bless || (count >= 120 && exact * 100 >= wanted * 99), "{count} exchanges, {exact} of {wanted}");
}

#[test]
fn every_parser_has_exchanges_good_and_bad() {
    let exchanges = exchanges();
    for call in CALLS {
        let own: Vec<&Exchange> = exchanges.iter().filter(|e| e.head.call == call.name).collect();
        assert!(!own.is_empty(), "no exchange shows {:?}", call.name);
    }
    let vendors: BTreeSet<&str> = exchanges.iter().map(|e| e.head.vendor.as_str()).collect();
    for vendor in ["Axis", "Hikvision", "Dahua", "Hanwha", "Reolink"] {
        assert!(vendors.contains(vendor), "no exchange with {vendor}");
    }
    let refused = exchanges.iter().filter(|e| e.head.expect.starts_with("error: ")).count();
    assert!(refused >= 30, "only {refused} exchanges show answers that are none");
}

/// Nothing in an exchange leads to a device that exists.
#[test]
fn exchanges_name_documentation_addresses_and_no_others() {
    for (file, exchange) in files().iter().zip(exchanges()) {
        let text = String::from_utf8_lossy(&std::fs::read(file).unwrap()).into_owned();
        for private in ["192.168.", "://10.", ">10.", "\"10.0.", "172.16."] {
            assert!(!text.contains(private), "{}: an address that somebody has: {private}", exchange.name);
        }
        assert!(!exchange.head.tells.is_empty() && !exchange.head.model.is_empty(), "{}", exchange.name);
    }
}

/// A camera is only ever asked.
#[test]
fn no_request_changes_a_camera() {
    const CHANGES: [&str; 9] =
        ["set", "update", "reboot", "restart", "format", "remove", "add", "factorydefault", "activate"];
    for call in CALLS {
        let request = (call.ask)();
        let text = format!("{} {}", request.target, request.body);
        let words: Vec<&str> = text.split(|c: char| !c.is_ascii_alphanumeric()).collect();
        let changes =
            |word: &&&str| CHANGES.contains(&word.to_ascii_lowercase().as_str()) || word.starts_with("Set");
        let changing: Vec<_> = words.iter().filter(changes).collect();
        assert!(changing.is_empty(), "{}: {changing:?}", request.target);
    }
}

/// Half an answer is never taken for a whole one: it is refused, or nothing of it is missing.
#[test]
fn an_answer_cut_at_any_byte_is_no_half_truth() {
    for exchange in exchanges() {
        let call = call_of(&exchange);
        let whole = (call.read)(&exchange.answer);
        for cut in 0..exchange.answer.body.len() {
            let mut short = exchange.answer.clone();
            short.body.truncate(cut);
            let read = (call.read)(&short);
            let honest = !call.shape.is_closed() || read == whole || read.starts_with("error: ");
            assert!(honest, "{} cut at {cut} is read as\n{read}", exchange.name);
        }
    }
}

#[test]
fn no_damage_brings_a_parser_down() {
    let exchanges = exchanges();
    for (number, exchange) in exchanges.iter().enumerate() {
        for round in 0..12 {
            let mut damaged = exchange.answer.clone();
            damaged.body = mutation::damage(&exchange.answer.body, number as u64 * 1000 + round);
            for call in CALLS {
                let read = (call.read)(&damaged);
                let bound = 100 * damaged.body.len() + 10_000;
                assert!(read.len() <= bound, "{} by {}: {} bytes", exchange.name, call.name, read.len());
            }
        }
    }
}

/// Bodies made to hurt, as large as the client lets through for some, and large for all.
#[test]
fn hostile_answers_are_refused_within_bounds() {
    const ONE_OF_EACH_KIND: [&str; 4] =
        ["axis systemready", "axis parameters", "onvif scopes", "dahua storage"];
    let read_all = || {
        for (name, body) in mutation::hostile(1 << 20) {
            CALLS
                .iter()
                .filter(|call| ONE_OF_EACH_KIND.contains(&call.name))
                .for_each(|c| bear(c, name, &body));
        }
        for (name, body) in mutation::hostile(1 << 16) {
            CALLS.iter().for_each(|call| bear(call, name, &body));
        }
    };
    // A quarter of what a thread usually has.
    let small = std::thread::Builder::new().stack_size(512 * 1024).spawn(read_all).unwrap();
    small.join().unwrap();
}

fn bear(call: &Call, name: &str, body: &[u8]) {
    let answer = exchange::Answer { status: 200, headers: vec![], body: body.to_vec() };
    let began = Instant::now();
    let read = (call.read)(&answer);
    let took = began.elapsed();
    assert!(took < Duration::from_secs(20), "{name} keeps {} for {took:?}", call.name);
    assert!(read.len() <= 16 * body.len() + 10_000, "{name} swells to {} bytes in {}", read.len(), call.name);
}
