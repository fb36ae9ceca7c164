use crate::net::Net;
use crate::path::run;
use crate::spec::{Limits, PathProbe, PathSpec};
use demarc_model::observation::{MissingReason, Observation, Outcome, Phase};
use demarc_model::probe::{ProbeId, ProbeKind};
use demarc_model::symptom::Symptom;
use demarc_model::time::Timestamp;
use std::time::Duration;

mod host;
mod hostile;
mod local;
mod long_answer;
mod name;
mod page;
mod relay;
pub(crate) mod servers;
mod stun;

/// 2022-02-20T17:00:00Z.
const AT: Timestamp = Timestamp::from_millis(1_645_376_400_000);

const LIMITS: Limits = Limits {
    connect: Duration::from_millis(300),
    tls: Duration::from_millis(300),
    total: Duration::from_millis(900),
};

/// How a probe ended, without the words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    Passed,
    Failed(Phase, Symptom),
    Missing(MissingReason),
}

fn end(observation: &Observation) -> End {
    match observation.outcome {
        Outcome::Passed => End::Passed,
        Outcome::Failed { phase, symptom, .. } => End::Failed(phase, symptom),
        Outcome::Missing { reason } => End::Missing(reason),
    }
}

/// Runs the probe while the server serves, and holds it to its deadline.
async fn probe(net: &Net, what: PathProbe, server: impl Future<Output = ()> + Send) -> Observation {
    let spec = PathSpec { id: ProbeId::new(ProbeKind::VendorName, "x"), what, via: None };
    let client = is_send(run(net, &spec, AT, LIMITS));
    let server = async {
        server.await;
        std::future::pending::<std::convert::Infallible>().await
    };
    let observation = tokio::select! {
        observation = client => observation,
        never = server => match never {},
    };
    let slack = Duration::from_millis(500);
    let took = Duration::from_micros(observation.phases.total_us.into());
    assert!(took < LIMITS.total + slack, "{observation:?}");
    assert_eq!((&observation.probe, observation.at), (&spec.id, AT));
    observation
}

/// The agent runs probes as tasks.
fn is_send<F: Future + Send>(future: F) -> F {
    future
}
