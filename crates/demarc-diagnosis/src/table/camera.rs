//! Tables of a camera's own faults.

use super::{Row, When};
use demarc_model::probe::ProbeKind::{self, *};
use demarc_model::symptom::Symptom::{self, *};

/// What the camera's own address has to answer.
pub(super) const ALL: &[ProbeKind] = &[
    CameraTcp,
    CameraReady,
    CameraIdentity,
    CameraLogin,
    CameraClock,
    CameraOnvif,
    CameraRtsp,
    CameraStream,
    CameraPicture,
    CameraStorage,
    CameraCloud,
];
const HTTP: &[ProbeKind] = &[
    CameraReady,
    CameraIdentity,
    CameraLogin,
    CameraClock,
    CameraOnvif,
    CameraPicture,
    CameraStorage,
    CameraCloud,
];
const WITH_PASSWORD: &[ProbeKind] =
    &[CameraLogin, CameraOnvif, CameraStream, CameraPicture, CameraStorage, CameraCloud];
/// The calls to a camera that need neither its clock nor a password.
const OPEN_HTTP: &[ProbeKind] = &[CameraReady, CameraIdentity, CameraClock];

const fn always(probes: &'static [ProbeKind], shows: &'static [(Symptom, f64)], why: &'static str) -> Row {
    Row { probes, shows, when: When::Always, why }
}

/// Nobody answers for the address any more. Time runs out until the kernel knows that, and it depends on what
/// was asked in time which of the two is seen; what was asked before breaks off in the middle.
pub(super) const SILENT: &[(Symptom, f64)] = &[(Timeout, 0.65), (Unreachable, 0.24), (Hung, 0.08)];

pub(super) const UNREACHABLE: &[Row] = &[
    always(
        ALL,
        SILENT,
        "no power, no cable or no such address: nothing at all comes back; a bad cable breaks off conversations",
    ),
    always(&[CameraNeighbour], &[(Timeout, 0.90)], "nobody answers the question who has the address"),
];

pub(super) const HUNG: &[Row] = &[
    always(&[CameraTcp], &[(Hung, 0.02)], "the system still accepts connections"),
    always(
        HTTP,
        &[(Hung, 0.70), (Refused, 0.05), (ServerError, 0.12), (Garbage, 0.08), (Redirected, 0.02)],
        "the web service accepts and says nothing, or fails",
    ),
    always(
        &[CameraRtsp, CameraStream],
        &[(Hung, 0.45), (Refused, 0.05), (Garbage, 0.05)],
        "streaming often hangs along with it",
    ),
];

pub(super) const HUNG_REFUSING: &[Row] = &[
    always(&[CameraTcp], &[(Refused, 0.95)], "the web service is gone, and the system refuses in its place"),
    always(HTTP, &[(Refused, 0.92), (Hung, 0.03)], "the web service is gone"),
    always(&[CameraRtsp, CameraStream], &[(Refused, 0.60)], "streaming is often gone as well"),
];

pub(super) const REBOOTING: &[Row] = &[
    always(
        &[CameraReady],
        &[(Booting, 0.70), (Refused, 0.12), (Timeout, 0.12)],
        "systemready.cgi says no while starting",
    ),
    always(
        &[CameraTcp, CameraRtsp, CameraStream],
        &[(Refused, 0.40), (Timeout, 0.20)],
        "services come up one after the other",
    ),
    always(
        &[CameraIdentity, CameraLogin, CameraClock, CameraOnvif, CameraPicture, CameraStorage, CameraCloud],
        &[(Busy, 0.35), (Refused, 0.20), (Timeout, 0.10), (ServerError, 0.10), (Hung, 0.10)],
        "services come up one after the other",
    ),
];

pub(super) const FACTORY_RESET: &[Row] = &[
    always(&[CameraReady], &[(FactoryReset, 0.97)], "needsetup says yes: the camera has no users"),
    always(
        WITH_PASSWORD,
        &[(FactoryReset, 0.50), (Rejected, 0.46)],
        "the account is gone, which looks like a wrong password",
    ),
];

