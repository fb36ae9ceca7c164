//! What the fleet says in stories of a few hundred sites.

mod order;

use super::{
    Alternative, Attributes, Blamed, Change, Class, Finding, FindingId, Fleet, FleetPolicy, Group, JoinError,
    Limits, Prior, Report, SiteKey, Step,
};
use demarc_model::fault::{CameraCause, Fault, InterceptionCause, LanCause};
use demarc_model::id::{CameraId, SiteId};
use demarc_model::time::Timestamp;

const LIMITS: Limits = Limits { sites: 400, groups: 200, findings: 8 };

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_millis(seconds * 1_000)
}

fn id(number: usize) -> SiteId {
    SiteId::new(&format!("site-{number}")).unwrap()
}

fn text(kind: &str, number: usize) -> Option<Box<str>> {
    Some(format!("{kind}{number}").into())
}

/// Four operators, ten cities, two vendor regions, five firmwares, none of which follows from another
/// but the region from the city.
fn attributes(number: usize) -> Attributes {
    Attributes {
        operator: text("op", number % 4),
        city: text("city", number / 4 % 10),
        vendor_region: text("region", number / 4 % 2),
        firmware: text("fw", number / 7 % 5),
        agent_version: text("agent", 1),
        ..Attributes::default()
    }
}

struct Stage {
    fleet: Fleet,
    keys: Vec<SiteKey>,
    second: i64,
    steps: Vec<(i64, Step)>,
}

impl Stage {
    /// A fleet of 400 sites at second 10,000.
    fn new() -> Self {
        let mut fleet = Fleet::new(FleetPolicy::default(), LIMITS, at(10_000), FindingId(1));
        let keys = (0..400).map(|n| fleet.join(&id(n), &attributes(n)).unwrap()).collect();
        Self { fleet, keys, second: 10_000, steps: Vec::new() }
    }

    fn report(&mut self, site: usize, class: Class, change: Change, second: i64) {
        let report = Report { site: self.keys[site], class, change, at: at(second) };
        self.fleet.report(&report, at(self.second));
    }

    fn begin(&mut self, class: Class, sites: impl IntoIterator<Item = usize>) {
        for site in sites {
            self.report(site, class, Change::Began, self.second - 5);
        }
    }

    fn end(&mut self, class: Class, sites: impl IntoIterator<Item = usize>) {
        for site in sites {
            self.report(site, class, Change::Ended, self.second);
        }
    }

    fn wait(&mut self, seconds: i64) {
        for _ in 0..seconds {
            self.second += 1;
            let steps = self.fleet.assess(at(self.second));
            self.steps.extend(steps.into_iter().map(|step| (self.second, step)));
        }
    }

    /// Heartbeats of some sites every 15 s, beside what time brings.
    fn live(&mut self, seconds: i64, lives: impl Fn(usize) -> bool) {
        for _ in 0..seconds {
            let beats = |site: usize| (site as i64 * 7_919 / 16 + self.second) % 15 == 0;
            for site in (0..400).filter(|site| lives(*site) && beats(*site)) {
                self.fleet.heartbeat(self.keys[site], at(self.second));
            }
            self.wait(1);
        }
    }

    /// What was said, as short lines.
    fn told(&self) -> Vec<String> {
        let line = |(second, step): &(i64, Step)| {
            let (word, finding) = match step {
                Step::Opened(finding) => ("opened".to_owned(), finding),
                Step::Changed(finding) => ("changed".to_owned(), finding),
                Step::Closed { finding, ending, .. } => (format!("{ending:?}").to_lowercase(), finding),
            };
            let hub = if finding.blamed == Blamed::Hub { " (hub)" } else { "" };
            let after = second - 10_000;
            format!("{after}: {word} #{} {}: {finding}{hub}", finding.id.0, finding.class.name())
        };
        self.steps.iter().map(line).collect()
    }
}

