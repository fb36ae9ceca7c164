//! The fault lab: a branch, its lines, the Internet and the vendor in network namespaces, every fault
//! brought about by the kernel's own means, and the verdicts of the shipped program held to the truth.
//!
//! `scripts/lab --help` tells how to run it by hand; docs/fault-lab.md what came of it.

#![expect(clippy::print_stdout, reason = "tells what it is doing, and writes a report")]

mod act;
mod catalogue;
mod report;
mod results;
mod shift;
mod site;
mod special;
mod stack;

use crate::lab::namespaces_are_to_be_had;
use act::Hit;
use catalogue::{FAULTS, Fault, When};
use results::Results;
use shift::{Judgement, Run};
use site::Site;
use stack::Stack;
use std::collections::BTreeMap;
use std::sync::Mutex;
use std::time::{Duration, Instant};

/// What is run, from the environment: `scripts/lab` sets it.
struct Order {
    faults: Vec<&'static Fault>,
    sizes: Vec<usize>,
    seeds: Vec<u64>,
    at_once: usize,
    /// Whether the usual stack runs beside Demarc.
    stack: bool,
    /// No run is begun after so long.
    within: Option<Duration>,
    /// Whether a branch is only to stand there.
    stands: bool,
}

impl Order {
    fn read() -> Self {
        let get = |name: &str| std::env::var(name).ok().filter(|text| !text.is_empty());
        let number = |name: &str, default: usize| {
            get(name).map_or(default, |text| {
                text.parse().unwrap_or_else(|_| panic!("{name}={text}: a number is wanted"))
            })
        };
        let wanted = get("LAB").unwrap_or_default();
        let faults: Vec<&Fault> = FAULTS
            .iter()
            .filter(|fault| match wanted.as_str() {
                "" | "up" => fault.when == When::Always,
                "all" => fault.when != When::Named,
                names => names.split(',').any(|name| name == fault.name),
            })
            .collect();
        let known: Vec<&str> = FAULTS.iter().map(|fault| fault.name).collect();
        assert!(!faults.is_empty(), "LAB={wanted}: there is no such fault; there are {}", known.join(", "));
        let sizes = get("LAB_CAMERAS").unwrap_or_else(|| "6".to_owned());
        let sizes = sizes.split(',').map(|size| size.parse().expect("LAB_CAMERAS is numbers: 4,12,50"));
        Self {
            faults,
            sizes: sizes.collect(),
            seeds: (0..number("LAB_SEEDS", 1) as u64).map(|n| n + number("LAB_SEED", 1) as u64).collect(),
            at_once: number("LAB_AT_ONCE", 3),
            stack: get("LAB_STACK").is_some(),
            within: get("LAB_MINUTES").map(|_| Duration::from_secs(60 * number("LAB_MINUTES", 0) as u64)),
            stands: wanted == "up",
        }
    }
}

/// A sequence of numbers that look random, and are the same for the same seed (SplitMix64).
struct Chance(u64);

impl Chance {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        usize::try_from((z ^ (z >> 31)) % end as u64).unwrap()
    }
}

/// A branch, and what it has been through.
struct Worksite {
    site: Site,
    watched_since: Instant,
    /// How often each component was at fault, and until when. What comes a third time within half an hour is
    /// flapping, and stays open on purpose.
    blamed: BTreeMap<String, (usize, Instant)>,
}

const MOST_OF_ONE: usize = 2;
/// What comes again sooner has no page of its own: longer than `resolve-after`.
const APART: Duration = Duration::from_secs(150);

impl Worksite {
    fn raise(cameras: usize, stack: bool) -> Self {
        let mut site = Site::raise(cameras);
        site.stack = stack.then(|| Stack::start(&site));
        site.watch();
        Self { site, watched_since: Instant::now(), blamed: BTreeMap::new() }
    }

    fn can_take(&self, fault: &Fault, hit: Hit) -> bool {
        fault
            .components(&self.site, hit)
            .iter()
            .all(|c| self.blamed.get(c).is_none_or(|(n, _)| *n < MOST_OF_ONE))
    }

    fn suffer(&mut self, fault: &'static Fault, hit: Hit, seed: u64) -> Run {
        let components = fault.components(&self.site, hit);
        for (_, until) in components.iter().filter_map(|component| self.blamed.get(component)) {
            std::thread::sleep(APART.saturating_sub(until.elapsed()));
        }
        let watched = self.watched_since.elapsed();
        std::thread::sleep(Duration::from_secs(fault.watched_s).saturating_sub(watched));
        let run = shift::run(&mut self.site, fault, hit, seed);
        for component in components {
            let (times, until) = self.blamed.entry(component).or_insert((0, Instant::now()));
            (*times, *until) = (*times + 1, Instant::now());
        }
        run
    }
}

/// What all that work share.
struct Work {
    queue: Mutex<Vec<&'static Fault>>,
    done: Mutex<Vec<Run>>,
    failed: Mutex<Vec<&'static str>>,
    results: Results,
    /// When no more is begun.
    end: Option<Instant>,
}

