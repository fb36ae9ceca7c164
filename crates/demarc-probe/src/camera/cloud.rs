//! The camera as a point of view: whether it is connected to its vendor's cloud, or could be.
//!
//! One that was never seen to get there is not missed there: it may not be meant to.

use super::CameraClient;
use super::storage::offered;
use super::vendor::{Call, Keeping};
use crate::spec::{CameraCloud, Limits, Relay};
use crate::trace::{Stop, Trace};
use demarc_model::observation::{MissingReason, Phase};
use demarc_model::symptom::Symptom;
use demarc_model::time::Timestamp;
use demarc_protocol::isapi;
use demarc_protocol::vapix::{self, vantage};
use demarc_protocol::vendor::Vendor;
use std::time::Duration;

/// What is remembered of it.
#[derive(Debug, Default)]
pub(super) struct Memory {
    /// It was seen to reach its vendor's cloud.
    was_online: bool,
    /// It has no `tcptest.cgi`.
    pings: bool,
}

/// What came of one connection.
enum Test {
    Through,
    /// In words for people.
    Failed(String),
}

/// Of a look, what is kept to ask whether the camera itself is well.
const KEPT: Duration = Duration::from_millis(1500);

impl CameraClient {
    pub(super) async fn ask_for_cloud(&mut self, at: Timestamp, trace: &mut Trace) -> Result<(), Stop> {
        match (self.spec.cloud.clone(), self.vendor()) {
            (Some(CameraCloud::Ezviz), Some(Vendor::Hikvision)) => self.ask_for_registration(at, trace).await,
            (Some(CameraCloud::TcpTest(relays)), Some(Vendor::Axis)) => {
                self.have_it_connect(&relays, at, trace).await
            }
            _ => Err(Stop::Missing(MissingReason::NotOffered)),
        }
    }

    async fn ask_for_registration(&mut self, at: Timestamp, trace: &mut Trace) -> Result<(), Stop> {
        let call = Call { request: isapi::cloud_request(), name: "ISAPI EZVIZ", keeping: Keeping::Cold };
        let cloud = self.call(call, at, trace, isapi::parse_cloud).await?;
        match (cloud.enabled, cloud.registered) {
            (Some(false), _) | (_, None) => Err(Stop::Missing(MissingReason::NotOffered)),
            (_, Some(true)) => {
                self.cloud.was_online = true;
                Ok(())
            }
            (_, Some(false)) if self.cloud.was_online || cloud.bound == Some(true) => {
                let host = cloud.host.as_deref().unwrap_or("its cloud");
                Err(offline(&format!("the camera says that it is not registered at {host}")))
            }
            (_, Some(false)) => Err(Stop::Missing(MissingReason::NotOffered)),
        }
    }

    /// To the first relay that answers: losing one of several is no loss of the camera's.
    async fn have_it_connect(
        &mut self,
        relays: &[Relay],
        at: Timestamp,
        trace: &mut Trace,
    ) -> Result<(), Stop> {
        let whole = trace.limits;
        let all = whole.total.saturating_sub(KEPT.min(whole.total / 3));
        let mut told = None;
        for (index, relay) in (1..).zip(relays) {
            trace.limits.total = all * index / u32::try_from(relays.len()).unwrap_or(u32::MAX);
            let seen = self.test_connection(relay, at, trace).await;
            trace.limits = whole;
            match seen? {
                Test::Through => {
                    self.cloud.was_online = true;
                    return Ok(());
                }
                Test::Failed(words) => told = Some(words),
            }
        }
        match told {
            Some(told) if self.cloud.was_online => Err(offline(&told)),
            Some(_) | None => Err(Stop::Missing(MissingReason::NotOffered)),
        }
    }

    async fn test_connection(
        &mut self,
        relay: &Relay,
        at: Timestamp,
        trace: &mut Trace,
    ) -> Result<Test, Stop> {
        let Relay { host, port } = relay;
        let (request, name) = match self.cloud.pings {
            true => (vantage::ping_test_request(host), "pingtest.cgi"),
            false => (vantage::tcp_test_request(host, *port), "tcptest.cgi"),
        };
        let request = request.ok_or(Stop::Missing(MissingReason::NotOffered))?;
        let answer = match self.ask_vapix(&request, at, trace).await {
            // It waits for the relay, unless it hangs altogether.
            Err(Stop::Failed { symptom: Symptom::Hung | Symptom::Timeout, .. })
                if self.answers(trace).await =>
            {
                return Ok(Test::Failed(format!("the camera gets no answer from {host}:{port}")));
            }
            answer => answer?,
        };
        // The older test of the two is the only one that some have; the next look makes it.
        self.cloud.pings |= matches!(answer.status, 404 | 405 | 410);
        let body = offered(&answer, name)?;
        let words = vantage::parse_test(body).map_err(|_| Stop::Missing(MissingReason::NotOffered))?;
        Ok(match words.got_through() {
            Some(true) => Test::Through,
            Some(false) | None => {
                Test::Failed(format!("the camera does not reach {host}:{port}, and says: {}", words.0))
            }
        })
    }

    async fn answers(&mut self, trace: &Trace) -> bool {
        let mut aside = Trace::begin(Limits { total: KEPT.min(trace.limits.total), ..trace.limits });
        self.web.exchange(&vapix::system_ready_request(0), None, &mut aside).await.is_ok()
    }
}

fn offline(detail: &str) -> Stop {
    Stop::failed(Phase::Content, Symptom::Offline, detail)
}