fn operator(number: usize) -> impl Iterator<Item = usize> {
    (0..400).filter(move |site| site % 4 == number)
}

#[test]
fn names_the_operator_whose_lines_are_down() {
    let mut stage = Stage::new();
    stage.begin(Class::Line, operator(2).take(60));
    stage.wait(1);
    let [(_, Step::Opened(finding))] = &stage.steps[..] else { panic!("{:?}", stage.told()) };
    let rest = Finding { nats: 0.0, alternatives: Vec::new(), ..finding.clone() };
    let expected = Finding {
        id: FindingId(1),
        class: Class::Line,
        blamed: Blamed::Group(Group::Operator("op2".into())),
        aliases: Vec::new(),
        since: at(9_995),
        detected: at(10_001),
        affected: 60,
        members: 100,
        nats: 0.0,
        alternatives: Vec::new(),
    };
    assert_eq!(rest, expected);
    assert_eq!(finding.to_string(), "60 of 100 sites of operator op2");
    assert!(finding.nats > 300.0, "{}", finding.nats);
    let others: Vec<&Group> = finding.alternatives.iter().map(|Alternative { group, .. }| group).collect();
    assert_eq!(others[0], &Group::All);
}

#[test]
fn says_nothing_when_chance_would_do() {
    let rows = [
        ("two sites of one operator in one city", vec![0, 40], 0),
        ("sites of one operator, an hour apart", vec![0, 4, 8, 12, 16, 20], 3_600),
        ("one site, again and again", vec![0; 20], 60),
    ];
    for (story, sites, pause) in rows {
        let mut stage = Stage::new();
        for site in sites {
            stage.begin(Class::Line, [site]);
            stage.wait(pause);
            stage.end(Class::Line, [site]);
        }
        stage.wait(60);
        assert_eq!(stage.told(), Vec::<String>::new(), "{story}");
    }
}

#[test]
fn follows_a_finding_from_its_first_sites_to_its_end() {
    let mut stage = Stage::new();
    stage.begin(Class::Vendor, (0..400).filter(|site| site / 4 % 2 == 1).take(20));
    stage.wait(5);
    stage.begin(Class::Vendor, (0..400).filter(|site| site / 4 % 2 == 1));
    stage.wait(3_600);
    stage.end(Class::Vendor, (0..400).filter(|site| site / 4 % 2 == 1).take(170));
    stage.wait(60);
    let expected = [
        "1: opened #1 vendor: 20 of 200 sites of vendor region region1",
        "11: changed #1 vendor: 200 of 200 sites of vendor region region1",
        "3636: recovered #1 vendor: 200 of 200 sites of vendor region region1",
    ];
    assert_eq!(stage.told(), expected);
}

#[test]
fn absence_never_closes() {
    let mut stage = Stage::new();
    stage.begin(Class::Dns, operator(0));
    stage.wait(1);
    stage.end(Class::Dns, operator(0).take(79));
    stage.wait(7 * 86_400 / 60);
    assert_eq!(stage.told(), ["1: opened #1 dns: 100 of 100 sites of operator op0"]);
}

#[test]
fn a_finding_turns_out_to_be_wider_and_keeps_its_number() {
    let mut stage = Stage::new();
    stage.begin(Class::Line, (0..400).filter(|site| site % 4 == 3 && site / 4 % 10 == 6));
    stage.wait(3);
    stage.begin(Class::Line, operator(3));
    stage.wait(3);
    let expected = [
        "1: opened #1 line: 10 of 10 sites of operator op3 in city6",
        "4: changed #1 line: 100 of 100 sites of operator op3",
    ];
    assert_eq!(stage.told(), expected);
}

