//! How a camera's day with us is: what it is asked, and how often it has to refuse a password.

#![expect(clippy::print_stdout, reason = "tells how often a password was refused")]

use crate::branch::Branch;
use demarc_model::probe::ProbeKind;
use demarc_model::time::Timestamp;
use demarc_probe::camera::CameraClient;
use demarc_probe::spec::Limits;
use std::time::Duration;

const DAY_S: u64 = 24 * 3600;
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
