//! What stories of silences say about twelve cameras, row by row.

use super::*;
use demarc_model::id::SiteId;
use demarc_model::site::{Camera, Language, Segment};
use demarc_model::time::Timestamp;
use demarc_model::topology::Silence;

const DAYS: i64 = 30;
const TOGETHER: Duration = Duration::from_secs(30);

/// Twelve cameras: `a` on floor-a, `b` on floor-b, `.` on none.
type Layout = &'static str;
/// The hour in which cameras fall, and which: their positions as letters.
type Story = &'static [(i64, &'static str)];

const CASES: &[(&str, Layout, Story, &[&str])] = &[
    ("nothing ever happened", "aaaaaabbbbbb", &[], &[]),
    ("lone failures", "............", &[(1, "a"), (9, "b"), (30, "c"), (31, "a")], &[]),
    ("two cameras once are chance", "............", &[(5, "ab")], &[]),
    ("two cameras twice are not", "............", &[(5, "ab"), (99, "ab")], &["together ab 2"]),
    ("three cameras once are not", "............", &[(5, "abc")], &["together abc 1"]),
    ("the whole site says nothing", "............", &[(5, "abcdefghijkl"), (50, "abcdefghijk")], &[]),
    (
        "two switches",
        "............",
        &[(5, "abcdef"), (40, "ghijkl"), (41, "c"), (90, "abcdef")],
        &["together abcdef 2", "together ghijkl 1"],
    ),
    (
        "two switches with one supply are told by what falls alone",
        "............",
        &[(5, "abcghi"), (40, "abc"), (90, "abc")],
        &["together abc 3", "together ghi 1"],
    ),
    ("what is configured is not proposed", "aaaaaabbbbbb", &[(5, "abcdef"), (9, "ghijkl")], &[]),
    (
        "those without a segment join",
        "aaaa..bbbbbb",
        &[(5, "abcdef"), (40, "abcdef")],
        &["ef join floor-a 2"],
    ),
    ("whose they are is not guessed", "aaa...bbb...", &[(5, "abcdghij"), (40, "abcdghij")], &[]),
    (
        "a camera in the wrong segment",
        "aaaaaabbbbbb",
        &[(5, "abcdefg"), (40, "abcdefg"), (70, "hijkl"), (90, "hijkl")],
        &["g of floor-b falls with floor-a 2", "g of floor-b stays up 2"],
    ),
    (
        "a whole other segment on the same supply is not in the wrong place",
        "aaaaaabbb...",
        &[(5, "abcdefghi"), (40, "abcdefghi")],
        &[],
    ),
    (
        "a camera that its segment's end leaves alone",
        "aaaaaabbbbbb",
        &[(5, "abcde"), (40, "abcde"), (70, "f")],
        &["f of floor-a stays up 2"],
    ),
    ("once is not enough to say so", "aaaaaabbbbbb", &[(5, "abcde")], &[]),
    (
        "one that fell with it once is not aloof",
        "aaaaaabbbbbb",
        &[(5, "abcde"), (40, "abcde"), (70, "abcdef")],
        &[],
    ),
];

#[test]
fn the_past_proposes_what_chance_does_not_explain() {
    for (name, layout, story, expected) in CASES {
        let site = site(layout);
        let mut told = told(&site, &past(story, Duration::from_secs(600)));
        told.sort_unstable();
        let mut expected = expected.to_vec();
        expected.sort_unstable();
        assert_eq!(told, expected, "{name}");
    }
}

#[test]
fn those_that_come_back_apart_did_not_fall_together() {
    let mut past = past(&[(5, "abc"), (40, "abc")], Duration::from_secs(600));
    for silence in past.silences.iter_mut().filter(|silence| silence.camera.as_str() == "cam-c") {
        silence.until = silence.until.plus(Duration::from_secs(3_600));
    }
    assert_eq!(told(&site("............"), &past), ["together ab 2"]);
}

