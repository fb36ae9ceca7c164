//! How long a camera is waited for. One that has just hung is asked again with less patience while it
//! is looked at closely, so that a verdict does not take four full deadlines; and never with so
//! little that a camera which is merely slow would seem to hang.

use demarc_model::observation::{Observation, Outcome, Phase};
use demarc_model::probe::ProbeKind;
use demarc_model::symptom::Symptom;
use std::time::Duration;

/// A hung camera is asked for no less: a camera that works answers in a tenth of it.
const LEAST: Duration = Duration::from_secs(1);
/// How many times the slowest good answer a camera gets at the least.
const TIMES_SLOWEST: u32 = 4;
/// After this many short questions comes one with the whole deadline, so that a camera which has
/// become slow, or of which nothing is known yet, is not called hung for long.
const SHORT_IN_A_ROW: u32 = 4;
/// A slow answer is forgotten over about this many faster ones.
const MEMORY: u32 = 32;

/// How closely a camera is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Attention {
    Quiet,
    Hurried,
}

/// What is known of one camera's speed, and whether it hangs.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Patience {
    whole: Duration,
    attention: Attention,
    /// The slowest connection of late, with TLS; apart, because most answers come over a kept one.
    connecting: Duration,
    /// The slowest good answer of late, without its connection.
    answering: Duration,
    /// Questions since the camera was last seen to answer that ended by the clock.
    hung: u32,
}

impl Patience {
    pub(crate) fn new(whole: Duration) -> Self {
        Self {
            whole,
            attention: Attention::Quiet,
            connecting: Duration::ZERO,
            answering: Duration::ZERO,
            hung: 0,
        }
    }

    pub(crate) fn attend(&mut self, attention: Attention) {
        self.attention = attention;
    }

    pub(crate) fn is_hurried(&self) -> bool {
        self.attention == Attention::Hurried
    }

    /// Whether the next question is one of those that are to settle soon whether the camera hangs.
    pub(crate) fn is_short(&self) -> bool {
        self.is_hurried() && !self.hung.is_multiple_of(SHORT_IN_A_ROW + 1)
    }

    /// The limit of the next question.
    pub(crate) fn limit(&self) -> Duration {
        if !self.is_short() {
            return self.whole;
        }
        (TIMES_SLOWEST * (self.connecting + self.answering)).clamp(LEAST.min(self.whole), self.whole)
    }

    /// Takes note of what a question came to.
    pub(crate) fn learn(&mut self, seen: &Observation) {
        match Heard::of(seen) {
            Heard::Answer => self.remember(seen),
            Heard::Silence => {
                self.hung += 1;
                // Diagnosis hears of it only at the end of the round.
                self.attention = Attention::Hurried;
            }
            Heard::Nothing => {}
        }
    }

    fn remember(&mut self, seen: &Observation) {
        // These last as long as they are meant to.
        if matches!(seen.probe.kind, ProbeKind::CameraStream | ProbeKind::CameraPicture) {
            return;
        }
        let micros = |us: Option<u32>| Duration::from_micros(us.unwrap_or(0).into());
        let connecting = micros(seen.phases.connect_us) + micros(seen.phases.tls_us);
        let fading = |slowest: Duration| slowest - slowest / MEMORY;
        if seen.phases.connect_us.is_some() {
            self.connecting = connecting.max(fading(self.connecting));
        }
        let answering = took(seen).saturating_sub(connecting);
        self.answering = answering.max(fading(self.answering));
        // That streaming answers does not say that the web service has come back.
        if seen.probe.kind != ProbeKind::CameraRtsp {
            self.hung = 0;
        }
    }
}

fn took(seen: &Observation) -> Duration {
    Duration::from_micros(seen.phases.total_us.into())
}

/// What a question says about whether the camera hangs.
#[derive(Debug, Clone, Copy)]
enum Heard {
    /// A service answered, well or badly.
    Answer,
    /// It took the connection, and time ran out.
    Silence,
    /// Nothing either way.
    Nothing,
}

