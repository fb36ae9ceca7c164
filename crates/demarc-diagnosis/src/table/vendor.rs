//! Tables of the vendor's faults.

use super::{Row, When};
use demarc_model::probe::ProbeKind::{self, *};
use demarc_model::symptom::Symptom::{self, *};

const fn always(probes: &'static [ProbeKind], shows: &'static [(Symptom, f64)], why: &'static str) -> Row {
    Row { probes, shows, when: When::Always, why }
}

const ENDPOINTS: &[ProbeKind] = &[VendorName, VendorAddress, VendorSecond];
const BY_EITHER_WHY: &str = "over the second line some hosts are asked by address and others by name";

/// In February 2022 the names of one vendor timed out, answered 503 and lost their mail at once.
const GONE_BY_NAME: &[(Symptom, f64)] = &[
    (NameMissing, 0.06),
    (NameServfail, 0.04),
    (Timeout, 0.40),
    (Unreachable, 0.05),
    (Refused, 0.15),
    (TlsUntrusted, 0.01),
    (Hung, 0.06),
    (ServerError, 0.20),
];
const GONE_BY_ADDRESS: &[(Symptom, f64)] = &[
    (Timeout, 0.50),
    (Unreachable, 0.05),
    (Refused, 0.15),
    (TlsUntrusted, 0.01),
    (Hung, 0.06),
    (ServerError, 0.20),
];

const SECOND_WHY: &str = "over the second line it looks the same, so that the first one is not the reason";
const CUT_OFF_WHY: &str = "cameras say themselves that they have lost the vendor's relay";

pub(super) const WHOLE: &[Row] = &[
    always(&[VendorName], GONE_BY_NAME, "a vendor that cuts itself off fails in several ways at once"),
    always(&[VendorAddress], GONE_BY_ADDRESS, "published addresses are as dead as the names"),
    always(&[VendorSecond], GONE_BY_NAME, SECOND_WHY),
    always(
        &[VendorStatus],
        &[(Timeout, 0.45), (ServerError, 0.08)],
        "many a status page is hosted elsewhere and stays up, whatever it says; others go with their vendor",
    ),
    always(&[CameraCloud], &[(Offline, 0.80)], CUT_OFF_WHY),
];

pub(super) const REGION: &[Row] = &[
    always(&[VendorName], GONE_BY_NAME, "the hosts of one region fail, whatever they serve"),
    always(&[VendorAddress], GONE_BY_ADDRESS, "by address as well"),
    always(&[VendorSecond], GONE_BY_NAME, SECOND_WHY),
];

pub(super) const RELAYS: &[Row] = &[
    always(&[VendorName], GONE_BY_NAME, "the relays do not answer, refuse, or answer with errors"),
    always(&[VendorAddress], GONE_BY_ADDRESS, "they are gone by address as well"),
    always(&[VendorSecond], GONE_BY_NAME, SECOND_WHY),
    always(&[CameraCloud], &[(Offline, 0.80)], CUT_OFF_WHY),
];

pub(super) const OUTAGE: &[Row] = &[
    always(&[VendorName], GONE_BY_NAME, "the service's hosts do not answer, refuse, or answer with errors"),
    always(
        &[VendorAddress],
        GONE_BY_ADDRESS,
        "the service is gone by address as well, so names are not the reason",
    ),
    always(&[VendorSecond], GONE_BY_NAME, SECOND_WHY),
];

pub(super) const TLS: &[Row] = &[always(
    ENDPOINTS,
    &[(TlsExpired, 0.92), (TlsOld, 0.04)],
    "the vendor let a certificate expire, while the controls' are fine",
)];

pub(super) const TLS_UNTRUSTED: &[Row] = &[always(
    ENDPOINTS,
    &[(TlsUntrusted, 0.94)],
    "the vendor serves a wrong certificate, while the controls' are fine",
)];

pub(super) const DNS: &[Row] = &[
    always(
        &[VendorName],
        &[(NameMissing, 0.95)],
        "the vendor's names are gone, everybody else's resolve, and its addresses answer",
    ),
    always(&[VendorSecond], &[(NameMissing, 0.50)], BY_EITHER_WHY),
];

pub(super) const DNS_SERVFAIL: &[Row] = &[
    always(
        &[VendorName],
        &[(NameServfail, 0.95)],
        "the vendor's zone is broken: resolvers say that they cannot find out, everybody else's names resolve",
    ),
    always(&[VendorSecond], &[(NameServfail, 0.50)], BY_EITHER_WHY),
];

pub(super) const SLOW: &[Row] = &[always(
    ENDPOINTS,
    &[(Slow, 0.90), (Timeout, 0.05)],
    "the vendor's hosts answer slowly, everybody else's do not",
)];

pub(super) const PAGE_OUT: &[Row] = &[always(
    &[VendorStatus],
    &[
        (NameMissing, 0.05),
        (Timeout, 0.35),
        (Refused, 0.10),
        (TlsExpired, 0.05),
        (Hung, 0.05),
        (ServerError, 0.25),
        (Redirected, 0.05),
        (Garbage, 0.05),
    ],
    "the status page can itself be out of order, and often is when it is needed",
)];