#[test]
fn one_that_cannot_have_been_asked_did_not_stay_up() {
    let short = past(&[(5, "abcde"), (40, "abcde")], Duration::from_secs(20));
    assert_eq!(told(&site("aaaaaabbbbbb"), &short), [""; 0]);
}

#[test]
fn cameras_that_fall_all_the_time_prove_nothing() {
    let mut restless = past(&[(5, "ab"), (300, "ab")], Duration::from_secs(60));
    let mut coin = 1_u64;
    for minute in 0..1_440 * DAYS {
        for camera in ["cam-a", "cam-b"] {
            coin = coin.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            if coin >> 62 == 0 {
                let from = Timestamp::from_millis(minute * 60_000);
                restless.silences.push(silence(camera, from, Duration::from_secs(1)));
            }
        }
    }
    assert_eq!(told(&site("............"), &restless), [""; 0]);
}

proptest::proptest! {
    /// Cameras that fall by themselves, each as often as it likes, are put into no group.
    #[test]
    fn independent_failures_propose_nothing(falls in proptest::collection::vec((0_usize..12, 0_i64..DAYS * 1_440), 0..120)) {
        let all = falls.iter().map(|(camera, minute)| {
            let name = format!("cam-{}", char::from(b'a' + *camera as u8));
            silence(&name, Timestamp::from_millis(minute * 60_000), Duration::from_secs(45))
        });
        let past = Past { from: Timestamp::default(), to: end(), silences: all.collect() };
        proptest::prop_assert!(told(&site("aaaa........"), &past).len() <= 1);
    }
}

fn end() -> Timestamp {
    Timestamp::from_millis(DAYS * 86_400_000)
}

fn site(layout: &str) -> Site {
    let segment = |c: char| match c {
        'a' => Some(SegmentId::new("floor-a").unwrap()),
        'b' => Some(SegmentId::new("floor-b").unwrap()),
        _ => None,
    };
    let camera = |(at, c): (usize, char)| Camera {
        id: CameraId::new(&format!("cam-{}", char::from(b'a' + at as u8))).unwrap(),
        name: String::new(),
        segment: segment(c),
    };
    Site {
        id: SiteId::new("b").unwrap(),
        name: "B".to_owned(),
        language: Language::English,
        segments: ["floor-a", "floor-b"].map(|id| Segment { id: SegmentId::new(id).unwrap() }).to_vec(),
        cameras: layout.chars().enumerate().map(camera).collect(),
        controls: vec![],
        resolver_on_gateway: true,
        vendor: None,
    }
}

fn silence(camera: &str, from: Timestamp, lasts: Duration) -> Silence {
    Silence { camera: CameraId::new(camera).unwrap(), from, until: from.plus(lasts) }
}

/// Cameras fall a few seconds after one another.
fn past(story: &[(i64, &str)], lasts: Duration) -> Past {
    let event = |(hour, cameras): &(i64, &str)| {
        let from = Timestamp::from_millis(hour * 3_600_000);
        let one = |(at, c): (usize, char)| {
            silence(&format!("cam-{c}"), from.plus(Duration::from_secs(2 * at as u64)), lasts)
        };
        cameras.chars().enumerate().map(one).collect::<Vec<_>>()
    };
    Past { from: Timestamp::default(), to: end(), silences: story.iter().flat_map(event).collect() }
}

fn told(site: &Site, past: &Past) -> Vec<String> {
    let letters = |cameras: &[CameraId]| cameras.iter().map(|id| &id.as_str()[4..]).collect::<String>();
    let one = |proposal: &Proposal| {
        let times = proposal.events.len();
        match &proposal.what {
            Relation::Together { cameras } => format!("together {} {times}", letters(cameras)),
            Relation::Joins { segment, cameras } => format!("{} join {segment} {times}", letters(cameras)),
            Relation::FallsWith { camera, own, other } => {
                format!("{} of {own} falls with {other} {times}", &camera.as_str()[4..])
            }
            Relation::StaysUp { camera, own } => {
                format!("{} of {own} stays up {times}", &camera.as_str()[4..])
            }
        }
    };
    proposals(site, past, TOGETHER).iter().map(one).collect()
}
