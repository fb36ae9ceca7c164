//! Status pages in the shapes that vendors publish: a corpus with what is to be read from each, every
//! page cut short at every byte, and every page with bytes changed.

use demarc_protocol::statuspage::{self, Incident, Level, Moment, Page, Stage};
use std::collections::BTreeSet;
use std::error::Error as _;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

/// 2022-02-21T18:00:00Z, when all pages of the corpus are read.
const NOW_MS: i64 = 1_645_466_400_000;

#[test]
fn every_page_of_the_corpus_reads_as_written_down() {
    let pages = corpus();
    assert!(pages.len() >= 60, "{}", pages.len());
    let mut wrong = Vec::new();
    for (path, bytes) in &pages {
        let read = told(bytes);
        let expected = path.with_extension("expected");
        if std::env::var_os("DEMARC_BLESS").is_some() {
            std::fs::write(&expected, &read).unwrap();
        }
        let written = std::fs::read_to_string(&expected).unwrap_or_default();
        if written != read {
            wrong.push(format!("{}:\n{read}", path.display()));
        }
    }
    assert_eq!(
        wrong,
        Vec::<String>::new(),
        "DEMARC_BLESS=1 cargo test -p demarc --test it status_pages writes them anew"
    );
}

#[test]
fn every_form_is_in_the_corpus_in_good_and_in_bad_days() {
    let read: Vec<Page> =
        corpus().iter().filter_map(|(_, bytes)| statuspage::read(bytes, NOW_MS).ok()).collect();
    for format in statuspage::Format::ALL {
        let own = || read.iter().filter(|page| page.format == format);
        let words: BTreeSet<Level> = own().map(|page| page.overall).collect();
        assert!(words.len() >= 3, "{}: {words:?}", format.name());
        let marked = own().any(Page::is_out_of_time);
        let dated = own().any(|page| !page.incidents.is_empty() && format != statuspage::Format::Html);
        assert_eq!(marked, dated, "{}: no time that cannot be", format.name());
    }
}

#[test]
fn a_page_cut_short_says_of_nothing_that_it_works() {
    for (path, bytes) in corpus() {
        let end = bytes.trim_ascii_end().len();
        // Of a page for people the end is the end of its body.
        let text = String::from_utf8_lossy(&bytes).to_ascii_lowercase();
        let end = text.find("</body>").map_or(end, |at| at.min(end));
        // Long pages are of the same kind all over.
        for cut in (0..end).step_by(1 + end / 5_000) {
            let Ok(page) = statuspage::read(&bytes[..cut], NOW_MS) else { continue };
            assert!(!says_well(&page), "{} cut at {cut}: {page:?}", path.display());
        }
    }
}

#[test]
fn no_change_of_bytes_brings_a_reader_down() {
    let mut random = 0x9e37_79b9_7f4a_7c15_u64;
    let mut next = |below: usize| {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        usize::try_from(random % u64::try_from(below.max(1)).unwrap()).unwrap()
    };
    const BYTES: &[u8] = b"{}[]\",:<>&;/0-e\0\xff\xc3 ";
    for (_, bytes) in corpus() {
        for _ in 0..150 {
            let mut changed = bytes.clone();
            for _ in 0..=next(4) {
                let at = next(changed.len());
                match (next(3), changed.is_empty()) {
                    (_, true) => changed.push(b'{'),
                    (0, false) => changed[at] = BYTES[next(BYTES.len())],
                    (1, false) => changed.insert(at, BYTES[next(BYTES.len())]),
                    (_, false) => drop(changed.drain(at..(at + next(40)).min(changed.len()))),
                }
            }
            let Ok(page) = statuspage::read(&changed, NOW_MS) else { continue };
            let texts = page.incidents.iter().map(|incident| &incident.name);
            let texts = texts.chain(page.components.iter().map(|component| &component.name));
            for text in texts.chain([&page.headline]) {
                assert!(text.chars().count() <= 256 && !text.chars().any(char::is_control), "{text:?}");
            }
        }
    }
}

fn says_well(page: &Page) -> bool {
    page.overall == Level::Operational || page.components.iter().any(|c| c.level == Level::Operational)
}

fn corpus() -> Vec<(PathBuf, Vec<u8>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/statuspages");
    let mut paths: Vec<PathBuf> =
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| path.extension().is_some_and(|end| end != "expected" && end != "md"));
    paths.sort();
    paths.into_iter().map(|path| (path.clone(), std::fs::read(path).unwrap())).collect()
}

/// What was read, one thing a line.
fn told(bytes: &[u8]) -> String {
    let page = match statuspage::read(bytes, NOW_MS) {
        Ok(page) => page,
        Err(error) => {
            let cause = error.source().map(|cause| format!(": {cause}")).unwrap_or_default();
            return format!("unreadable: {error}{cause}\n");
        }
    };
    let mut out = format!("{}\noverall    {}\n", page.format.name(), level(page.overall));
    if !page.headline.is_empty() {
        writeln!(out, "headline   {}", page.headline).unwrap();
    }
    writeln!(out, "changed    {}", moment(page.changed)).unwrap();
    for component in &page.components {
        writeln!(out, "component  {}, {:?}", level(component.level), component.name).unwrap();
    }
    for incident in page.incidents.iter().take(5) {
        writeln!(out, "incident   {}", line(incident)).unwrap();
    }
    if page.incidents.len() > 5 {
        writeln!(out, "and {} incidents more", page.incidents.len() - 5).unwrap();
    }
    out
}

fn line(incident: &Incident) -> String {
    let stage = match incident.stage {
        Stage::Investigating => "investigating",
        Stage::Identified => "identified",
        Stage::Monitoring => "monitoring",
        Stage::UnderWay => "under way",
        Stage::Unknown => "unknown",
    };
    let (started, updated) = (moment(incident.started), moment(incident.updated));
    format!("{stage}, {}, since {started}, changed {updated}, {:?}", level(incident.impact), incident.name)
}

fn level(level: Level) -> &'static str {
    match level {
        Level::Operational => "operational",
        Level::Maintenance => "maintenance",
        Level::Degraded => "degraded",
        Level::PartialOutage => "partial outage",
        Level::Outage => "outage",
        Level::Unknown => "unknown",
    }
}

fn moment(moment: Moment) -> String {
    match moment {
        Moment::Untold => "untold".to_owned(),
        Moment::At(ms) => demarc_model::time::Timestamp::from_millis(ms).to_string(),
        Moment::Implausible => "implausible".to_owned(),
    }
}
