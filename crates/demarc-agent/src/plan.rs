//! What is measured and how often in quiet time, from the configuration.

use crate::config::probing::Probing;
use crate::config::surroundings::Surroundings;
use demarc_model::id::CameraId;
use demarc_model::probe::{ProbeId, ProbeKind};
use demarc_probe::spec::{CameraSpec, PathProbe, PathSpec};
use std::time::Duration;

/// One probe, its interval, and where in the interval it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Planned {
    pub(crate) id: ProbeId,
    pub(crate) every: Duration,
    pub(crate) phase: Duration,
}

const MINUTE: Duration = Duration::from_secs(60);
/// Cameras are asked this much more seldom than is configured: at a branch much comes and goes every ten seconds,
/// every half minute or every minute, and what were in step with that would always see the same side of it.
const OUT_OF_STEP: f64 = 1.05;
/// Status pages ask not to be read more often.
const PAGE_AT_LEAST: Duration = MINUTE;

pub(crate) fn plan(
    paths: &[PathSpec],
    cameras: &[CameraSpec],
    surroundings: &Surroundings,
    probing: &Probing,
) -> Vec<Planned> {
    let path = paths.iter().enumerate().map(|(at, spec)| {
        let every = match spec.what {
            // It goes through the vendor's relay, which is not there for this.
            PathProbe::Relay(_) => 4 * probing.vendor_interval,
            _ => every(spec.id.kind, probing),
        };
        Planned { id: spec.id.clone(), every, phase: every.mul_f64(spread(at)) }
    });
    let paced = out_of_step(*probing);
    let camera = cameras.iter().enumerate().flat_map(|(at, spec)| {
        let begin = (4 * paced.camera_interval).mul_f64(spread(at));
        kinds(spec, surroundings).map(move |kind| Planned {
            id: of_camera(kind, &spec.id),
            every: of_spec(kind, spec, &paced),
            phase: begin + place(kind) * paced.camera_interval * 2 / 3,
        })
    });
    path.chain(camera).collect()
}

fn out_of_step(probing: Probing) -> Probing {
    Probing {
        camera_interval: probing.camera_interval.mul_f64(OUT_OF_STEP),
        login_interval: probing.login_interval.mul_f64(OUT_OF_STEP),
        video_interval: probing.video_interval.mul_f64(OUT_OF_STEP),
        ..probing
    }
}

/// Numbers in 0..1 that keep away from each other, however many are taken.
fn spread(at: usize) -> f64 {
    (at as f64 * 0.618_034).fract()
}

/// Where in the camera's round a kind has its place, in sixths of the round: ten seconds at the shipped
/// `camera-interval`, so that a camera is never left alone for longer.
const fn place(kind: ProbeKind) -> u32 {
    match kind {
        // The login has two more turns, at a third and two thirds of the round.
        ProbeKind::CameraClock => 1,
        ProbeKind::CameraReady => 3,
        // Never both for one camera.
        ProbeKind::CameraRtsp | ProbeKind::CameraStream => 5,
        ProbeKind::CameraIdentity => 11,
        ProbeKind::CameraTcp => 17,
        ProbeKind::CameraOnvif => 23,
        ProbeKind::CameraPicture => 29,
        ProbeKind::CameraCloud => 35,
        ProbeKind::CameraStorage => 41,
        ProbeKind::CameraNeighbour => 47,
        ProbeKind::CameraLogin
        | ProbeKind::HostLink
        | ProbeKind::HostDisk
        | ProbeKind::HostClock
        | ProbeKind::HostResources
        | ProbeKind::HostTraffic
        | ProbeKind::HostAddress
        | ProbeKind::GatewayReach
        | ProbeKind::SegmentReach
        | ProbeKind::ResolverAnswer
        | ProbeKind::ResolverSecond
        | ProbeKind::ControlName
        | ProbeKind::ControlAddress
        | ProbeKind::ControlPortal
        | ProbeKind::LineHops
        | ProbeKind::LineMtu
        | ProbeKind::LineIpv6
        | ProbeKind::LineSecond
        | ProbeKind::VendorName
        | ProbeKind::VendorAddress
        | ProbeKind::VendorSecond
        | ProbeKind::VendorStatus => 0,
    }
}

/// A camera without a password is asked twice as often whether it is ready: nobody logs in to it meanwhile.
fn of_spec(kind: ProbeKind, spec: &CameraSpec, probing: &Probing) -> Duration {
    let every = every(kind, probing);
    if kind == ProbeKind::CameraReady && spec.credentials.is_none() { every / 2 } else { every }
}

fn of_camera(kind: ProbeKind, camera: &CameraId) -> ProbeId {
    ProbeId::new(kind, camera.as_str())
}

const OPEN: &[ProbeKind] =
    &[ProbeKind::CameraReady, ProbeKind::CameraClock, ProbeKind::CameraIdentity, ProbeKind::CameraTcp];
