//! Logins at the ONVIF service of simulated cameras: what they cost, and what a refusal means.

use crate::branch::Branch;
use demarc_model::observation::{MissingReason, Outcome};
use demarc_model::probe::ProbeKind;
use demarc_model::symptom::Symptom;
use demarc_model::time::Timestamp;
use demarc_probe::camera::CameraClient;
use demarc_probe::spec::Limits;
use std::time::Duration;

const AT: Timestamp = Timestamp::from_millis(1_645_376_400_000);

/// A client for the camera of this number, with the account of the written configuration.
fn client(branch: &Branch, number: usize) -> CameraClient {
    let config = demarc_agent::config::load(&branch.config).unwrap();
    let second = Duration::from_secs(5);
    let limits = Limits { connect: second, tls: second, total: second };
    CameraClient::new(config.camera_specs().swap_remove(number - 1), limits).unwrap()
}

/// The first camera speaks Digest at ONVIF and marks nothing as stale; its password is changed while
/// a nonce that worked is minutes old.
#[test]
fn a_refused_onvif_login_is_about_the_password_and_costs_one_failure() {
    let branch = Branch::start(3);
    let mut client = client(&branch, 1);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let mut ask = |at| runtime.block_on(client.probe(ProbeKind::CameraOnvif, at));
    for minutes in [0, 5, 10] {
        assert_eq!(ask(AT.plus(Duration::from_mins(minutes))).outcome, Outcome::Passed);
    }
    let counts = branch.counts("cam-01");
    // Of these one question, with a login of its own, that follows once a day.
    assert_eq!((counts.requests, counts.logins_ok, counts.logins_failed), (8, 4, 0), "{counts:?}");

    branch.tell("camera-password-changed:cam-01");
    assert_eq!(ask(AT.plus(Duration::from_mins(15))).symptom(), Some(Symptom::Rejected));
    let spared = ask(AT.plus(Duration::from_mins(29))).outcome;
    assert_eq!(spared, Outcome::Missing { reason: MissingReason::Budget });
    assert_eq!(branch.counts("cam-01").logins_failed, 1);
}

/// The third camera wants WS-UsernameToken: once that is known, a login is one request.
#[test]
fn a_token_that_was_taken_once_is_sent_at_once() {
    let branch = Branch::start(3);
    let mut client = client(&branch, 3);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    // One question more follows once a day.
    for requests in [4, 5, 6] {
        let seen = runtime.block_on(client.probe(ProbeKind::CameraOnvif, AT));
        assert_eq!(seen.outcome, Outcome::Passed);
        assert_eq!(branch.counts("cam-03").requests, requests);
    }
}
