use super::{at, store};
use demarc_model::id::CameraId;
use demarc_model::observation::{MissingReason, Observation, Outcome, Phase, Phases};
use demarc_model::probe::{ProbeId, ProbeKind};
use demarc_model::symptom::Symptom;
use demarc_model::text::DeviceText;
use demarc_model::topology::{Past, Silence};

/// `.` answered, `x` no answer, `e` an error as an answer, `-` not measured; one look every ten seconds,
/// of kinds in turn.
fn looks(camera: &str, story: &str) -> Vec<Observation> {
    const KINDS: [ProbeKind; 3] = [ProbeKind::CameraReady, ProbeKind::CameraClock, ProbeKind::CameraTcp];
    let failed = |symptom| Outcome::Failed { phase: Phase::Connect, symptom, detail: DeviceText::clean("") };
    let look = |(n, what): (usize, char)| Observation {
        probe: ProbeId::new(KINDS[n % 3], camera),
        at: at(10 * i64::try_from(n).unwrap()),
        outcome: match what {
            '.' => Outcome::Passed,
            'x' => failed(if n % 2 == 0 { Symptom::Timeout } else { Symptom::Unreachable }),
            'e' => failed(Symptom::ServerError),
            '-' => Outcome::Missing { reason: MissingReason::Budget },
            other => panic!("{other}"),
        },
        phases: Phases::default(),
        readings: vec![],
    };
    story.chars().enumerate().map(look).collect()
}

#[tokio::test]
async fn a_silence_is_three_looks_in_a_row_without_an_answer() {
    let (_directory, store) = store();
    let stories = [
        ("short", "..xx....."),
        ("broken", ".xxexx..."),
        ("once", "..xxxx..."),
        ("gap", ".x--xx..."),
        ("twice", "xxx.xxxx."),
        ("lasting", "......xxx"),
    ];
    for (camera, story) in stories {
        store.record(looks(camera, story)).await.unwrap();
    }
    let line = Observation { probe: ProbeId::new(ProbeKind::HostLink, ""), ..looks("x", "x").remove(0) };
    store.record(vec![line]).await.unwrap();
    store.flush().await.unwrap();
    let past = store.reader().silences(at(-100), at(30 * 86_400)).unwrap();
    let silence = |camera: &str, from: i64, until: i64| Silence {
        camera: CameraId::new(camera).unwrap(),
        from: at(from),
        until: at(until),
    };
    let silences = vec![
        silence("twice", 0, 20),
        silence("gap", 10, 50),
        silence("once", 20, 50),
        silence("twice", 40, 70),
        silence("lasting", 60, 80),
    ];
    assert_eq!(past, Some(Past { from: at(0), to: at(80), silences }));
}

#[tokio::test]
async fn without_history_there_is_no_past() {
    let (_directory, store) = store();
    assert_eq!(store.reader().silences(at(-100), at(100)).unwrap(), None);
}