const WITH_PASSWORD: &[ProbeKind] =
    &[ProbeKind::CameraLogin, ProbeKind::CameraOnvif, ProbeKind::CameraStorage];

/// A look at the stream begins with what `camera.rtsp` asks, and takes its place.
fn kinds(spec: &CameraSpec, surroundings: &Surroundings) -> impl Iterator<Item = ProbeKind> {
    let login = spec.credentials.is_some();
    let stream = if login && spec.video.stream() { ProbeKind::CameraStream } else { ProbeKind::CameraRtsp };
    let picture = (login && spec.video.picture()).then_some(ProbeKind::CameraPicture);
    let cloud = (login && spec.cloud.is_some()).then_some(ProbeKind::CameraCloud);
    let neighbour = surroundings.is_near(spec.address).then_some(ProbeKind::CameraNeighbour);
    let with_password = if login { WITH_PASSWORD } else { &[] };
    let rare = picture.into_iter().chain(cloud).chain(neighbour);
    OPEN.iter().copied().chain([stream]).chain(with_password.iter().copied()).chain(rare)
}

/// The intervals share the camera's budget of six requests a minute: three looks that need no password
/// in four of `camera-interval`, of which one is of rotating kind, one login every `login-interval`, and ONVIF
/// and the memory cards, of two requests each, every thirty of these. A clock is not left to its own look:
/// every answer is dated. The rare looks at video stand in the
/// rotation: the pictures are two requests, and a stream is one session, with the stream server and not
/// with the web server. Who has the address is one packet to everybody, and no request of the camera's.
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
        | ProbeKind::LineIpv6
        | ProbeKind::LineSecond
        | ProbeKind::HostTraffic => 3 * probing.path_interval,
        // Asks the page of the portal check, which is asked for as often.
        ProbeKind::HostClock => 4 * probing.path_interval,
        ProbeKind::HostDisk | ProbeKind::HostResources | ProbeKind::HostAddress | ProbeKind::LineMtu => {
            12 * probing.path_interval
        }
        // For comparison; when the line fails it is hurried.
        ProbeKind::LineHops => 60 * probing.path_interval,
        ProbeKind::VendorName | ProbeKind::VendorAddress => probing.vendor_interval,
        // A second line is often paid for by what goes over it; on suspicion it is hurried.
        ProbeKind::VendorSecond => 20 * probing.vendor_interval,
        ProbeKind::VendorStatus => (4 * probing.vendor_interval).min(PAGE_AT_LEAST),
        ProbeKind::CameraClock | ProbeKind::CameraReady => 4 * probing.camera_interval,
        ProbeKind::CameraStream | ProbeKind::CameraPicture => probing.video_interval,
        ProbeKind::CameraIdentity | ProbeKind::CameraTcp => 40 * probing.camera_interval,
        ProbeKind::CameraRtsp | ProbeKind::CameraCloud | ProbeKind::CameraNeighbour => {
            20 * probing.camera_interval
        }
        ProbeKind::CameraLogin => probing.login_interval,
        // Two requests each: a login that begins without the password, and the list of disks with how worn
        // they are. Each is one more failed login when the password is wrong: VAPIX is asked first.
        ProbeKind::CameraOnvif | ProbeKind::CameraStorage => 30 * probing.login_interval,
    }
}

