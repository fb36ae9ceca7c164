//! The camera's web server: who may ask for what, and what comes back.

use super::Camera;
use super::digest::{Attempt, Guard, Outcome, Stale};
use super::picture::{self, View};
use super::state::{Access, Condition, Sensor, State};
use super::vapix::Properties;
use super::{onvif, vapix};
use crate::layout::USERNAME;
use crate::reply::{self, Reply};
use crate::world::World;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http_body_util::{BodyExt, Limited};
use hyper::body::Incoming;
use hyper::header::{AUTHORIZATION, HeaderName};
use hyper::http::request::Parts;
use hyper::{Method, Request, StatusCode};
use std::sync::atomic::Ordering;
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::time::timeout;

const LONGEST_BODY: usize = 64 * 1024;

pub(crate) async fn answer(
    request: Request<Incoming>,
    camera: &Camera,
    world: &watch::Receiver<World>,
) -> Reply {
    camera.tally.requested();
    let (head, body) = request.into_parts();
    let body = Limited::new(body, LONGEST_BODY).collect().await;
    let state = State::of(camera, &world.borrow());
    let reply = match body {
        Ok(_) if state.condition == Condition::Well && head.uri.path() == CONNECTION_TEST => {
            match admit(&head, Guard::Web(camera.plan.algorithm), camera, &state) {
                Ok(()) => connect(&head).await,
                Err(refusal) => *refusal,
            }
        }
        Ok(body) => route(&head, &body.to_bytes(), camera, &state),
        Err(_) => reply::html(StatusCode::BAD_REQUEST),
    };
    reply::dated(reply, state.time)
}

const CONNECTION_TEST: &str = "/axis-cgi/tcptest.cgi";
/// As long as the camera waits for who it connects to.
const CONNECTING: Duration = Duration::from_secs(10);

/// Really connects, from where the camera stands.
async fn connect(head: &Parts) -> Reply {
    let told = query_of(head, "address").zip(query_of(head, "port").and_then(|port| port.parse().ok()));
    let Some((host, port)) = told else { return reply::html(StatusCode::BAD_REQUEST) };
    let connected = timeout(CONNECTING, TcpStream::connect((host, port))).await;
    let words = match connected {
        Ok(Ok(_)) => "Test successful.".to_owned(),
        Ok(Err(error)) => format!("Test failed: {error}"),
        Err(_) => "Test failed: timed out".to_owned(),
    };
    reply::with_body(StatusCode::OK, "text/plain", words.into_bytes())
}

fn route(head: &Parts, body: &Bytes, camera: &Camera, state: &State) -> Reply {
    if state.condition == Condition::Overloaded {
        return reply::html(StatusCode::SERVICE_UNAVAILABLE);
    }
    let path = head.uri.path();
    match path {
        "/axis-cgi/systemready.cgi" if head.method == Method::POST => {
            vapix::system_ready(camera, state, body)
        }
        _ if state.condition == Condition::Booting => reply::html(StatusCode::SERVICE_UNAVAILABLE),
        "/axis-cgi/basicdeviceinfo.cgi" if head.method == Method::POST => match Properties::asked_for(body) {
            Properties::Unrestricted => vapix::identity(camera, state, body),
            Properties::All => guarded(Page::Identity, (head, body), camera, state),
        },
        _ if head.method == Method::POST && onvif::SERVICES.iter().any(|(_, service)| *service == path) => {
            onvif::answer(head, &String::from_utf8_lossy(body), camera, state)
        }
        _ => match protected(path) {
            Some(page) => guarded(page, (head, body), camera, state),
            None => reply::html(StatusCode::NOT_FOUND),
        },
    }
}

#[derive(Clone, Copy)]
enum Page {
    UserGroups,
    Identity,
    Interfaces,
    Params,
    Time,
    Disks,
    DiskHealth,
    Picture,
}

fn protected(path: &str) -> Option<Page> {
    match path {
        "/axis-cgi/usergroup.cgi" => Some(Page::UserGroups),
        "/axis-cgi/apidiscovery.cgi" => Some(Page::Interfaces),
        "/axis-cgi/param.cgi" => Some(Page::Params),
        "/axis-cgi/ntp.cgi" => Some(Page::Time),
        "/axis-cgi/disks/list.cgi" => Some(Page::Disks),
        "/axis-cgi/disks/gethealth.cgi" => Some(Page::DiskHealth),
        "/axis-cgi/jpg/image.cgi" => Some(Page::Picture),
        _ => None,
    }
}

