//! What is measured and how often in quiet time, from the configuration.

use crate::config::probing::Probing;
use demarc_model::id::CameraId;
use demarc_model::probe::{ProbeId, ProbeKind};
use demarc_probe::spec::{CameraSpec, PathSpec};
use std::time::Duration;

/// One probe and its interval.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Planned {
    pub(crate) id: ProbeId,
    pub(crate) every: Duration,
}

const MINUTE: Duration = Duration::from_secs(60);
/// Status pages ask not to be read more often.
const PAGE_AT_LEAST: Duration = MINUTE;

pub(crate) fn plan(paths: &[PathSpec], cameras: &[CameraSpec], probing: &Probing) -> Vec<Planned> {
    let path = paths.iter().map(|spec| Planned { id: spec.id.clone(), every: every(spec.id.kind, probing) });
    let camera = cameras.iter().flat_map(|spec| {
        let own = kinds(spec).iter();
        own.map(|kind| Planned { id: of_camera(*kind, &spec.id), every: every(*kind, probing) })
    });
    path.chain(camera).collect()
}

fn of_camera(kind: ProbeKind, camera: &CameraId) -> ProbeId {
    ProbeId::new(kind, camera.as_str())
}

const OPEN: &[ProbeKind] = &[
    ProbeKind::CameraReady,
    ProbeKind::CameraClock,
    ProbeKind::CameraRtsp,
    ProbeKind::CameraIdentity,
    ProbeKind::CameraTcp,
];
const WITH_PASSWORD: &[ProbeKind] = &[
    ProbeKind::CameraReady,
    ProbeKind::CameraClock,
    ProbeKind::CameraRtsp,
    ProbeKind::CameraIdentity,
    ProbeKind::CameraTcp,
    ProbeKind::CameraLogin,
    ProbeKind::CameraOnvif,
];

fn kinds(spec: &CameraSpec) -> &'static [ProbeKind] {
    if spec.credentials.is_some() { WITH_PASSWORD } else { OPEN }
}

/// The intervals share the camera's budget of six requests a minute: one look that needs no
/// password every `camera-interval`, of rotating kind, and one login every `login-interval`.
pub(crate) fn every(kind: ProbeKind, probing: &Probing) -> Duration {
    match kind {
        ProbeKind::HostLink
        | ProbeKind::GatewayReach
        | ProbeKind::SegmentReach
        | ProbeKind::ResolverAnswer
        | ProbeKind::ControlName
        | ProbeKind::ControlAddress => probing.path_interval,
        ProbeKind::ResolverSecond
        | ProbeKind::ControlPortal
        | ProbeKind::LineSecond
        | ProbeKind::HostTraffic => 3 * probing.path_interval,
        ProbeKind::HostDisk | ProbeKind::HostClock | ProbeKind::HostResources => 12 * probing.path_interval,
        ProbeKind::VendorName | ProbeKind::VendorAddress => probing.vendor_interval,
        ProbeKind::VendorStatus => (4 * probing.vendor_interval).min(PAGE_AT_LEAST),
        ProbeKind::CameraReady => 2 * probing.camera_interval,
        ProbeKind::CameraClock | ProbeKind::CameraRtsp => 4 * probing.camera_interval,
        ProbeKind::CameraIdentity
        | ProbeKind::CameraTcp
        | ProbeKind::CameraStream
        | ProbeKind::CameraPicture
        | ProbeKind::CameraStorage
        | ProbeKind::CameraCloud
        | ProbeKind::CameraNeighbour => 20 * probing.camera_interval,
        ProbeKind::CameraLogin => probing.login_interval,
        ProbeKind::CameraOnvif => 2 * probing.login_interval,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use demarc_probe::spec::Limits;

    #[test]
    fn a_camera_is_asked_at_most_six_times_a_minute() {
        let probing = Probing {
            path_interval: Duration::from_secs(5),
            vendor_interval: Duration::from_secs(15),
            camera_interval: Duration::from_secs(15),
            login_interval: MINUTE,
            suspicion_interval: Duration::from_secs(2),
            limits: Limits {
                connect: Duration::from_secs(3),
                tls: Duration::from_secs(5),
                total: MINUTE / 6,
            },
        };
        let cameras = WITH_PASSWORD.iter().copied();
        let per_minute: f64 = cameras.map(|kind| 60.0 / every(kind, &probing).as_secs_f64()).sum();
        assert!(per_minute <= 6.0, "{per_minute}");
    }
}