/// Takes faults from the queue until it is empty. A branch on which something stays open is given up.
fn work(work: &Work, (cameras, seed, stack): (usize, u64, bool)) {
    let Work { queue, done, failed, results, end } = work;
    let mut place: Option<Worksite> = None;
    while end.is_none_or(|end| Instant::now() < end) {
        let take = |place: &Option<Worksite>| {
            let mut queue = queue.lock().unwrap();
            let fits = |fault: &&Fault| {
                place.as_ref().is_none_or(|p| p.can_take(fault, chosen(fault, seed, cameras).0))
            };
            let at = queue.iter().rposition(fits);
            at.map(|at| queue.remove(at))
        };
        let Some(fault) = take(&place).or_else(|| {
            place = None;
            take(&None)
        }) else {
            return;
        };
        let (hit, after) = chosen(fault, seed, cameras);
        let suffer = || {
            let branch = place.get_or_insert_with(|| Worksite::raise(cameras, stack));
            std::thread::sleep(after);
            branch.suffer(fault, hit, seed)
        };
        // A branch that cannot be raised or a fault that cannot be brought about ends neither the others nor
        // the report.
        match std::panic::catch_unwind(std::panic::AssertUnwindSafe(suffer)) {
            Ok(run) => {
                println!("{}", report::line(&run));
                if run.closed_s.is_none() {
                    place = None;
                }
                results.keep(&run);
                done.lock().unwrap().push(run);
            }
            Err(_) => {
                println!("{} could not be run", fault.name);
                place = None;
                failed.lock().unwrap().push(fault.name);
            }
        }
    }
}

/// What a fault hits, and where in the rhythm of the probes it falls: matters of chance.
fn chosen(fault: &Fault, seed: u64, cameras: usize) -> (Hit, Duration) {
    let of_its_own = fault.name.bytes().fold(seed, |hash, byte| hash.rotate_left(5) ^ u64::from(byte));
    let mut chance = Chance(of_its_own);
    let hit = Hit { camera: chance.below(cameras) };
    (hit, Duration::from_millis(chance.below(15_000) as u64))
}

/// The faults by name, with what has to be said of each.
fn list() {
    for fault in FAULTS {
        let truth: Vec<String> = fault.truth.iter().map(|forms| forms.join(" or ")).collect();
        let truth = if truth.is_empty() { "nobody is blamed".to_owned() } else { truth.join(", and ") };
        println!("{:<22} {truth}", fault.name);
    }
}

/// A branch to look around in, until somebody presses Enter.
fn stand(cameras: usize) {
    let site = Site::raise(cameras);
    println!(
        "A branch with {cameras} cameras stands. Its agent's host, and with it the configuration:\n\n  \
         nsenter --target {} --net --mount\n  demarc --config {} --state-dir {} run\n\nThe others:",
        site.way.agent.id(),
        site.config.display(),
        site.lab.folder.path().display(),
    );
    for (name, host) in site.hosts() {
        println!("  {name:<12} nsenter --target {} --net --mount", host.id());
    }
    println!("\nEnter ends it.");
    std::io::stdin().read_line(&mut String::new()).unwrap();
}

#[test]
fn the_service_tells_the_truth_of_every_fault_of_the_lab() {
    if std::env::var("LAB").is_ok_and(|order| order == "list") {
        return list();
    }
    let order = Order::read();
    if !namespaces_are_to_be_had() {
        println!("The fault lab was skipped: no network namespaces are to be had here; run it as root.");
        return;
    }
    if order.stands {
        return stand(order.sizes[0]);
    }
    let mut shared = Work {
        queue: Mutex::default(),
        done: Mutex::default(),
        failed: Mutex::default(),
        results: Results::open(order.stack),
        end: order.within.map(|within| Instant::now() + within),
    };
    let mut left = 0;
    for &cameras in &order.sizes {
        for &seed in &order.seeds {
            let mut chance = Chance(seed);
            let mut faults = order.faults.clone();
            for end in (1..faults.len()).rev() {
                faults.swap(end, chance.below(end + 1));
            }
            for fault in faults {
                match shared.results.earlier(fault.name, (cameras, seed)) {
                    Some(run) => shared.done.get_mut().unwrap().push(run.clone()),
                    None => shared.queue.get_mut().unwrap().push(fault),
                }
            }
            std::thread::scope(|scope| {
                for _ in 0..order.at_once {
                    scope.spawn(|| work(&shared, (cameras, seed, order.stack)));
                }
            });
            left += std::mem::take(shared.queue.get_mut().unwrap()).len();
        }
    }
    let Work { done, failed, .. } = shared;
    let runs = done.into_inner().unwrap();
    if let Ok(file) = std::env::var("LAB_REPORT") {
        std::fs::write(&file, report::document(&runs)).unwrap_or_else(|error| panic!("{file}: {error}"));
    }
    println!("{}", report::summary(&runs));
    if left > 0 {
        println!("{left} runs are left: the same command with the same results file goes on with them.");
    }
    let failed = failed.into_inner().unwrap();
    assert!(failed.is_empty(), "these could not be run, the reason stands above: {}", failed.join(", "));
    let bad: Vec<String> = runs
        .iter()
        .filter(|run| {
            run.judgement != Judgement::Right || !run.stays_open.is_empty() || !run.too_much.is_empty()
        })
        .map(report::line)
        .collect();
    assert!(bad.is_empty(), "{} of {} runs are not right:\n{}", bad.len(), runs.len(), bad.join("\n"));
}
