//! Logs in to one camera again and again, as `camera.login` does, and fails when one does.
//!
//! Arguments: address and port, username, password, how often. For `scripts/measure-digest`.

use demarc_model::id::{AccountId, CameraId};
use demarc_model::observation::Outcome;
use demarc_model::probe::ProbeKind;
use demarc_model::time::Timestamp;
use demarc_probe::camera::CameraClient;
use demarc_probe::spec::{Basic, CameraSpec, Credentials, Limits, Scheme, VideoChecks};
use std::net::SocketAddr;
use std::time::Duration;

type Failure = Box<dyn std::error::Error>;

fn main() -> Result<(), Failure> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [peer, username, password, times] = &arguments[..] else {
        return Err("usage: warm-logins ADDRESS:PORT USERNAME PASSWORD TIMES".into());
    };
    let (peer, times): (SocketAddr, u32) = (peer.parse()?, times.parse()?);
    let login = Credentials {
        account: AccountId::new("cameras")?,
        username: username.clone(),
        password: password.clone().into(),
    };
    let spec = CameraSpec {
        id: CameraId::new("camera")?,
        address: peer.ip(),
        scheme: Scheme::Http,
        port: peer.port(),
        rtsp_port: 554,
        onvif_port: None,
        onvif_path: "/onvif/device_service".to_owned(),
        stream_path: None,
        picture_path: None,
        video: VideoChecks::None,
        credentials: Some(login),
        basic: Basic::Never,
        cloud: None,
        relays_every: None,
        keep_snapshots: false,
        clock_tolerance: Duration::from_mins(1),
    };
    let second = Duration::from_secs(1);
    let mut client = CameraClient::new(spec, Limits { connect: second, tls: second, total: 5 * second })?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let logins = async {
        for turn in 0..times {
            let at = Timestamp::from_millis(i64::from(turn));
            let seen = client.probe(ProbeKind::CameraLogin, at).await;
            if seen.outcome != Outcome::Passed {
                return Err(format!("login {turn}: {:?}", seen.outcome));
            }
        }
        Ok(())
    };
    runtime.block_on(logins)?;
    Ok(())
}