/// How many requests to the camera's web server a look is planned with.
pub(crate) const fn planned_requests(kind: ProbeKind) -> u64 {
    match kind {
        ProbeKind::CameraStream
        | ProbeKind::CameraRtsp
        | ProbeKind::CameraTcp
        | ProbeKind::CameraNeighbour => 0,
        // An ONVIF login always begins without the password.
        ProbeKind::CameraPicture | ProbeKind::CameraOnvif | ProbeKind::CameraStorage => 2,
        _ => 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schedule::Schedule;
    use demarc_model::id::AccountId;
    use demarc_model::time::Timestamp;
    use demarc_probe::spec::{Credentials, Limits, Scheme, VideoChecks};
    use std::net::{IpAddr, Ipv4Addr};

    const SHIPPED: Probing = Probing {
        path_interval: Duration::from_secs(5),
        vendor_interval: Duration::from_secs(15),
        camera_interval: Duration::from_secs(15),
        login_interval: Duration::from_secs(20),
        video_interval: Duration::from_secs(300),
        suspicion_interval: Duration::from_secs(2),
        limits: Limits {
            connect: Duration::from_secs(2),
            tls: Duration::from_secs(5),
            total: Duration::from_secs(10),
        },
    };

    const EVERY_CHOICE: [VideoChecks; 4] =
        [VideoChecks::Both, VideoChecks::Stream, VideoChecks::Picture, VideoChecks::None];

    fn camera(number: u8, video: VideoChecks, credentials: Option<Credentials>) -> CameraSpec {
        CameraSpec {
            id: CameraId::new(&format!("cam-{number}")).unwrap(),
            address: IpAddr::V4(Ipv4Addr::new(10, 0, 0, number)),
            scheme: Scheme::Http,
            port: 80,
            rtsp_port: 554,
            onvif_port: None,
            onvif_path: "/onvif/device_service".to_owned(),
            stream_path: None,
            picture_path: None,
            video,
            credentials,
            basic: demarc_probe::spec::Basic::Never,
            cloud: None,
            relays_every: None,
            keep_snapshots: false,
            clock_tolerance: Duration::from_mins(1),
        }
    }

    fn login() -> Option<Credentials> {
        let account = AccountId::new("cameras").unwrap();
        Some(Credentials { account, username: "demarc".to_owned(), password: "secret".into() })
    }

    fn near() -> Surroundings {
        let networks = vec!["10.0.0.0/24".parse().unwrap()];
        Surroundings { networks, ..Surroundings::default() }
    }

    /// How often a minute, where a look of each kind is this many.
    fn per_minute(spec: &CameraSpec, weight: fn(ProbeKind) -> u64) -> f64 {
        kinds(spec, &near())
            .map(|kind| weight(kind) as f64 * 60.0 / of_spec(kind, spec, &SHIPPED).as_secs_f64())
            .sum()
    }

    #[test]
    fn a_camera_is_asked_at_most_six_times_a_minute() {
        for video in EVERY_CHOICE {
            let spec = camera(1, video, login());
            let asked = per_minute(&spec, |_| 1);
            assert!(asked <= 6.0 + 1e-9, "{video:?}: {asked}");
        }
    }

    #[test]
    fn a_web_server_gets_at_most_six_requests_a_minute_and_a_stream_server_one_session_in_two() {
        for video in EVERY_CHOICE {
            let spec = camera(1, video, login());
            let web = per_minute(&spec, planned_requests);
            let streaming = per_minute(&spec, |kind| {
                u64::from(matches!(kind, ProbeKind::CameraStream | ProbeKind::CameraRtsp))
            });
            assert!(web <= 6.0 + 1e-9, "{video:?}: {web}");
            assert!(streaming <= 0.5, "{video:?}: {streaming}");
        }
    }

    #[test]
    fn video_is_looked_at_where_it_is_wanted_and_there_is_a_password() {
        let both = [ProbeKind::CameraStream, ProbeKind::CameraPicture];
        let looked = |video, credentials| -> Vec<ProbeKind> {
            kinds(&camera(1, video, credentials), &near()).filter(|kind| both.contains(kind)).collect()
        };
        assert_eq!(looked(VideoChecks::Both, login()), both);
        assert_eq!(looked(VideoChecks::Stream, login()), both[..1]);
        assert_eq!(looked(VideoChecks::Picture, login()), both[1..]);
        assert_eq!(looked(VideoChecks::None, login()), []);
        assert_eq!(looked(VideoChecks::Both, None), []);
    }

    #[test]
    fn who_has_an_address_is_asked_in_the_own_networks_alone() {
        let cases = [("10.0.0.1", true), ("10.0.1.1", false), ("127.0.0.1", false), ("fd00::1", false)];
        for (address, expected) in cases {
            let spec = CameraSpec { address: address.parse().unwrap(), ..camera(1, VideoChecks::None, None) };
            assert_eq!(
                kinds(&spec, &near()).any(|kind| kind == ProbeKind::CameraNeighbour),
                expected,
                "{address}"
            );
        }
    }

    #[test]
    fn a_camera_is_never_left_alone_for_much_longer_than_its_interval() {
        let cameras = [1, 2, 3].map(|number| camera(number, VideoChecks::None, None));
        let planned = plan(&[], &cameras, &near(), &SHIPPED);
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

    /// A camera that is gone for half of each period is looked at while it is gone, wherever in the period
    /// the looks began.
    #[test]
    fn what_comes_and_goes_in_step_with_the_looks_is_seen() {
        let cameras = [1, 2, 3].map(|number| camera(number, VideoChecks::Both, login()));
        let planned = plan(&[], &cameras, &near(), &SHIPPED);
        let start = Timestamp::from_millis(1_000_000);
        for (period, seed) in
            [5_000, 10_000, 15_000, 30_000, 60_000].into_iter().flat_map(|p| [(p, 1), (p, 2)])
        {
            let mut schedule = Schedule::new(planned.clone(), SHIPPED.suspicion_interval, seed, start);
            // How often each camera was gone when it was asked, for every tenth of the period.
            let mut gone = [[0; 10]; 3];
            for t in (60_000..360_000).step_by(100) {
                for probe in schedule.due(start.plus(Duration::from_millis(t))) {
                    let own = &mut gone[usize::from(probe.subject.as_bytes()[4] - b'1')];
                    for (tenth, times) in own.iter_mut().enumerate() {
                        let at = (t + tenth as u64 * period / 10) % period;
                        *times += u32::from(at < period / 2);
                    }
                }
            }
            assert!(gone.as_flattened().iter().all(|times| *times >= 5), "{period} ms: {gone:?}");
        }
    }
}
