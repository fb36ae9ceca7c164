//! One password at one place: when to prove it, and when to stop.
//!
//! Cameras count failed logins and lock the account, so a password goes out only while it may still
//! be right. A nonce that worked is used again with a rising counter, so a repeated request is one
//! request.

use super::basic::{self, Basic};
use super::challenge::{self, Challenge};
use super::digest::{Login, Offer, Request, Turn};
use super::info::Info;

/// The state of one login to one URL. Some devices bind a nonce to the URL, so each has its own.
#[derive(Debug, Default)]
pub struct Session {
    /// What worked.
    cached: Option<Way>,
    /// What was answered in this exchange and has not been judged.
    trial: Option<Way>,
    keeping: Keeping,
}

/// Whether a nonce that worked is used again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Keeping {
    #[default]
    Warm,
    /// Each exchange begins without a password, and proves it once: the device does not say when a
    /// nonce has expired, or the caller wants every refusal to be about the password.
    Cold,
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
    /// Only the scheme that hands over the password is offered, and that is not permitted.
    BasicOnly,
    /// A nonce that worked was refused and another one offered: it has expired, or the password is
    /// wrong and that was a failed login. Only a later exchange can tell.
    Unsure,
}

/// Whether the device proved that it knows the password as well.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mutual {
    Proved,
    /// It did not try to; most do not.
    Unsaid,
    /// It tried and does not know it.
    Wrong,
}

#[derive(Debug)]
enum Way {
    Digest(Nonce),
    Basic,
}

#[derive(Debug)]
struct Nonce {
    offer: Offer,
    /// Kept for the nonce's life: `-sess` servers bind it to the first request.
    cnonce: String,
    count: u32,
}

impl Session {
    /// A session that uses no nonce twice: two requests for each exchange, and no refusal in doubt.
    pub fn cold() -> Self {
        Self { keeping: Keeping::Cold, ..Self::default() }
    }

    /// Begins an exchange; the `Authorization` to send without being asked, if a way is known.
    pub fn authorize(&mut self, request: Request<'_>, login: Login<'_>) -> Option<Vec<u8>> {
        self.trial = None;
        self.cached.take_if(|way| matches!(way, Way::Basic) && login.basic == Basic::Refused);
        self.cached.as_mut().map(|way| way.answer(request, login))
    }

    /// Takes a 401. An exchange proves the password once, and a second time only when the device says
    /// that the first proof was merely too old, or no longer wants that kind of proof.
    ///
    /// `cnonce` must be unpredictable and is used if the challenge opens a new nonce.
    pub fn challenged<'a>(
        &mut self,
        headers: impl IntoIterator<Item = &'a [u8]>,
        request: Request<'_>,
        login: Login<'_>,
        cnonce: &str,
    ) -> Next {
        let (tried, spent) = (self.trial.take(), self.cached.take());
        let challenges = challenge::read(headers);
        let offer = strongest(&challenges);
        let judged = |way: &Way| match way {
            // A device that stops offering a scheme in the middle has changed its settings, not judged the password.
            Way::Digest(_) => offer.is_some() || challenges.is_empty(),
            Way::Basic => offers_basic(&challenges) || challenges.is_empty(),
        };
        let stale = offer.as_ref().is_some_and(|offer| offer.stale);
        match (&tried, &spent) {
            // It calls a nonce too old that it has just given: its clock was set, or it says so of every one.
            (Some(Way::Digest(_)), _) if stale => return Next::Unsure,
            (Some(way), _) if judged(way) => return Next::Rejected,
            (Some(Way::Digest(_)), _) => return refuse(&challenges),
            (Some(Way::Basic), _) => return Next::Unsure,
            (None, Some(Way::Basic)) if judged(&Way::Basic) => return Next::Rejected,
            (None, _) => {}
        }
        let Some(offer) = offer else { return self.hand_over(&challenges, login) };
        if let Some(Way::Digest(spent)) = spent.filter(|_| !offer.stale) {
            if spent.offer.nonce == offer.nonce || marks_stale(&offer) {
                return Next::Rejected;
            }
            self.keeping = Keeping::Cold;
            return Next::Unsure;
        }
        let nonce = Nonce { offer, cnonce: cnonce.to_owned(), count: 0 };
        Next::Answer(self.trial.insert(Way::Digest(nonce)).answer(request, login))
    }

    fn hand_over(&mut self, challenges: &[Challenge], login: Login<'_>) -> Next {
        if login.basic == Basic::Permitted && offers_basic(challenges) {
            self.trial = Some(Way::Basic);
            return Next::Answer(basic::answer(login));
        }
        refuse(challenges)
    }

    /// The device let the request through, with this `Authentication-Info` and this body: what is on
    /// trial is worth keeping, unless the device's own proof is wrong.
    pub fn accepted<'a>(
        &mut self,
        headers: impl IntoIterator<Item = &'a [u8]>,
        request: Request<'_>,
        login: Login<'_>,
        body: &[u8],
    ) -> Mutual {
        let info = Info::read(headers);
        let mut way = self.trial.take().or_else(|| self.cached.take());
        let Some(Way::Digest(nonce)) = &mut way else {
            self.cached = way;
            return Mutual::Unsaid;
        };
        // The device signs no method, and its own body.
        let mutual = nonce.check(&info, Request { method: "", uri: request.uri, body }, login);
        if let Some(next) = info.next_nonce {
            nonce.offer.nonce = next;
            nonce.count = 0;
        }
        self.cached = way.filter(|_| self.keeping == Keeping::Warm && mutual != Mutual::Wrong);
        mutual
    }

    /// Starts over with the next request. Dahua recorders answer 403, not 401, to an old nonce.
    pub fn forget(&mut self) {
        *self = Self { keeping: self.keeping, ..Self::default() };
    }
}

impl Way {
    fn answer(&mut self, request: Request<'_>, login: Login<'_>) -> Vec<u8> {
        match self {
            Self::Digest(nonce) => {
                nonce.count = nonce.count.saturating_add(1);
                nonce.offer.answer(request, login, nonce.turn())
            }
            Self::Basic => basic::answer(login),
        }
    }
}

impl Nonce {
    fn turn(&self) -> Turn<'_> {
        Turn { cnonce: &self.cnonce, count: self.count }
    }

    fn check(&self, info: &Info, answer: Request<'_>, login: Login<'_>) -> Mutual {
        let Some(proof) = &info.proof else { return Mutual::Unsaid };
        let right = self.offer.response(info.qop.unwrap_or(self.offer.qop), answer, login, self.turn());
        if proof.eq_ignore_ascii_case(&right) { Mutual::Proved } else { Mutual::Wrong }
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

fn offers_basic(challenges: &[Challenge]) -> bool {
    challenges.iter().any(|challenge| challenge.is("Basic"))
}

fn refuse(challenges: &[Challenge]) -> Next {
    if !challenges.is_empty() && challenges.iter().all(|challenge| challenge.is("Basic")) {
        return Next::BasicOnly;
    }
    Next::Unsupported { offered: challenges.iter().map(|challenge| challenge.scheme.clone()).collect() }
}