#[test]
fn two_troubles_at_once_are_two_findings_and_not_one_of_the_whole_fleet() {
    let mut stage = Stage::new();
    let in_city = |city: usize| (0..400).filter(move |site| site / 4 % 10 == city);
    stage.begin(Class::Gateway, in_city(1).take(20));
    stage.begin(Class::Gateway, in_city(8).take(20));
    stage.wait(1);
    let expected =
        ["1: opened #1 gateway: 20 of 40 sites in city1", "1: opened #2 gateway: 20 of 40 sites in city8"];
    assert_eq!(stage.told(), expected);
}

#[test]
fn groups_of_the_same_sites_are_one_finding_with_several_names() {
    let mut fleet = Fleet::new(FleetPolicy::default(), LIMITS, at(0), FindingId(7));
    let keys: Vec<SiteKey> = (0..60)
        .map(|n| {
            let town = if n < 12 { text("village", 0) } else { text("town", n % 3) };
            let operator = if n < 12 { text("local", 0) } else { text("big", n % 2) };
            let attributes = Attributes { city: town, operator, ..Attributes::default() };
            fleet.join(&id(n), &attributes).unwrap()
        })
        .collect();
    for key in &keys[..12] {
        let report = Report { site: *key, class: Class::Line, change: Change::Began, at: at(100) };
        fleet.report(&report, at(100));
    }
    fleet.assess(at(101));
    let found: Vec<&Finding> = fleet.open().collect();
    let [finding] = found[..] else { panic!("{found:?}") };
    assert_eq!(finding.id, FindingId(7));
    let local = || "local0".into();
    let village = || "village0".into();
    assert_eq!(finding.blamed, Blamed::Group(Group::Operator(local())));
    assert_eq!(finding.aliases, [Group::City(village()), Group::OperatorCity(local(), village())]);
}

#[test]
fn a_silent_operator_is_named_and_a_silent_fleet_is_the_hub() {
    let silent_operator = |site: usize| site % 4 != 1;
    let no_one = |_: usize| false;
    let mut stage = Stage::new();
    stage.live(300, |_| true);
    stage.live(60, silent_operator);
    stage.live(60, |_| true);
    assert_eq!(
        stage.told(),
        [
            "312: opened #1 silent: 8 of 100 sites of operator op1",
            "322: changed #1 silent: 68 of 100 sites of operator op1",
            "382: changed #1 silent: 100 of 100 sites of operator op1",
            "403: recovered #1 silent: 100 of 100 sites of operator op1"
        ]
    );
    let mut stage = Stage::new();
    stage.live(300, |_| true);
    stage.live(60, no_one);
    stage.begin(Class::Line, operator(0));
    stage.live(200, |_| true);
    let blamed: Vec<&Blamed> = stage.fleet.open().map(|finding| &finding.blamed).collect();
    assert_eq!(blamed, [&Blamed::Group(Group::Operator("op0".into()))]);
    assert_eq!(stage.told()[0], "312: opened #1 silent: 31 of 400 sites of the fleet (hub)");
}

#[test]
fn an_operator_that_failed_behind_a_silent_hub_is_found_afterwards() {
    let mut stage = Stage::new();
    stage.live(300, |_| true);
    stage.live(120, |_| false);
    stage.live(200, |site| site % 4 != 2);
    let open: Vec<String> = stage.fleet.open().map(Finding::to_string).collect();
    assert_eq!(open, ["100 of 100 sites of operator op2"]);
}

#[test]
fn a_finding_tells_sites_of_the_group_what_to_expect_and_no_others() {
    let mut stage = Stage::new();
    stage.begin(Class::Line, operator(2).take(29));
    stage.wait(1);
    let of = |site: usize| stage.fleet.priors(stage.keys[site]).collect::<Vec<Prior>>();
    let expected = Prior { class: Class::Line, probability: 30.0 / 102.0, base: 3e-4, finding: FindingId(1) };
    assert_eq!((of(2), of(398), of(0)), (vec![expected], vec![expected], vec![]));
    assert_eq!(stage.fleet.concerned(FindingId(1)).count(), 100);
    assert_eq!(stage.fleet.affected(FindingId(1)).count(), 29);
    stage.begin(Class::Line, operator(2));
    stage.wait(1);
    let capped = stage.fleet.priors(stage.keys[2]).map(|prior| prior.probability).collect::<Vec<_>>();
    assert_eq!(capped, [0.5]);
}

