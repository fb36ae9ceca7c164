//! How a camera's day with us is: what it is asked, and how often it has to refuse a password.

#![expect(clippy::print_stdout, reason = "tells how often a password was refused")]

use crate::branch::Branch;
use demarc_model::probe::ProbeKind;
use demarc_model::time::Timestamp;
use demarc_probe::camera::CameraClient;
use demarc_probe::spec::Limits;
use demarc_sim::SiteSpec;
use std::time::Duration;

const DAY_S: u64 = 24 * 3600;
const WHILE: Duration = Duration::from_secs(40);
/// Every probe that sends the password, and after how many seconds each comes again at the shipped cadence.
const WITH_PASSWORD: [(ProbeKind, u64); 6] = [
    (ProbeKind::CameraLogin, 20),
    (ProbeKind::CameraStream, 300),
    (ProbeKind::CameraPicture, 300),
    (ProbeKind::CameraCloud, 300),
    (ProbeKind::CameraOnvif, 600),
    (ProbeKind::CameraStorage, 600),
];

fn client(branch: &Branch) -> CameraClient {
    let config = demarc_agent::config::load(&branch.config).unwrap();
    let spec = config.camera_specs().into_iter().next().unwrap();
    let total = Duration::from_secs(5);
    CameraClient::new(spec, Limits { connect: total, tls: total, total }).unwrap()
}

#[test]
fn a_wrong_password_is_refused_four_times_an_hour_and_no_more_in_a_day() {
    let branch = Branch::start(1);
    branch.tell("camera-password-changed:cam-01");
    let mut client = client(&branch);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let began = Timestamp::from_millis(1_000_000_000);
    let mut asked = 0;
    for second in (0..DAY_S).step_by(20) {
        let at = began.plus(Duration::from_secs(second));
        for (kind, every) in WITH_PASSWORD {
            if second % every == 0 {
                runtime.block_on(client.probe(kind, at));
                asked += 1;
            }
        }
    }
    let counts = branch.counts("cam-01");
    println!("{asked} probes of a day with a wrong password: {} logins refused", counts.logins_failed);
    assert_eq!(asked, 4320 + 3 * 288 + 2 * 144);
    assert_eq!((counts.logins_failed, counts.logins_ok), (DAY_S / 900, 0), "{counts:?}");
}

/// How many requests a camera gets within a while, all being well, whose challenges live for so long.
fn asked_in_quiet_time(nonce_life_s: u32) -> u64 {
    let branch = Branch::simulate(&SiteSpec { cameras: 1, segments: 1, nonce_life_s, ..SiteSpec::default() });
    let mut agent = branch.agent();
    agent.wait_until_well();
    let before = branch.counts("cam-01");
    std::thread::sleep(WHILE);
    let after = branch.counts("cam-01");
    assert_eq!(after.logins_failed, 0, "{after:?}");
    println!("challenges live for {nonce_life_s} s: {before:?}, {after:?}");
    after.requests - before.requests
}

/// A challenge that has grown old costs a second request; what comes later is left out for it.
#[test]
fn a_camera_whose_challenges_live_shortly_is_asked_no_more_than_another() {
    let (long, short) = std::thread::scope(|scope| {
        let long = scope.spawn(|| asked_in_quiet_time(3600));
        let short = asked_in_quiet_time(1);
        (long.join().unwrap(), short)
    });
    assert!(short <= long + 5, "{short} for {long}");
}
