//! A streaming server that has begun: asked for the description of a stream until it has one.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpStream};
use std::process::Child;
use std::time::{Duration, Instant};

const POLL: Duration = Duration::from_millis(50);
const PATIENCE: Duration = Duration::from_secs(20);

/// A program that ends with this value.
pub(super) struct Ends(pub(super) Child);

impl Drop for Ends {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Waits until somebody listens there.
pub(super) fn until_served(port: u16) {
    until("somebody listens", || TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_ok());
}

/// Waits until the stream can be described.
pub(super) fn until_described(port: u16, path: &str) {
    let request = format!("DESCRIBE rtsp://127.0.0.1:{port}{path} RTSP/1.0\r\nCSeq: 1\r\n\r\n");
    until("the stream is there", || ask(port, &request).is_some_and(|reply| reply.contains("m=video")));
}

/// The beginning of the reply to one request.
pub(super) fn ask(port: u16, request: &str) -> Option<String> {
    let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).ok()?;
    stream.set_read_timeout(Some(Duration::from_millis(300))).ok()?;
    stream.write_all(request.as_bytes()).ok()?;
    let mut received = Vec::new();
    // Ends with the patience: the connection stays open.
    let _late = stream.read_to_end(&mut received);
    Some(String::from_utf8_lossy(&received).into_owned())
}

fn until(what: &str, mut is: impl FnMut() -> bool) {
    let start = Instant::now();
    while start.elapsed() < PATIENCE {
        if is() {
            return;
        }
        std::thread::sleep(POLL);
    }
    panic!("waited {PATIENCE:?} until {what}");
}
