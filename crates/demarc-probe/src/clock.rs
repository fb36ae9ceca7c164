//! This host's clock against others: the `Date` of a web server, and when that gives reason to doubt, time
//! servers. A source that cannot be reached says nothing about the clock, and one that stands alone against
//! others nothing either.

use crate::fetch::{self, Lookup};
use crate::http::Take;
use crate::net::Net;
use crate::trace::{Stop, Trace};
use crate::udp;
use demarc_model::observation::{MissingReason, Phase, Reading};
use demarc_model::symptom::Symptom;
use demarc_model::time::Timestamp;
use demarc_protocol::clock::http_date_ms;
use demarc_protocol::ntp;
use futures_util::future::join_all;
use std::io;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::time::{Instant, timeout_at};

const MOST_OFFSET_MS: i64 = 60_000;
const NTP_PORT: u16 = 123;
/// More time servers than this are not asked.
const MOST_SERVERS: usize = 4;

pub(crate) async fn examine(
    net: &Net,
    (url, servers): (&str, &[String]),
    at: Timestamp,
    trace: &mut Trace,
) -> Result<(), Stop> {
    let page = match by_page(net, url, at, trace).await {
        Ok(offset_ms) => Some(offset_ms),
        Err(Stop::Missing(MissingReason::Agent)) => return Err(Stop::Missing(MissingReason::Agent)),
        Err(_) => None,
    };
    if let Some(offset_ms) = page.filter(|offset_ms| is_right(*offset_ms)) {
        trace.read(Reading::ClockOffsetMs(offset_ms));
        return Ok(());
    }
    let asked = servers.iter().take(MOST_SERVERS).map(|server| by_server(server, at, trace));
    let others = join_all(asked).await.into_iter().flatten();
    judge(&page.into_iter().chain(others).collect::<Vec<_>>(), trace)
}

const fn is_right(offset_ms: i64) -> bool {
    offset_ms.abs() <= MOST_OFFSET_MS
}

/// The clock is wrong when most sources say so and agree on how much, and right when most find it right.
fn judge(offsets_ms: &[i64], trace: &mut Trace) -> Result<(), Stop> {
    let like =
        |one: i64| offsets_ms.iter().filter(move |other| (one - **other).abs() <= MOST_OFFSET_MS).count();
    let Some((most, offset_ms)) = offsets_ms.iter().map(|one| (like(*one), *one)).max_by_key(|(n, _)| *n)
    else {
        return Err(Stop::Missing(MissingReason::Prerequisite));
    };
    if 2 * most <= offsets_ms.len() {
        return Err(Stop::Missing(MissingReason::Undecided));
    }
    trace.read(Reading::ClockOffsetMs(offset_ms));
    if is_right(offset_ms) {
        return Ok(());
    }
    let apart = Duration::from_millis(offset_ms.unsigned_abs()).as_secs();
    let side = if offset_ms > 0 { "behind" } else { "ahead" };
    let sources = match offsets_ms.len() {
        1 => "the one source that answers".to_owned(),
        all => format!("{most} of {all} sources"),
    };
    let detail = format!("this host's clock is {apart} s {side}, by {sources}");
    Err(Stop::failed(Phase::Content, Symptom::Clock, &detail))
}

/// How far a web server's clock is ahead of ours, in milliseconds.
async fn by_page(net: &Net, url: &str, at: Timestamp, trace: &mut Trace) -> Result<i64, Stop> {
    let url = fetch::parse(url)?;
    let response = fetch::get(net, &url, Lookup::Host, Take::Head, trace).await?;
    let now = at.plus(trace.elapsed());
    let date = response.headers.get(::http::header::DATE).and_then(|value| value.to_str().ok());
    let theirs_ms = date.and_then(http_date_ms).ok_or(Stop::Missing(MissingReason::Prerequisite))?;
    Ok(theirs_ms - now.as_millis())
}

/// The same of a time server; nothing when it gives no time.
async fn by_server(host: &str, at: Timestamp, trace: &Trace) -> Option<i64> {
    let address = fetch::look_up(host, NTP_PORT, trace).await.into_iter().next()?;
    let end = trace.within(trace.limits.connect);
    timeout_at(end, ask(address, at, trace)).await.ok()?.ok()
}

/// Asked again after a third of the time, as packets get lost.
async fn ask(server: SocketAddr, at: Timestamp, trace: &Trace) -> io::Result<i64> {
    let socket = udp::toward(server.ip(), trace.via.as_deref()).await?;
    socket.connect(server).await?;
    let nonce = getrandom::u64().map_err(io::Error::from)?;
    let mut buffer = [0; 2 * ntp::LENGTH];
    loop {
        let asked = at.plus(trace.elapsed());
        socket.send(&ntp::request(nonce)).await?;
        let again = Instant::now() + trace.limits.connect / 3;
        while let Ok(length) = timeout_at(again, socket.recv(&mut buffer)).await {
            let Ok(answer) = ntp::read(&buffer[..length?], nonce) else { continue };
            let heard = at.plus(trace.elapsed());
            let apart = (answer.received_ms - asked.as_millis()) + (answer.sent_ms - heard.as_millis());
            return Ok(apart / 2);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::Limits;

    #[test]
    fn most_sources_decide_and_one_against_one_nobody() {
        let missing = |reason| Err(Stop::Missing(reason));
        let limits = Limits { connect: Duration::ZERO, tls: Duration::ZERO, total: Duration::ZERO };
        let wrong = |by: &str| {
            let detail = format!("this host's clock is 3600 s behind, by {by}");
            Err(Stop::failed(Phase::Content, Symptom::Clock, &detail))
        };
        let cases: [(&[i64], _); 8] = [
            (&[], missing(MissingReason::Prerequisite)),
            (&[300], Ok(())),
            (&[3_600_000], wrong("the one source that answers")),
            (&[3_600_000, 100], missing(MissingReason::Undecided)),
            (&[3_600_000, 3_600_200], wrong("2 of 2 sources")),
            (&[3_600_000, 100, -50], Ok(())),
            (&[3_600_000, 100, 3_600_900], wrong("2 of 3 sources")),
            (&[3_600_000, 100, -90_000_000], missing(MissingReason::Undecided)),
        ];
        for (offsets, expected) in cases {
            assert_eq!(judge(offsets, &mut Trace::begin(limits)), expected, "{offsets:?}");
        }
    }
}
