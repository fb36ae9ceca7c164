//! One connection, from its first byte to its end.

use super::Host;
use crate::beyond;
use crate::bind::Service;
use crate::camera::{rtsp, web};
use crate::world::{Handshake, World};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::{TokioIo, TokioTimer};
use socket2::SockRef;
use std::convert::Infallible;
use std::pin::pin;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, copy, sink};
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;

/// Serves until the client leaves. When the place falls silent, so does the connection, and it
/// breaks when the place is back.
pub(super) async fn attend(stream: TcpStream, host: Host) {
    if let Some(camera) = &host.camera {
        camera.tally.connected();
    }
    let mut world = host.world.clone();
    let place = host.place;
    let answers = |world: &World| world.reach(place).answers();
    if !answers(&host.world.borrow()) {
        let mut stream = stream;
        tokio::select! {
            () = drain(&mut stream) => {}
            // Whether it is back or the site ends, this connection is over.
            _back = world.wait_for(answers) => {}
        }
        return;
    }
    let mut serving = pin!(serve(stream, &host));
    tokio::select! {
        () = &mut serving => return,
        _silent = world.wait_for(|world| !answers(world)) => {}
    }
    let _back = world.wait_for(answers).await;
}

async fn serve(mut stream: TcpStream, host: &Host) {
    match (host.service, &host.camera) {
        (Service::Device, _) => drain(&mut stream).await,
        (Service::Tls, _) => serve_tls(stream, host).await,
        (Service::CameraWeb | Service::Web, _) => serve_http(stream, host).await,
        (Service::CameraRtsp, Some(camera)) => rtsp::serve(stream, camera, &host.world).await,
        (Service::CameraRtsp, None) => {}
    }
}

/// Reads until the client closes or breaks the connection.
async fn drain(stream: &mut TcpStream) {
    let _read = copy(stream, &mut sink()).await;
}

async fn serve_tls(mut stream: TcpStream, host: &Host) {
    let handshake = host.world.borrow().handshake(host.place);
    if handshake == Handshake::Reset {
        let _hello = stream.read(&mut [0; 4096]).await;
        // If this fails the client sees a closed connection, which serves as well.
        let _closed = SockRef::from(&stream).set_linger(Some(Duration::ZERO));
        return;
    }
    let config = host.faces.as_ref().and_then(|faces| faces.of(handshake));
    let Some(config) = config else { return drain(&mut stream).await };
    // A client that distrusts the certificate leaves here.
    if let Ok(stream) = TlsAcceptor::from(config).accept(stream).await {
        serve_http(stream, host).await;
    }
}

async fn serve_http<S: AsyncRead + AsyncWrite + Unpin>(stream: S, host: &Host) {
    let service = service_fn(|request: Request<Incoming>| answer(request, host));
    let server = http1::Builder::new()
        .timer(TokioTimer::new())
        .title_case_headers(true)
        .serve_connection(TokioIo::new(stream), service);
    // How a client ends a connection is its own affair.
    let _ended = server.await;
}

async fn answer(
    request: Request<Incoming>,
    host: &Host,
) -> Result<Response<http_body_util::Full<bytes::Bytes>>, Infallible> {
    Ok(match &host.camera {
        Some(camera) => web::answer(request, camera, &host.world).await,
        None => beyond::answer(host.place, host.service, request.uri().path(), &host.world.borrow()),
    })
}
