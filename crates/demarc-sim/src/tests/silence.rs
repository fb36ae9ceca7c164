//! A dead host is dead as real ones are: connections are not refused, they are never made.

use super::client::{self, Nothing};
use super::site;
use crate::SimFault;
use crate::layout::Place;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

const OPTIONS: &[u8] = b"OPTIONS * RTSP/1.0\r\nCSeq: 1\r\n\r\n";

#[tokio::test]
async fn who_waits_gets_through_when_the_camera_is_back() {
    let site = site(106, 1).await;
    let layout = site.layout();
    let rtsp = SocketAddr::from((layout.address(Place::Camera(0)), layout.ports.camera_rtsp));
    let dead: SimFault = "camera-dead:cam-01".parse().unwrap();
    for _ in 0..3 {
        site.inject(&dead).await.unwrap();
        assert_eq!(client::connect(rtsp).await.map(|_| ()), Err(Nothing::NoAnswer));
        let patient = tokio::spawn(TcpStream::connect(rtsp));
        site.heal(&dead).await;
        // The kernel repeats a lost request for a connection after a second.
        timeout(Duration::from_secs(20), patient).await.unwrap().unwrap().unwrap();
    }
    site.stop().await;
}

#[tokio::test]
async fn a_live_connection_falls_silent_and_breaks_when_the_camera_is_back() {
    let site = site(110, 1).await;
    let layout = site.layout();
    let rtsp = SocketAddr::from((layout.address(Place::Camera(0)), layout.ports.camera_rtsp));
    let mut stream = client::connect(rtsp).await.unwrap();
    let mut answer = [0; 1024];
    stream.write_all(OPTIONS).await.unwrap();
    assert_ne!(stream.read(&mut answer).await.unwrap(), 0);

    let dead: SimFault = "camera-dead:cam-01".parse().unwrap();
    site.inject(&dead).await.unwrap();
    stream.write_all(OPTIONS).await.unwrap();
    let silence = timeout(Duration::from_millis(300), stream.read(&mut answer)).await;
    assert!(silence.is_err(), "{silence:?}");

    site.heal(&dead).await;
    let end = timeout(Duration::from_secs(20), stream.read(&mut answer)).await.unwrap();
    assert!(matches!(end, Ok(0) | Err(_)), "{end:?}");
    site.stop().await;
}

#[tokio::test]
async fn stopping_closes_every_socket() {
    let site = site(114, 1).await;
    let layout = site.layout();
    let gateway = SocketAddr::from((layout.address(Place::Gateway), layout.ports.device));
    site.inject(&"gateway-down".parse().unwrap()).await.unwrap();
    site.stop().await;
    assert_eq!(client::connect(gateway).await.map(|_| ()), Err(Nothing::Broken));
}
