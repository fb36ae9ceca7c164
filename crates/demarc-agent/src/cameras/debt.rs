//! What a camera was asked beyond the plan, and which looks are left out for it: a challenge that has grown old costs a
//! second request, and the promise is six a minute.

use crate::plan::planned_requests;
use demarc_model::probe::ProbeKind;
use std::collections::BTreeSet;

/// More than this is not made up for: it would leave a camera alone for long.
const MOST: u64 = 3;
/// A login is given up for no less: it shows more than any other look.
const FOR_A_LOGIN: u64 = 2;

#[derive(Debug, Default)]
pub(super) struct Debt {
    /// As the client counts.
    requests: u64,
    owed: u64,
    /// What was looked at: a first look may cost more, and is never left out.
    seen: BTreeSet<ProbeKind>,
}

impl Debt {
    /// Takes note of a look, after which the client has sent so many requests in all. Only quiet time is counted: what is
    /// wrong is looked at as closely as it needs to be.
    pub(super) fn note(&mut self, kind: ProbeKind, requests: u64, is_quiet: bool) {
        let sent = requests.saturating_sub(self.requests);
        self.requests = requests;
        let is_first = self.seen.insert(kind);
        if !is_quiet {
            self.owed = 0;
        } else if !is_first {
            self.owed = MOST.min(self.owed + sent.saturating_sub(planned_requests(kind)));
        }
    }

    /// Whether a look that is due is left out. A clock and a busy camera show in the answers to logins as well.
    pub(super) fn is_paid_with(&mut self, kind: ProbeKind) -> bool {
        let is_paid = self.seen.contains(&kind)
            && match kind {
                ProbeKind::CameraClock | ProbeKind::CameraReady => self.owed > 0,
                ProbeKind::CameraLogin => self.owed >= FOR_A_LOGIN,
                _ => false,
            };
        self.owed -= u64::from(is_paid);
        is_paid
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ProbeKind::{CameraClock, CameraLogin, CameraOnvif, CameraReady, CameraRtsp};

    /// The requests that two hours of the shipped plan cost, where so many logins are answered with one challenge.
    fn asked(logins_to_a_challenge: u64) -> (u64, u64) {
        let (mut debt, mut requests, mut made) = (Debt::default(), 0, 0);
        for _ in 0..120 {
            for kind in [CameraLogin, CameraClock, CameraLogin, CameraReady, CameraLogin, CameraRtsp] {
                if debt.is_paid_with(kind) {
                    continue;
                }
                requests += planned_requests(kind);
                if kind == CameraLogin {
                    requests += u64::from(made % logins_to_a_challenge == 0);
                    made += 1;
                }
                debt.note(kind, requests, true);
            }
        }
        (requests, made)
    }

    #[test]
    fn a_camera_is_asked_no_more_however_short_its_challenges_live() {
        for logins in [1, 2, 3, 15] {
            let (requests, made) = asked(logins);
            assert!(requests <= 5 * 120 + MOST + 1, "{logins}: {requests}");
            assert!(made >= 2 * 120, "{logins}: {made} logins");
        }
        let (_, all) = asked(3);
        assert_eq!(all, 3 * 120, "one challenge a minute costs no login");
    }

    #[test]
    fn trouble_is_looked_at_without_counting() {
        let mut debt = Debt::default();
        for (requests, kind) in [(2, CameraLogin), (3, CameraClock), (4, CameraReady)] {
            debt.note(kind, requests, true);
            assert!(!debt.is_paid_with(CameraClock), "the first login of all asks for a challenge");
        }
        debt.note(CameraLogin, 6, true);
        debt.note(CameraReady, 12, false);
        assert!(!debt.is_paid_with(CameraClock));
        debt.note(CameraLogin, 14, true);
        assert!(!debt.is_paid_with(CameraOnvif), "what is rare is never left out");
        assert!(debt.is_paid_with(CameraClock));
        assert!(!debt.is_paid_with(CameraReady));
    }
}
