//! Whether the camera's streaming server answers. That it answers is no proof of a picture.

use crate::tcp;
use crate::trace::{Stop, Trace, micros};
use demarc_model::observation::Phase;
use demarc_model::symptom::Symptom;
use demarc_protocol::rtsp::{self, Reply};
use std::io;
use std::net::{IpAddr, SocketAddr};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout_at};

pub(super) async fn probe(address: IpAddr, port: u16, trace: &mut Trace) -> Result<(), Stop> {
    let mut stream = tcp::connect(&[address], port, trace).await?;
    let began = Instant::now();
    let request = rtsp::options_request(&SocketAddr::new(address, port).to_string());
    let answered = timeout_at(trace.deadline(), ask(&mut stream, &request)).await;
    match answered {
        Ok(Ok(Some(reply))) => {
            trace.phases.first_byte_us = Some(micros(began.elapsed()));
            judge(&reply)
        }
        Ok(Ok(None)) => Err(hung("the streaming server closed the connection without an answer")),
        Ok(Err(_)) => {
            let detail = "what answers at the streaming port does not speak RTSP";
            Err(Stop::failed(Phase::FirstByte, Symptom::Garbage, detail))
        }
        Err(_) => Err(hung("the streaming server took the connection and did not answer in time")),
    }
}

/// `None` when the connection ends before a reply is complete.
async fn ask(stream: &mut TcpStream, request: &[u8]) -> Result<Option<Reply>, rtsp::RtspError> {
    if stream.write_all(request).await.is_err() {
        return Ok(None);
    }
    let mut received = Vec::new();
    loop {
        match read_more(stream, &mut received).await {
            Ok(1..) => {}
            Ok(0) | Err(_) => return Ok(None),
        }
        if let Some(reply) = rtsp::parse_reply(&received)? {
            return Ok(Some(reply));
        }
    }
}

async fn read_more(stream: &mut TcpStream, received: &mut Vec<u8>) -> io::Result<usize> {
    received.reserve(4096);
    stream.read_buf(received).await
}

fn judge(reply: &Reply) -> Result<(), Stop> {
    match reply.status {
        453 | 503 => {
            let detail = format!("RTSP {} {}: out of streaming sessions", reply.status, reply.reason);
            Err(Stop::failed(Phase::Content, Symptom::Busy, &detail))
        }
        _ => Ok(()),
    }
}

fn hung(detail: &str) -> Stop {
    Stop::failed(Phase::FirstByte, Symptom::Hung, detail)
}
