//! One password at one place: when to prove it, and when to stop.
//!
//! Cameras count failed logins and lock the account, so a password goes out only while it may still
//! be right. A nonce that worked is used again with a rising counter, so a repeated request is one
//! request.

use super::challenge::{self, Challenge};
use super::digest::{Login, Offer, Request, Turn};

/// The state of one login to one URL. Some devices bind a nonce to the URL, so each has its own.
#[derive(Debug, Default)]
pub struct DigestSession {
    /// A nonce that worked.
    cached: Option<Nonce>,
    /// A nonce that was answered in this exchange and has not been judged.
    trial: Option<Nonce>,
    /// The device does not say when a nonce has expired, so none is used again: each exchange begins
    /// without a password, and proves it once.
    renews_silently: bool,
}

/// What to do about a 401.
#[derive(Debug, PartialEq, Eq)]
pub enum Next {
    /// Send the request again with this `Authorization`.
    Answer(Vec<u8>),
    /// The device gave a nonce, got its answer, and said no: the password is wrong.
    Rejected,
    /// Nothing offered is spoken here; the schemes as the device names them, none if it names none.
    Unsupported { offered: Vec<String> },
    /// Only the scheme that hands over the password is offered.
    BasicOnly,
    /// A nonce that worked was refused and another one offered: it has expired, or the password is
    /// wrong and that was a failed login. Only a later exchange can tell.
    Unsure,
}

#[derive(Debug)]
struct Nonce {
    offer: Offer,
    /// Kept for the nonce's life: `-sess` servers bind it to the first request.
    cnonce: String,
    count: u32,
}

impl DigestSession {
    /// Begins an exchange; the `Authorization` to send without being asked, if a nonce is known.
    pub fn authorize(&mut self, request: Request<'_>, login: Login<'_>) -> Option<Vec<u8>> {
        self.trial = None;
        self.cached.as_mut().map(|nonce| nonce.answer(request, login))
    }

    /// Takes a 401. An exchange proves the password once, and a second time only when the device says
    /// that the first proof was merely too old.
    ///
    /// `cnonce` must be unpredictable and is used if the challenge opens a new nonce.
    pub fn challenged<'a>(
        &mut self,
        headers: impl IntoIterator<Item = &'a [u8]>,
        request: Request<'_>,
        login: Login<'_>,
        cnonce: &str,
    ) -> Next {
        let tried = self.trial.take();
        let spent = self.cached.take();
        let spent_one = spent.is_some();
        let challenges = challenge::read(headers);
        let offer = strongest(&challenges);
        // A device that stops offering Digest in the middle has changed its settings, not judged the password.
        if tried.is_some() && (offer.is_some() || challenges.is_empty()) {
            return Next::Rejected;
        }
        let Some(offer) = offer else { return refuse(&challenges) };
        if spent
            .is_some_and(|spent| !offer.stale && (spent.offer.nonce == offer.nonce || marks_stale(&offer)))
        {
            return Next::Rejected;
        }
        if spent_one && !offer.stale {
            self.renews_silently = true;
            return Next::Unsure;
        }
        let nonce = self.trial.insert(Nonce { offer, cnonce: cnonce.to_owned(), count: 0 });
        Next::Answer(nonce.answer(request, login))
    }

    /// The device let the request through: a nonce on trial is worth keeping.
    pub fn accepted(&mut self) {
        if let Some(nonce) = self.trial.take().filter(|_| !self.renews_silently) {
            self.cached = Some(nonce);
        }
    }

    /// Starts over with the next request. Dahua recorders answer 403, not 401, to an old nonce.
    pub fn forget(&mut self) {
        *self = Self { renews_silently: self.renews_silently, ..Self::default() };
    }

    /// Whether the next request carries its proof from the start.
    pub const fn is_warm(&self) -> bool {
        self.cached.is_some()
    }
}

impl Nonce {
    fn answer(&mut self, request: Request<'_>, login: Login<'_>) -> Vec<u8> {
        self.count = self.count.saturating_add(1);
        self.offer.answer(request, login, Turn { cnonce: &self.cnonce, count: self.count })
    }
}

/// Whether the device is known to mark an expired nonce as stale, so that a refusal without the mark
/// is about the password. Apache does, and with it the web server of Axis cameras; others just send
/// another nonce.
fn marks_stale(offer: &Offer) -> bool {
    offer.realm.starts_with(b"AXIS_") && !offer.realm.starts_with(b"AXIS_WS_")
}

/// The first of the strongest.
fn strongest(challenges: &[Challenge]) -> Option<Offer> {
    let offers = challenges.iter().filter_map(Offer::from_challenge);
    offers.reduce(|best, next| if next.algorithm > best.algorithm { next } else { best })
}

fn refuse(challenges: &[Challenge]) -> Next {
    if !challenges.is_empty() && challenges.iter().all(|challenge| challenge.is("Basic")) {
        return Next::BasicOnly;
    }
    Next::Unsupported { offered: challenges.iter().map(|challenge| challenge.scheme.clone()).collect() }
}
