//! The simulated cameras against a client that shares no code with ours: their challenges are honest.

use crate::branch::Branch;
use diqwest::WithDigestAuth as _;

/// The address of a camera's web port, and the account, from the written configuration.
fn camera(branch: &Branch, id: &str) -> (String, String, String) {
    let config = demarc_agent::config::load(&branch.config).unwrap();
    let spec = config.camera_specs().into_iter().find(|spec| spec.id.as_str() == id).unwrap();
    let login = spec.credentials.unwrap();
    let password = secrecy::ExposeSecret::expose_secret(&login.password).to_owned();
    (format!("http://{}:{}", spec.address, spec.port), login.username, password)
}

#[test]
fn an_independent_digest_client_logs_in_with_the_right_password_only() {
    let branch = Branch::start(1);
    let (base, username, password) = camera(&branch, "cam-01");
    // Another test of this process may have been first.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let url = format!("{base}/axis-cgi/usergroup.cgi");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let ask = |password: &str| {
        let request = client.get(&url);
        let answer = runtime.block_on(request.send_digest_auth((username.as_str(), password)));
        answer.unwrap().status().as_u16()
    };
    assert_eq!(ask(&password), 200);
    assert_eq!(ask("something else"), 401);
    let counts = branch.counts("cam-01");
    assert_eq!((counts.logins_ok, counts.logins_failed), (1, 1), "{counts:?}");
}