#[test]
fn sites_that_leave_are_forgotten_and_their_keys_are_good_for_nothing() {
    let mut stage = Stage::new();
    stage.begin(Class::Line, operator(2));
    stage.wait(1);
    for site in operator(2).collect::<Vec<_>>() {
        stage.fleet.leave(stage.keys[site]);
    }
    stage.wait(1);
    stage.begin(Class::Line, operator(2));
    stage.wait(60);
    let expected = [
        "1: opened #1 line: 100 of 100 sites of operator op2",
        "2: deserted #1 line: 0 of 0 sites of operator op2",
    ];
    assert_eq!(stage.told(), expected);
    assert_eq!(stage.fleet.key(&id(2)), None);
    let key = stage.fleet.join(&id(2), &attributes(2)).unwrap();
    assert_ne!(key, stage.keys[2]);
}

#[test]
fn a_site_takes_its_reports_along_to_other_groups() {
    let mut stage = Stage::new();
    stage.begin(Class::CameraRelease, (0..40).map(|n| n * 10));
    for site in (0..40).map(|n| n * 10) {
        let moved = Attributes { firmware: text("fw", 99), ..attributes(site) };
        assert_eq!(stage.fleet.join(&id(site), &moved), Ok(stage.keys[site]));
    }
    stage.wait(1);
    assert_eq!(stage.told(), ["1: opened #1 camera-release: 40 of 40 sites with firmware fw99"]);
}

#[test]
fn a_fleet_that_is_full_refuses_and_stays_as_it_was() {
    let limits = Limits { sites: 2, groups: 5, findings: 1 };
    let mut fleet = Fleet::new(FleetPolicy::default(), limits, at(0), FindingId(1));
    let plain = |city: usize| Attributes { city: text("city", city), ..Attributes::default() };
    assert_eq!(fleet.join(&id(0), &attributes(0)), Err(JoinError::TooManyGroups { limit: 5 }));
    assert!(fleet.join(&id(0), &plain(0)).is_ok());
    assert!(fleet.join(&id(1), &plain(1)).is_ok());
    assert_eq!(fleet.join(&id(2), &plain(1)), Err(JoinError::TooManySites { limit: 2 }));
    assert_eq!((fleet.key(&id(2)), fleet.key(&id(0)).is_some()), (None, true));
}

#[test]
fn what_happens_every_night_is_usual_at_that_hour() {
    const DAY: i64 = 86_400;
    let mut stage = Stage::new();
    let mut fleet_wide = 0;
    for night in 1..20 {
        for restart in 0..40 {
            stage.second = night * DAY + 7_200 + restart * 60;
            let site = ((night * 40 + restart) * 37 % 400) as usize;
            stage.report(site, Class::Agent, Change::Began, stage.second);
            stage.report(site, Class::Agent, Change::Ended, stage.second + 60);
            stage.steps.clear();
            stage.wait(59);
            fleet_wide += usize::from(night > 5 && !stage.steps.is_empty());
        }
    }
    assert_eq!(fleet_wide, 0);
}

#[test]
fn only_what_can_have_a_cause_beyond_the_site_is_a_class() {
    let camera = |cause| Fault::Camera { camera: CameraId::new("door").unwrap(), cause };
    let rows = [
        (camera(CameraCause::AuthScheme), Some(Class::CameraRelease)),
        (camera(CameraCause::Unreachable), None),
        (Fault::Lan { cause: LanCause::Down }, None),
        (Fault::Interception { cause: InterceptionCause::DnsRewriting }, Some(Class::Interception)),
    ];
    for (fault, class) in rows {
        assert_eq!(Class::of(&fault), class, "{fault}");
    }
}
