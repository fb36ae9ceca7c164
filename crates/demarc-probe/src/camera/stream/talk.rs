//! The conversation of one session: what is asked, the password proved where it is asked for, and the
//! session given back.

use super::STEP;
use crate::camera::door::{Refusal, cnonce, told_realm, unspoken};
use crate::camera::pin::Pin;
use crate::camera::rtsp::{Line, Trouble};
use crate::spec::Credentials;
use crate::trace::{Stop, Trace};
use demarc_protocol::auth::basic::Basic;
use demarc_protocol::auth::digest::{Login, Request as Target};
use demarc_protocol::auth::session::{Mutual, Next, Session};
use demarc_protocol::rtsp::{Method, Reply, Request};
use secrecy::ExposeSecret;
use tokio::time::Instant;

pub(super) struct Talk<'a> {
    pub(super) line: Line,
    pub(super) credentials: &'a Credentials,
    pub(super) pin: &'a mut Pin,
    pub(super) session: &'a mut Session,
    pub(super) proved: Proved,
    /// The session that has to be given back.
    pub(super) held: Option<Held>,
    /// When whatever is under way has to end.
    pub(super) until: Instant,
}

pub(super) struct Held {
    pub(super) session: String,
    pub(super) url: String,
}

/// Whether the password was accepted on this connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Proved {
    NotYet,
    Yes,
}

impl Talk<'_> {
    /// Without a password, whatever the reply.
    pub(super) async fn bare(&mut self, request: &Request<'_>) -> Result<Reply, Stop> {
        let until = self.step_end();
        self.exchange(request, None, until).await
    }

    /// Answers the challenges; the reply has any status but 401.
    pub(super) async fn ask(&mut self, request: &Request<'_>, trace: &mut Trace) -> Result<Reply, Refusal> {
        let target = Target { method: request.method.name(), uri: request.url, body: &[] };
        let credentials = self.credentials;
        let login = Login {
            username: &credentials.username,
            password: credentials.password.expose_secret(),
            basic: Basic::Refused,
        };
        let mut authorization = self.session.authorize(target, login);
        let until = self.step_end();
        loop {
            let reply = self.exchange(request, authorization.as_deref(), until).await?;
            if reply.status != 401 {
                if (200..300).contains(&reply.status) {
                    let said = reply.values("authentication-info");
                    if self.session.accepted(said, target, login, &reply.body) == Mutual::Wrong {
                        return Err(Refusal::Impostor);
                    }
                    self.proved = Proved::Yes;
                }
                return Ok(reply);
            }
            if let Some(realm) = told_realm(reply.values("www-authenticate"), trace) {
                self.pin.meet_serial_in(&realm).map_err(Refusal::Stranger)?;
            }
            // Ends: a session answers at most one challenge with a fresh nonce, then it refuses, and once
            // more where a nonce was used up.
            authorization = Some(self.prove(&reply, target, login)?);
        }
    }

    fn prove(&mut self, reply: &Reply, target: Target<'_>, login: Login<'_>) -> Result<Vec<u8>, Refusal> {
        let mut challenged = || -> Result<Next, Stop> {
            let offers = reply.values("www-authenticate");
            Ok(self.session.challenged(offers, target, login, &cnonce()?))
        };
        let mut next = challenged()?;
        // A moment ago this password was right: only the nonce is used up.
        if next == Next::Unsure && self.proved == Proved::Yes {
            next = challenged()?;
        }
        match next {
            Next::Answer(header) => Ok(header),
            Next::Rejected if self.proved == Proved::NotYet => Err(Refusal::Rejected(None)),
            Next::Rejected | Next::Unsure => Err(Refusal::Unsure),
            Next::Unsupported { offered } if offered.is_empty() => Err(Refusal::NoScheme),
            Next::Unsupported { offered } => {
                Err(unspoken(&format!("the streaming server offers only {}", offered.join(", "))))
            }
            Next::BasicOnly => {
                Err(unspoken("the streaming server offers only Basic, which would hand over the password"))
            }
        }
    }

    async fn exchange(
        &mut self,
        request: &Request<'_>,
        authorization: Option<&[u8]>,
        until: Instant,
    ) -> Result<Reply, Stop> {
        let result = self.line.exchange(request, authorization, until).await;
        result.map_err(|trouble: Trouble| trouble.explain(request.method.name()))
    }

    fn step_end(&self) -> Instant {
        self.until.min(Instant::now() + STEP)
    }

    /// Gives the session back, so that the camera need not keep it until it times out. What the
    /// camera says to that changes nothing.
    pub(super) async fn part(&mut self, end: Instant, trace: &mut Trace) {
        let Some(Held { session, url }) = self.held.take() else { return };
        self.until = end;
        self.line.wind_up();
        let request = Request { session: Some(&session), ..Request::new(Method::Teardown, &url) };
        // If it cannot be said, the end of the connection has to say it.
        let _given_back = self.ask(&request, trace).await;
    }
}