impl Heard {
    fn of(seen: &Observation) -> Self {
        match &seen.outcome {
            // A connection, or a hardware address: no service said anything.
            Outcome::Passed
                if matches!(seen.probe.kind, ProbeKind::CameraTcp | ProbeKind::CameraNeighbour) =>
            {
                Self::Nothing
            }
            Outcome::Passed | Outcome::Failed { phase: Phase::Authentication | Phase::Content, .. } => {
                Self::Answer
            }
            Outcome::Failed { symptom: Symptom::Hung | Symptom::TlsStall, .. } if took(seen) >= LEAST => {
                Self::Silence
            }
            Outcome::Failed { .. } | Outcome::Missing { .. } => Self::Nothing,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use demarc_model::observation::Phases;
    use demarc_model::probe::ProbeId;
    use demarc_model::text::DeviceText;
    use demarc_model::time::Timestamp;

    const WHOLE: Duration = Duration::from_secs(5);

    /// One question: its kind, what came of it, and its milliseconds in all and for the connection.
    type Asked = (ProbeKind, Symptom, u32, Option<u32>);

    const HUNG: Asked = (ProbeKind::CameraReady, Symptom::Hung, 5_000, Some(1));
    const SHORT: Asked = (ProbeKind::CameraReady, Symptom::Hung, 1_001, Some(1));
    const TCP: Asked = (ProbeKind::CameraTcp, Symptom::Passed, 1, Some(1));

    fn observation((kind, symptom, total, connect): Asked) -> Observation {
        let outcome = match symptom {
            Symptom::Passed => Outcome::Passed,
            symptom => {
                Outcome::Failed { phase: Phase::FirstByte, symptom, detail: DeviceText::clean("no more") }
            }
        };
        Observation {
            probe: ProbeId::new(kind, "entrance"),
            at: Timestamp::from_millis(0),
            outcome,
            phases: Phases {
                connect_us: connect.map(|ms| ms * 1000),
                total_us: total * 1000,
                ..Phases::default()
            },
            readings: Vec::new(),
        }
    }

    fn after(asked: &[Asked]) -> Patience {
        let mut patience = Patience::new(WHOLE);
        for one in asked {
            patience.learn(&observation(*one));
        }
        patience
    }

    fn answer(total: u32, connect: Option<u32>) -> Asked {
        (ProbeKind::CameraLogin, Symptom::Passed, total, connect)
    }

    #[test]
    fn less_is_waited_for_only_while_a_camera_hangs_and_never_less_than_its_own_pace() {
        let rtsp = |symptom, total| (ProbeKind::CameraRtsp, symptom, total, Some(1));
        let cases: [(&str, &[Asked], u64); 12] = [
            ("nothing known", &[], 5_000),
            ("well", &[answer(10, Some(1))], 5_000),
            ("hung from the start", &[HUNG], 1_000),
            ("hung after quick answers", &[answer(10, Some(1)), HUNG], 1_000),
            ("hung after slow answers", &[answer(500, None), HUNG], 2_000),
            ("hung after very slow answers", &[answer(1_500, None), HUNG], 5_000),
            ("the handshake is part of the pace", &[answer(600, Some(400)), answer(20, None), HUNG], 2_375),
            ("a port that accepts proves nothing", &[HUNG, TCP], 1_000),
            ("nor does streaming that answers", &[HUNG, rtsp(Symptom::Passed, 10)], 1_000),
            ("streaming hangs first", &[rtsp(Symptom::Hung, 5_000)], 1_000),
            ("closed at once", &[(ProbeKind::CameraReady, Symptom::Hung, 1, Some(1))], 5_000),
            ("answers again", &[HUNG, answer(10, Some(1))], 5_000),
        ];
        for (name, asked, expected) in cases {
            assert_eq!(after(asked).limit(), Duration::from_millis(expected), "{name}");
        }
    }

    #[test]
    fn every_fifth_question_gets_the_whole_deadline() {
        let limits: Vec<bool> = (0..9).map(|n| after(&[SHORT].repeat(n)).limit() == WHOLE).collect();
        assert_eq!(limits, [true, false, false, false, false, true, false, false, false]);
    }

    #[test]
    fn a_camera_that_nobody_suspects_gets_the_whole_deadline() {
        let mut patience = after(&[HUNG]);
        patience.attend(Attention::Quiet);
        assert_eq!(patience.limit(), WHOLE);
        patience.attend(Attention::Hurried);
        assert_eq!(patience.limit(), LEAST);
    }

    #[test]
    fn one_slow_answer_is_forgotten_in_time() {
        let slow_then = |quick: usize| {
            let asked: Vec<Asked> = std::iter::once(answer(1_000, None))
                .chain(std::iter::repeat_n(answer(10, None), quick))
                .collect();
            after(&[asked, vec![HUNG]].concat()).limit()
        };
        assert_eq!(slow_then(0), Duration::from_secs(4));
        assert!(slow_then(10) > Duration::from_secs(2), "{:?}", slow_then(10));
        assert_eq!(slow_then(60), LEAST);
    }

    #[test]
    fn a_deadline_shorter_than_the_least_patience_stays() {
        let whole = LEAST / 2;
        let mut patience = Patience::new(whole);
        patience.learn(&observation(HUNG));
        assert_eq!(patience.limit(), whole);
    }
}
