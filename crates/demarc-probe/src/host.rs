//! A host of the Internet, as far as its check goes: a control, or an endpoint of the vendor.

use crate::dns::{self, Expect};
use crate::http::{self, Get, Take};
use crate::net::Net;
use crate::spec::{Check, HostCheck, ReachBy};
use crate::trace::{Stop, Trace};
use crate::{stun, tcp, tls};
use demarc_model::observation::MissingReason;
use tokio::io::AsyncWriteExt;
use tokio::time::timeout_at;

pub(crate) async fn examine(net: &Net, check: &HostCheck, trace: &mut Trace) -> Result<(), Stop> {
    let addresses = match check.reach {
        ReachBy::Address(address) => vec![address],
        ReachBy::Name { resolver, private } => {
            dns::resolve(resolver, &check.host, Expect::private(private), trace).await?
        }
    };
    match &check.check {
        Check::Stun => stun::ask(&addresses, check.port, trace).await,
        Check::Tcp => tcp::connect(&addresses, check.port, trace).await.map(drop),
        Check::Tls => {
            let stream = tcp::connect(&addresses, check.port, trace).await?;
            let mut stream = tls::handshake(net, stream, &check.host, check.trust, trace).await?;
            tls::expect_issuer(check, trace)?;
            // A courtesy to the server's log, which would otherwise call this a truncated connection.
            let _goodbye = timeout_at(trace.deadline(), stream.shutdown()).await;
            Ok(())
        }
        Check::Https { path } => {
            let stream = tcp::connect(&addresses, check.port, trace).await?;
            let stream = tls::handshake(net, stream, &check.host, check.trust, trace).await?;
            tls::expect_issuer(check, trace)?;
            let authority = authority(check);
            let get = Get { authority: &authority, path, take: Take::Head };
            http::server_error(&http::get(stream, &get, trace).await?)
        }
    }
}

/// The hosts in turn, until one passes; when none does, what the first of them said.
pub(crate) async fn examine_any(net: &Net, checks: &[HostCheck], trace: &mut Trace) -> Result<(), Stop> {
    let mut first = None;
    for check in checks {
        match examine(net, check, trace).await {
            Ok(()) => return Ok(()),
            Err(stop) => first = first.or(Some(stop)),
        }
    }
    Err(first.unwrap_or(Stop::Missing(MissingReason::NotOffered)))
}

fn authority(check: &HostCheck) -> String {
    match check.port {
        443 => check.host.clone(),
        port => format!("{}:{port}", check.host),
    }
}
