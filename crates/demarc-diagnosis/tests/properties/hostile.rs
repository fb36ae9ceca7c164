//! Streams and sites that no agent should ever produce.

use crate::branch;
use crate::story::{observation, symptom};
use allocation_counter::measure;
use demarc_diagnosis::{Diagnosis, Policy};
use demarc_model::id::{CameraId, IncidentId, SegmentId};
use demarc_model::probe::{ProbeId, ProbeKind};
use demarc_model::site::Site;
use demarc_model::symptom::Symptom;
use demarc_model::time::Timestamp;
use proptest::prelude::*;

const MEBI: u64 = 1 << 20;
/// What diagnosis may hold at once, whatever it is told.
const MOST_BYTES: u64 = 64 * MEBI;

#[derive(Debug, Clone)]
enum Event {
    Seen { probe: usize, at: i64, symptom: Symptom, times: usize },
    Stranger(String),
    Round(i64),
}

/// Times around now, far from it, and those at which arithmetic overflows.
fn time() -> impl Strategy<Value = i64> {
    prop_oneof![
        8 => 0..600_000_i64,
        2 => -400_000_000..4_000_000_000_i64,
        1 => Just(i64::MAX),
        1 => Just(i64::MIN),
    ]
}

fn event() -> impl Strategy<Value = Event> {
    let seen = (0..200_usize, time(), symptom(), 1..4_usize)
        .prop_map(|(probe, at, symptom, times)| Event::Seen { probe, at, symptom, times });
    prop_oneof![8 => seen, 1 => "[a-z/.]{0,8}".prop_map(Event::Stranger), 3 => time().prop_map(Event::Round)]
}

/// What can be wrong with a site that nobody has checked.
#[derive(Debug, Clone, Copy)]
enum Flaw {
    None,
    UnknownSegment,
    TwoCamerasOfOneName,
    TwoSegmentsOfOneName,
    SegmentsWithoutCameras,
    NoProbes,
    ProbesTwice,
    NoEndpoints,
    EndpointOfTwoServices,
    NoControls,
}

fn flaw() -> impl Strategy<Value = Flaw> {
    use Flaw as F;
    prop::sample::select(vec![
        F::None,
        F::UnknownSegment,
        F::TwoCamerasOfOneName,
        F::TwoSegmentsOfOneName,
        F::SegmentsWithoutCameras,
        F::NoProbes,
        F::ProbesTwice,
        F::NoEndpoints,
        F::EndpointOfTwoServices,
        F::NoControls,
    ])
}

fn flawed(flaw: Flaw) -> (Site, Vec<ProbeId>) {
    let mut site = branch::site(4, 2, true);
    let mut probes = branch::probes(&site);
    let vendor = site.vendor.as_mut().unwrap();
    match flaw {
        Flaw::None => {}
        Flaw::UnknownSegment => site.cameras[0].segment = Some(SegmentId::new("nowhere").unwrap()),
        Flaw::TwoCamerasOfOneName => site.cameras[1].id = CameraId::new("cam-0").unwrap(),
        Flaw::TwoSegmentsOfOneName => site.segments[1].id = SegmentId::new("switch-0").unwrap(),
        Flaw::SegmentsWithoutCameras => site.cameras.clear(),
        Flaw::NoProbes => probes.clear(),
        Flaw::ProbesTwice => probes.extend_from_within(..),
        Flaw::NoEndpoints => vendor.capabilities.iter_mut().for_each(|c| c.endpoints.clear()),
        Flaw::EndpointOfTwoServices => {
            vendor.capabilities[0].endpoints = vendor.capabilities[1].endpoints.clone();
        }
        Flaw::NoControls => site.controls.clear(),
    }
    (site, probes)
}

fn stamp(millis: i64) -> Timestamp {
    Timestamp::from_millis(millis)
}

fn tell(diagnosis: &mut Diagnosis, probes: &[ProbeId], event: &Event) {
    match event {
        Event::Seen { probe, at, symptom, times } => {
            let Some(probe) = probes.get(*probe % probes.len().max(1)) else { return };
            let seen = observation(probe, stamp(*at), *symptom);
            (0..*times).for_each(|_| diagnosis.observe(&seen));
        }
        Event::Stranger(name) => {
            let kind = ProbeKind::ALL[name.len() % ProbeKind::COUNT];
            diagnosis.observe(&observation(&ProbeId::new(kind, name), stamp(0), Symptom::Timeout));
        }
        Event::Round(now) => {
            diagnosis.assess(stamp(*now));
            diagnosis.overview(stamp(*now));
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(48) })]

    #[test]
    fn no_stream_and_no_site_makes_it_panic(
        flaw in flaw(),
        events in proptest::collection::vec(event(), 0..400),
    ) {
        let (site, probes) = flawed(flaw);
        let things = site.cameras.len() + site.segments.len() + 16;
        let held = measure(|| {
            let mut diagnosis = Diagnosis::new(site, &probes, Policy::default(), IncidentId(1));
            events.iter().for_each(|event| tell(&mut diagnosis, &probes, event));
            assert!(diagnosis.open_incidents().count() <= things, "at most one incident for each thing");
        });
        prop_assert!(held.bytes_max < MOST_BYTES, "{held:?}");
    }

    /// A broken site whose clock is set back and forth.
    #[test]
    fn a_clock_that_jumps_makes_no_trouble(jumps in proptest::collection::vec(-200_000..200_000_i64, 1..8)) {
        let (site, probes) = flawed(Flaw::None);
        let mut diagnosis = Diagnosis::new(site, &probes, Policy::default(), IncidentId(1));
        let mut now = 1_645_376_400_000;
        for jump in jumps {
            now += jump;
            for round in 0..40 {
                now += 2000;
                for probe in probes.iter().skip(round % 4).step_by(4) {
                    let dead = &*probe.subject == "cam-0";
                    let symptom = if dead { Symptom::Timeout } else { Symptom::Passed };
                    diagnosis.observe(&observation(probe, stamp(now - 100), symptom));
                }
                diagnosis.assess(stamp(now));
            }
            let open = diagnosis.open_incidents().count();
            prop_assert!(open <= 1, "{open} incidents about one camera");
        }
        prop_assert_eq!(diagnosis.open_incidents().count(), 1);
    }
}

#[test]
fn a_million_observations_in_one_round_are_borne() {
    let (site, probes) = flawed(Flaw::None);
    let held = measure(|| {
        let mut diagnosis = Diagnosis::new(site, &probes, Policy::default(), IncidentId(1));
        for round in 1..=3 {
            for n in 0..1_000_000_i64 / round {
                let probe = &probes[n as usize % probes.len()];
                let symptom = if n % 3 == 0 { Symptom::Timeout } else { Symptom::Passed };
                diagnosis.observe(&observation(probe, stamp(round * 2_000_000 + n), symptom));
            }
            diagnosis.assess(stamp(round * 2_000_000 + 1_000_000));
        }
    });
    assert!(held.bytes_max < MOST_BYTES, "{held:?}");
}
