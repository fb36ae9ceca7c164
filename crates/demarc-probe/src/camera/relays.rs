//! The camera's own list of relays, asked for now and then in the place of its login.
//!
//! Only an administrator may read it, and who was let read it has proved the password too: it costs no
//! request more. An account that may not read it is not asked for it.

use super::CameraClient;
use crate::trace::{Stop, Trace};
use demarc_model::observation::{MissingReason, Reading};
use demarc_model::relay::{RelayList, RelayMode, RelayServer};
use demarc_model::symptom::Symptom;
use demarc_model::text::DeviceText;
use demarc_model::time::Timestamp;
use demarc_protocol::vapix::remote::{self, RemoteMode, RemoteService};
use demarc_protocol::vapix::{self, UserGroups};

/// The group of those who may read the list.
const ADMINISTRATORS: &str = "admin";

#[derive(Debug, Default)]
pub(super) struct Memory {
    /// Whether the account is an administrator's, as the camera said last.
    may_read: bool,
    asked: Option<Timestamp>,
    /// It refused the password here, and not at its login.
    refused: bool,
}

impl Memory {
    pub(super) fn learn(&mut self, account: &UserGroups) {
        self.may_read = account.groups.iter().any(|group| group == ADMINISTRATORS);
    }
}

impl CameraClient {
    /// Asks for the list when its time has come. Whether the camera told it, and so took the password.
    pub(super) async fn tell_relays(&mut self, at: Timestamp, trace: &mut Trace) -> Result<bool, Stop> {
        let Memory { may_read, asked, refused } = self.relays;
        let due = |every| asked.is_none_or(|asked| at.since(asked) >= every);
        if !may_read || refused || !self.spec.relays_every.is_some_and(due) {
            return Ok(false);
        }
        // Also when nothing comes of it: the next login is to be an ordinary one.
        self.relays.asked = Some(at);
        let answer = match self.ask_vapix(&remote::remote_service_request(), at, trace).await {
            Err(Stop::Failed { symptom: Symptom::Rejected, .. }) => {
                // Perhaps not the password, but the right to this one page: the login is to say which.
                self.relays.refused = true;
                return Err(Stop::Missing(MissingReason::Budget));
            }
            answer => answer?,
        };
        let told = match answer.status {
            200 => vapix::parse_params(&answer.body).ok().and_then(|params| remote::remote_service(&params)),
            _ => None,
        };
        let Some(told) = told else { return Ok(false) };
        trace.read(Reading::Relays(list(&told)));
        Ok(true)
    }
}

fn list(told: &RemoteService) -> RelayList {
    let mode = match told.mode {
        RemoteMode::OneClick => RelayMode::OneClick,
        RemoteMode::On => RelayMode::On,
        RemoteMode::Off => RelayMode::Off,
        RemoteMode::Unknown => RelayMode::Unknown,
    };
    let server =
        |server: &remote::Server| RelayServer { host: DeviceText::clean(&server.host), port: server.port };
    RelayList::new(mode, told.servers.iter().map(server))
}
