//! The table of what no table describes: every failure is as likely as every other.

use super::{Row, When, camera};
use demarc_model::probe::ProbeKind;
use demarc_model::symptom::Symptom::{self, *};

/// What a device says of itself is never odd: it has a table. Passing is left a little.
const ANYTHING: &[(Symptom, f64)] = &[
    (NameSilent, 0.055),
    (NameServfail, 0.055),
    (NameMissing, 0.055),
    (NameWrong, 0.055),
    (Timeout, 0.055),
    (Unreachable, 0.055),
    (Refused, 0.055),
    (TlsUntrusted, 0.055),
    (TlsOld, 0.055),
    (TlsStall, 0.055),
    (Hung, 0.055),
    (ServerError, 0.055),
    (Busy, 0.055),
    (Redirected, 0.055),
    (Garbage, 0.055),
    (NoVideo, 0.055),
    (Slow, 0.055),
];

const fn always(probes: &'static [ProbeKind], why: &'static str) -> Row {
    Row { probes, shows: ANYTHING, when: When::Always, why }
}

pub(super) const CAMERA: &[Row] =
    &[always(camera::ALL, "one camera fails in a way that no other table makes likely")];

/// A service that turns this customer away says so of itself, and there is no table for it.
const ANYTHING_AT_THE_VENDOR: &[(Symptom, f64)] = &[
    (Timeout, 0.05),
    (Refused, 0.05),
    (TlsOld, 0.10),
    (TlsStall, 0.05),
    (Hung, 0.05),
    (ServerError, 0.05),
    (Busy, 0.10),
    (Redirected, 0.15),
    (Garbage, 0.15),
    (LockedOut, 0.10),
    (Rejected, 0.10),
];

pub(super) const CAPABILITY: &[Row] = &[Row {
    shows: ANYTHING_AT_THE_VENDOR,
    ..always(
        &[ProbeKind::VendorName, ProbeKind::VendorAddress],
        "one service of the vendor fails in a way that no other table makes likely",
    )
}];

pub(super) const KIND: &[Row] =
    &[always(&ProbeKind::ALL, "all probes of one kind fail alike, and no known fault makes them")];