pub(super) const CREDENTIALS: &[Row] = &[always(
    WITH_PASSWORD,
    &[(Rejected, 0.97)],
    "the answer to a fresh nonce is refused while everything that needs no password works",
)];

pub(super) const LOCKED_OUT: &[Row] = &[
    always(WITH_PASSWORD, &[(LockedOut, 0.95)], "403 to a client that is blocked or lacks the role"),
    always(
        OPEN_HTTP,
        &[(LockedOut, 0.05)],
        "a blocked client gets 403 for everything, a missing role only where it is needed",
    ),
];

pub(super) const AUTH_SCHEME: &[Row] = &[always(
    WITH_PASSWORD,
    &[(SchemeUnknown, 0.97)],
    "only Basic without TLS, or schemes nobody speaks, are offered",
)];

pub(super) const CLOCK: &[Row] = &[
    always(&[CameraClock], &[(Clock, 0.98)], "the camera states its time, and it is wrong"),
    always(&[CameraOnvif], &[(Rejected, 0.10)], "signed tokens fail when the clock cannot be read exactly"),
];

pub(super) const TLS: &[Row] = &[always(
    HTTP,
    &[(TlsOld, 0.55), (TlsUntrusted, 0.25), (TlsExpired, 0.10), (TlsStall, 0.07)],
    "no TLS in common, or a certificate that cannot be accepted; the port itself answers",
)];

pub(super) const IDENTITY: &[Row] = &[always(
    &[CameraIdentity, CameraLogin, CameraOnvif, CameraStream, CameraPicture, CameraStorage, CameraCloud],
    &[(IdentityChanged, 0.90)],
    "another serial number, key or realm answers at the camera's address",
)];

pub(super) const OVERLOADED: &[Row] = &[
    always(HTTP, &[(Busy, 0.75), (ServerError, 0.10), (Hung, 0.08)], "503: alive, and out of resources"),
    always(&[CameraRtsp, CameraStream], &[(Busy, 0.60)], "453 or 503: no room for another session"),
];

/// Two devices with one address answer in turn, whoever was faster.
pub(super) const CONFLICT: &[Row] = &[
    always(&[CameraNeighbour], &[(Conflict, 0.85)], "the hardware address of the address changes to and fro"),
    always(
        &[CameraIdentity],
        &[(IdentityChanged, 0.25), (Timeout, 0.10), (Refused, 0.05)],
        "now and then the other device answers, with its own serial number",
    ),
    always(
        WITH_PASSWORD,
        &[(IdentityChanged, 0.25), (Rejected, 0.05), (Timeout, 0.10), (Refused, 0.05)],
        "now and then the other device asks for the password, under another realm",
    ),
    always(
        &[CameraTcp, CameraReady, CameraClock, CameraRtsp],
        &[(Timeout, 0.15), (Refused, 0.10), (Garbage, 0.05)],
        "connections break when the address moves",
    ),
];

pub(super) const STREAM: &[Row] = &[
    always(
        &[CameraStream],
        &[(NoVideo, 0.60), (Refused, 0.08), (Hung, 0.10), (ServerError, 0.12), (Garbage, 0.05)],
        "the session is described and plays, and no packets come",
    ),
    always(&[CameraRtsp], &[(Refused, 0.15), (Hung, 0.15)], "the stream server may be gone altogether"),
];

pub(super) const FROZEN: &[Row] = &[always(
    &[CameraPicture],
    &[(Frozen, 0.97)],
    "two pictures some seconds apart are the same, to the last bit of noise",
)];

pub(super) const DARK: &[Row] = &[always(
    &[CameraPicture],
    &[(Dark, 0.97)],
    "the picture holds no detail where the camera's own past has some: covered, unlit or lens off",
)];

pub(super) const STORAGE: &[Row] = &[always(
    &[CameraStorage],
    &[(Unfit, 0.97)],
    "the camera reports its own disk as failed, full, read-only or gone",
)];

pub(super) const TUNNEL: &[Row] = &[always(
    &[CameraCloud],
    &[(Offline, 0.97)],
    "this camera alone says that it has no connection, while the relay answers from here",
)];
