//! The one place where the simulation reads the time.

use demarc_model::time::Timestamp;
use jiff::fmt::rfc2822::DateTimePrinter;

pub(crate) fn now() -> Timestamp {
    Timestamp::from_millis(jiff::Timestamp::now().as_millisecond())
}

/// As in an HTTP `Date`.
pub(crate) fn http_date(time: Timestamp) -> String {
    let time = calendar(time);
    let text = DateTimePrinter::new().timestamp_to_rfc9110_string(&time);
    text.expect("a simulated time lies in the years that a date can have")
}

/// Times here are near the present.
pub(crate) fn calendar(time: Timestamp) -> jiff::Timestamp {
    jiff::Timestamp::from_millisecond(time.as_millis()).unwrap_or(jiff::Timestamp::UNIX_EPOCH)
}
