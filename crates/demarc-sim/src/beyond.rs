//! What web servers beyond the line answer: controls, the vendor's hosts, its status page, and the
//! portal that may stand before them.

use crate::bind::Service;
use crate::clock;
use crate::fault::FaultKind;
use crate::layout::{Place, STATUS_HOST};
use crate::reply::{self, Reply};
use crate::world::World;
use hyper::StatusCode;
use hyper::header::LOCATION;

pub(crate) fn answer(place: Place, service: Service, path: &str, world: &World) -> Reply {
    let intercepted = place == Place::Portal || world.has(FaultKind::CaptivePortal);
    let reply = match (intercepted, service) {
        (true, Service::Tls) => portal_page(),
        (true, _) => to_portal(),
        (false, _) => proper(place, path, world),
    };
    reply::dated(reply, world.time(clock::now()))
}

fn proper(place: Place, path: &str, world: &World) -> Reply {
    if world.fails(place) {
        return reply::html(StatusCode::SERVICE_UNAVAILABLE);
    }
    if place == Place::StatusPage
        && let Some((kind, body)) = world.software.document(path, &world.page, STATUS_HOST)
    {
        return reply::with_body(StatusCode::OK, kind, body.into_bytes());
    }
    match (place, path) {
        (Place::Control(_), "/generate_204") => reply::empty(StatusCode::NO_CONTENT),
        (_, "/") => {
            reply::with_body(StatusCode::OK, "text/html; charset=utf-8", b"<h1>It works</h1>".to_vec())
        }
        _ => reply::html(StatusCode::NOT_FOUND),
    }
}

fn portal_page() -> Reply {
    let page = b"<h1>Guest network</h1><p>Sign in to use the Internet.</p>".to_vec();
    reply::with_body(StatusCode::OK, "text/html; charset=utf-8", page)
}

fn to_portal() -> Reply {
    let mut reply = reply::html(StatusCode::FOUND);
    reply::add(&mut reply, LOCATION, "https://portal.example/login");
    reply
}