fn guarded(page: Page, (head, body): (&Parts, &Bytes), camera: &Camera, state: &State) -> Reply {
    if let Err(refusal) = admit(head, Guard::Web(camera.plan.algorithm), camera, state) {
        return *refusal;
    }
    match page {
        Page::UserGroups => vapix::user_groups(state),
        Page::Identity => vapix::identity(camera, state, body),
        Page::Interfaces => vapix::interfaces(body),
        Page::Params if head.method == Method::POST => {
            vapix::params(camera, state, &String::from_utf8_lossy(body))
        }
        Page::Params => vapix::params(camera, state, head.uri.query().unwrap_or_default()),
        Page::Time => vapix::ntp(state, body),
        Page::Disks => vapix::disks(state),
        Page::DiskHealth => vapix::disk_health(),
        Page::Picture => {
            let size = query_of(head, "resolution").unwrap_or(SIZES[0]);
            if !SIZES.contains(&size) {
                return reply::html(StatusCode::BAD_REQUEST);
            }
            let picture = picture::jpeg(&camera.plan.name, camera.view(state), state.time);
            reply::with_body(StatusCode::OK, "image/jpeg", picture)
        }
    }
}

/// The sizes of snapshots, of which there is one.
const SIZES: [&str; 1] = ["160x120"];

fn query_of<'a>(head: &'a Parts, name: &str) -> Option<&'a str> {
    let pairs = head.uri.query()?.split('&').filter_map(|pair| pair.split_once('='));
    pairs.into_iter().find(|(key, _)| *key == name).map(|(_, value)| value)
}

/// Lets a request pass that proves the password, and counts it.
pub(super) fn admit(head: &Parts, guard: Guard, camera: &Camera, state: &State) -> Result<(), Box<Reply>> {
    let authorization = head.headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok());
    let challenge = |stale| reply::unauthorized(camera.nonces.challenges(guard, state, stale));
    let refusal = match (state.access, authorization) {
        (Access::Locked, _) => reply::html(StatusCode::FORBIDDEN),
        (Access::NoUsers, _) => {
            let mut refusal = challenge(Stale::No);
            reply::add(&mut refusal, HeaderName::from_static("axis-setup"), "vapix");
            refusal
        }
        (Access::BasicOnly, given) => match given {
            Some(given) if is_basic(given, state) => {
                camera.tally.logged_in();
                return Ok(());
            }
            _ => reply::unauthorized(vec![format!(r#"Basic realm="AXIS_{}""#, state.serial)]),
        },
        (Access::Normal, None) => challenge(Stale::No),
        (Access::Normal, Some(authorization)) => {
            let target = head.uri.path_and_query().map_or("/", |target| target.as_str());
            let attempt = Attempt { authorization, method: head.method.as_str(), target };
            match camera.examine(attempt, guard, state) {
                Ok(()) => return Ok(()),
                Err(stale) => challenge(stale),
            }
        }
    };
    Err(Box::new(refusal))
}

fn is_basic(given: &str, state: &State) -> bool {
    given == format!("Basic {}", STANDARD.encode(format!("{USERNAME}:{}", state.password)))
}

impl Camera {
    /// Judges an answer to a challenge and keeps count.
    pub(super) fn examine(&self, attempt: Attempt<'_>, guard: Guard, state: &State) -> Result<(), Stale> {
        match self.nonces.judge(attempt, guard, state) {
            Outcome::Accepted => {
                self.tally.logged_in();
                Ok(())
            }
            Outcome::WrongPassword => {
                self.tally.refused();
                Err(Stale::No)
            }
            Outcome::Stale => Err(Stale::Yes),
            Outcome::Replayed | Outcome::Unusable => Err(Stale::No),
        }
    }

    /// What the next snapshot shows. A frozen sensor gives its last picture again and again.
    fn view(&self, state: &State) -> View {
        match state.sensor {
            Sensor::Live => View::Shop { number: self.pictures.fetch_add(1, Ordering::Relaxed) },
            Sensor::Frozen => View::Shop { number: self.pictures.load(Ordering::Relaxed) },
            Sensor::Dark => View::Dark { number: self.pictures.fetch_add(1, Ordering::Relaxed) },
        }
    }

    pub(super) fn rtsp_challenge(&self, state: &State, stale: Stale) -> Vec<String> {
        self.nonces.challenges(Guard::Rtsp, state, stale)
    }
}
