//! Status pages without end cost no more memory and no more steps than any other.

#![expect(clippy::unwrap_used, reason = "tests panic to fail")]

use allocation_counter::{AllocationInfo, measure};
use demarc_protocol::statuspage::{Moment, Page, PageError, read};

/// 2022-02-20T17:00:00Z.
const NOW_MS: i64 = 1_645_376_400_000;
const MILLION: usize = 1_000_000;
/// What is kept of a page is a few kilobytes; what its tree may take while it is read is bounded by the
/// number of its nodes.
const MOST_BYTES: u64 = 32 << 20;
const MOST_ALLOCATIONS: u64 = 400_000;

fn measured(bytes: &[u8]) -> (Result<Page, PageError>, AllocationInfo) {
    let mut page = None;
    let cost = measure(|| page = Some(read(bytes, NOW_MS)));
    (page.unwrap(), cost)
}

fn wrapped(before: &str, item: &str, after: &str) -> Vec<u8> {
    [before, &item.repeat(MILLION), after].concat().into_bytes()
}

/// Fault S01 of the table of hostile input: a million incidents, in every form that lists them.
#[test]
fn a_million_incidents_are_refused_or_twenty_of_them_kept_and_cost_no_more() {
    let item = "<item><title>Outage</title></item>";
    let pages = [
        ("Statuspage", wrapped(r#"{"page":{},"incidents":["#, "{},", "{}]}")),
        (
            "Statuspage, nested",
            wrapped(r#"{"page":{},"incidents":["#, r#"{"incident_updates":[{}]},"#, "{}]}"),
        ),
        ("Instatus", wrapped(r#"{"page":{"status":"UP"},"activeIncidents":["#, "{},", "{}]}")),
        ("RSS", wrapped("<rss version=\"2.0\"><channel>", item, "</channel></rss>")),
        ("RSS, empty", wrapped("<rss version=\"2.0\"><channel>", "<item/>", "</channel></rss>")),
        ("Atom", wrapped("<feed xmlns=\"http://www.w3.org/2005/Atom\">", "<entry/>", "</feed>")),
        ("HTML", wrapped("<html><body>", "<p>Outage</p>", "</body></html>")),
    ];
    for (form, bytes) in pages {
        let (page, cost) = measured(&bytes);
        assert!(page.as_ref().is_err() || page.as_ref().unwrap().incidents.len() <= 20, "{form}");
        // Text for people is cleaned as a whole, and is as long as it is.
        let most = MOST_BYTES.max(4 * bytes.len() as u64);
        assert!(cost.bytes_max <= most, "{form}: {cost:?} of {} bytes", bytes.len());
        assert!(cost.count_total <= MOST_ALLOCATIONS, "{form}: {cost:?}");
    }
}

/// Fault S10 of the table of hostile input: a date that would keep a parser busy for hours.
#[test]
fn a_date_that_is_a_bomb_is_no_date_and_is_not_read() {
    let bomb = format!("{}Sun, 20 Feb 2022 17:00:00 GMT{}", "(".repeat(100_000), ")".repeat(100_000));
    let page = |date: &str| {
        format!(
            "<rss version=\"2.0\"><channel><lastBuildDate>{date}</lastBuildDate>\
             <item><title>Outage</title><description>Investigating</description><pubDate>{date}</pubDate></item>\
             </channel></rss>"
        )
    };
    let (good, usual) = measured(page("Sun, 20 Feb 2022 17:00:00 GMT").as_bytes());
    assert_eq!(good.unwrap().changed, Moment::At(NOW_MS));
    let (read, cost) = measured(page(&bomb).as_bytes());
    assert_eq!(read.unwrap().changed, Moment::Untold);
    let dates = 2 * bomb.len() as u64;
    assert!(cost.bytes_max <= usual.bytes_max + 4 * dates, "{cost:?} where {usual:?} is usual");
    assert!(cost.count_total <= usual.count_total + 100, "{cost:?} where {usual:?} is usual");
}
