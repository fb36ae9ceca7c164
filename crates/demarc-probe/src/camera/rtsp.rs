//! Whether the camera's streaming server answers. That it answers is no proof of a picture.

mod line;

pub(super) use line::{Line, Trouble};

use crate::trace::{Stop, Trace, micros};
use demarc_model::observation::Phase;
use demarc_model::symptom::Symptom;
use demarc_protocol::rtsp::sdp::url;
use demarc_protocol::rtsp::{Method, Reply, Request};
use std::net::{IpAddr, SocketAddr};
use tokio::time::Instant;

pub(super) async fn probe(address: IpAddr, port: u16, trace: &mut Trace) -> Result<(), Stop> {
    let mut line = Line::connect(SocketAddr::new(address, port), trace).await?;
    let began = Instant::now();
    let root = url(&line.authority(), "/").unwrap_or_default();
    let reply = line.exchange(&Request::new(Method::Options, &root), None, trace.deadline()).await;
    let reply = reply.map_err(|trouble| trouble.explain("OPTIONS"))?;
    trace.phases.first_byte_us = Some(micros(began.elapsed()));
    refuse_busy(&reply)
}

pub(super) fn refuse_busy(reply: &Reply) -> Result<(), Stop> {
    match reply.status {
        453 | 503 => {
            let detail = format!("RTSP {} {}: out of streaming sessions", reply.status, reply.reason);
            Err(Stop::failed(Phase::Content, Symptom::Busy, &detail))
        }
        _ => Ok(()),
    }
}
