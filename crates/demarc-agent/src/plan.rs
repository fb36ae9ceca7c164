//! What is measured and how often in quiet time, from the configuration.

use crate::config::probing::Probing;
use demarc_model::id::CameraId;
use demarc_model::probe::{ProbeId, ProbeKind};
use demarc_probe::spec::{CameraSpec, PathSpec};
use std::time::Duration;

/// One probe, its interval, and where in the interval it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Planned {
    pub(crate) id: ProbeId,
    pub(crate) every: Duration,
    pub(crate) phase: Duration,
}

const MINUTE: Duration = Duration::from_secs(60);
/// Status pages ask not to be read more often.
const PAGE_AT_LEAST: Duration = MINUTE;

pub(crate) fn plan(paths: &[PathSpec], cameras: &[CameraSpec], probing: &Probing) -> Vec<Planned> {
    let path = paths.iter().enumerate().map(|(at, spec)| {
        let every = every(spec.id.kind, probing);
        Planned { id: spec.id.clone(), every, phase: every.mul_f64(spread(at)) }
    });
    let camera = cameras.iter().enumerate().flat_map(|(at, spec)| {
        let begin = (4 * probing.camera_interval).mul_f64(spread(at));
        kinds(spec).iter().map(move |kind| Planned {
            id: of_camera(*kind, &spec.id),
            every: every(*kind, probing),
            phase: begin + place(*kind) * probing.camera_interval * 2 / 3,
        })
    });
    path.chain(camera).collect()
}

/// Numbers in 0..1 that keep away from each other, however many are taken.
fn spread(at: usize) -> f64 {
    (at as f64 * 0.618_034).fract()
}

/// Where in the camera's round a kind has its place, in sixths of the round: ten seconds at the shipped
/// `camera-interval`, so that a camera is never left alone for longer.
const fn place(kind: ProbeKind) -> u32 {
    match kind {
        // The second turn of it and of the login comes half a round later.
        ProbeKind::CameraClock => 1,
        ProbeKind::CameraReady => 2,
        ProbeKind::CameraRtsp => 5,
        ProbeKind::CameraIdentity => 11,
        ProbeKind::CameraTcp => 17,
        ProbeKind::CameraOnvif => 23,
        ProbeKind::CameraStorage => 29,
        ProbeKind::CameraLogin
        | ProbeKind::CameraStream
        | ProbeKind::CameraPicture
        | ProbeKind::CameraCloud
        | ProbeKind::CameraNeighbour
        | ProbeKind::HostLink
        | ProbeKind::HostDisk
        | ProbeKind::HostClock
        | ProbeKind::HostResources
        | ProbeKind::HostTraffic
        | ProbeKind::GatewayReach
        | ProbeKind::SegmentReach
        | ProbeKind::ResolverAnswer
        | ProbeKind::ResolverSecond
        | ProbeKind::ControlName
        | ProbeKind::ControlAddress
        | ProbeKind::ControlPortal
        | ProbeKind::LineSecond
        | ProbeKind::VendorName
        | ProbeKind::VendorAddress
        | ProbeKind::VendorStatus => 0,
    }
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
    ProbeKind::CameraStorage,
];

fn kinds(spec: &CameraSpec) -> &'static [ProbeKind] {
    if spec.credentials.is_some() { WITH_PASSWORD } else { OPEN }
}

/// The intervals share the camera's budget of six requests a minute: four looks that need no password
/// in four of `camera-interval`, of rotating kind, one login every `login-interval`, and what needs a login
/// far less often.
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
        // Asks the page of the portal check, which is asked for as often.
        ProbeKind::HostClock => 4 * probing.path_interval,
        ProbeKind::HostDisk | ProbeKind::HostResources => 12 * probing.path_interval,
        ProbeKind::VendorName | ProbeKind::VendorAddress => probing.vendor_interval,
        ProbeKind::VendorStatus => (4 * probing.vendor_interval).min(PAGE_AT_LEAST),
        ProbeKind::CameraClock => 2 * probing.camera_interval,
        ProbeKind::CameraReady => 4 * probing.camera_interval,
        ProbeKind::CameraRtsp
        | ProbeKind::CameraIdentity
        | ProbeKind::CameraTcp
        | ProbeKind::CameraStream
        | ProbeKind::CameraPicture
        | ProbeKind::CameraCloud
        | ProbeKind::CameraNeighbour => 20 * probing.camera_interval,
        // Two requests each time: the list of disks, and how worn they are.
        ProbeKind::CameraStorage => 20 * probing.login_interval,
        ProbeKind::CameraLogin => probing.login_interval,
        // A refusal there cannot always be told from an expired nonce: VAPIX is asked first.
        ProbeKind::CameraOnvif => 10 * probing.login_interval,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schedule::Schedule;
    use demarc_model::time::Timestamp;
    use demarc_probe::spec::{Limits, Scheme};
    use std::net::{IpAddr, Ipv4Addr};

    const SHIPPED: Probing = Probing {
        path_interval: Duration::from_secs(5),
        vendor_interval: Duration::from_secs(15),
        camera_interval: Duration::from_secs(15),
        login_interval: Duration::from_secs(30),
        suspicion_interval: Duration::from_secs(2),
        limits: Limits {
            connect: Duration::from_secs(2),
            tls: Duration::from_secs(5),
            total: Duration::from_secs(10),
        },
    };

    #[test]
    fn a_camera_is_asked_at_most_six_times_a_minute() {
        let requests = |kind: ProbeKind| if kind == ProbeKind::CameraStorage { 2.0 } else { 1.0 };
        let cameras = WITH_PASSWORD.iter().copied();
        let per_minute: f64 =
            cameras.map(|kind| requests(kind) * 60.0 / every(kind, &SHIPPED).as_secs_f64()).sum();
        assert!(per_minute < 6.0 + 1e-9, "{per_minute}");
    }

    #[test]
    fn a_camera_is_never_left_alone_for_much_longer_than_its_interval() {
        let camera = |number: u8| CameraSpec {
            id: CameraId::new(&format!("cam-{number}")).unwrap(),
            address: IpAddr::V4(Ipv4Addr::new(10, 0, 0, number)),
            scheme: Scheme::Http,
            port: 80,
            rtsp_port: 554,
            onvif_path: "/onvif/device_service".to_owned(),
            credentials: None,
        };
        let planned = plan(&[], &[camera(1), camera(2), camera(3)], &SHIPPED);
        let start = Timestamp::from_millis(1_000_000);
        for seed in 0..50 {
            let mut schedule = Schedule::new(planned.clone(), SHIPPED.suspicion_interval, seed, start);
            let mut last = [start; 3];
            for t in (0..300_000).step_by(100) {
                let now = start.plus(Duration::from_millis(t));
                for probe in schedule.due(now) {
                    last[usize::from(probe.subject.as_bytes()[4] - b'1')] = now;
                }
                // The first round is still being entered.
                if t < 90_000 {
                    continue;
                }
                let alone = last.map(|last| now.since(last)).into_iter().max().unwrap();
                assert!(
                    alone <= SHIPPED.camera_interval * 13 / 6,
                    "alone for {alone:?} after {t} ms, seed {seed}"
                );
            }
        }
    }
}
