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
use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::sync::Mutex;
use std::time::{Duration, Instant};

/// What is run, from the environment: `scripts/lab` sets it.
struct Order {
    faults: Vec<&'static Fault>,
    sizes: Vec<usize>,
    seeds: Vec<u64>,
    at_once: usize,
    terms: Terms,
    /// How long it may take in all.
    within: Option<Duration>,
    /// Whether a branch is only to stand there.
    stands: bool,
}

/// What holds for every run.
#[derive(Debug, Clone, Copy)]
struct Terms {
    /// Whether the usual stack runs beside Demarc.
    stack: bool,
    /// How long a branch is watched before its first fault.
    settled: Duration,
}

/// How long it takes until the service knows how often a probe fails at this branch for no reason, as it does
/// where it was not started a moment ago.
const SETTLED: Duration = Duration::from_secs(120);

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
            // Tests that run all the time judge what is said, and not when.
            terms: Terms {
                stack: get("LAB_STACK").is_some(),
                settled: if wanted.is_empty() { Duration::ZERO } else { SETTLED },
            },
            within: get("LAB_MINUTES").map(|_| Duration::from_secs(60 * number("LAB_MINUTES", 0) as u64)),
            stands: wanted == "up",
        }
    }

    /// Seed by seed; within one, branches of all sizes side by side and what lasts longest first, so that in
    /// the end nobody waits for the last of them.
    fn jobs(&self) -> Vec<Job> {
        let mut jobs = Vec::new();
        for &seed in &self.seeds {
            let of_seed =
                |&cameras: &usize| self.faults.iter().map(move |&fault| Job { fault, cameras, seed });
            let mut of_seed: Vec<Job> = self.sizes.iter().flat_map(of_seed).collect();
            let mut chance = Chance(seed);
            for end in (1..of_seed.len()).rev() {
                of_seed.swap(end, chance.below(end + 1));
            }
            of_seed.sort_by_key(|job| Reverse(job.fault.flaps_s));
            jobs.extend(of_seed);
        }
        jobs
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
    settled: Duration,
    watched_since: Instant,
    /// How often each component was at fault, and until when. What comes a third time within half an hour is
    /// flapping, and stays open on purpose.
    blamed: BTreeMap<String, (usize, Instant)>,
    /// When the last fault had closed.
    last: Option<Instant>,
}

const MOST_OF_ONE: usize = 2;
/// What comes again sooner has no page of its own: longer than `resolve-after`.
const APART: Duration = Duration::from_secs(400);

/// What was at fault is looked at closely for so long; until then nobody can say how often a branch is asked in
/// which all is well.
const CALM: Duration = Duration::from_secs(150);

impl Worksite {
    fn raise(cameras: usize, Terms { stack, settled }: Terms) -> Self {
        let mut site = Site::raise(cameras);
        site.stack = stack.then(|| Stack::start(&site));
        site.watch();
        Self { site, settled, watched_since: Instant::now(), blamed: BTreeMap::new(), last: None }
    }

    fn can_take(&self, &Job { fault, cameras, seed }: &Job) -> bool {
        let bears = |c: &String| self.blamed.get(c).is_none_or(|(n, _)| *n < MOST_OF_ONE);
        cameras == self.site.cameras.len()
            && fault.components(&self.site, chosen(fault, seed, cameras).0).iter().all(bears)
    }

    /// How long the branch has to be left alone before a fault may begin.
    fn wait(&self, &Job { fault, cameras, seed }: &Job) -> Duration {
        let watched = Duration::from_secs(fault.watched_s).max(self.settled);
        let watched = watched.saturating_sub(self.watched_since.elapsed());
        let last = self.last.filter(|_| fault.truth.is_empty());
        let watched = watched.max(last.map_or(Duration::ZERO, |last| CALM.saturating_sub(last.elapsed())));
        let components = fault.components(&self.site, chosen(fault, seed, cameras).0);
        let earlier = components.iter().filter_map(|component| self.blamed.get(component));
        earlier.map(|(_, until)| APART.saturating_sub(until.elapsed())).fold(watched, Duration::max)
    }

    fn suffer(&mut self, job: &Job) -> Run {
        let &Job { fault, cameras, seed } = job;
        let (hit, after) = chosen(fault, seed, cameras);
        std::thread::sleep(self.wait(job) + after);
        let run = shift::run(&mut self.site, fault, hit, seed);
        let components = fault.components(&self.site, hit);
        for component in components {
            let (times, until) = self.blamed.entry(component).or_insert((0, Instant::now()));
            let begun = if fault.flaps_s.is_some() { MOST_OF_ONE } else { 1 };
            (*times, *until) = (*times + begun, Instant::now());
        }
        self.last = Some(Instant::now());
        run
    }
}

/// One fault at a branch of some size.
#[derive(Clone, Copy)]
struct Job {
    fault: &'static Fault,
    cameras: usize,
    seed: u64,
}

/// The cameras of all branches that may stand at one time: the kernel has one table of neighbours for all
/// namespaces (1,024 as shipped), and each camera takes almost three places in it.
fn most_cameras() -> usize {
    let most = std::fs::read_to_string("/proc/sys/net/ipv4/neigh/default/gc_thresh3");
    most.ok().and_then(|text| text.trim().parse::<usize>().ok()).unwrap_or(1024) * 3 / 10
}

/// What all that work share.
struct Work {
    queue: Mutex<Vec<Job>>,
    /// How many cameras stand now, and may at most.
    cameras: Mutex<usize>,
    most_cameras: usize,
    done: Mutex<Vec<Run>>,
    failed: Mutex<Vec<String>>,
    results: Results,
    terms: Terms,
    /// When all has to be over.
    end: Option<Instant>,
}

impl Work {
    /// The next that a branch can take, or one for a new branch; no fault is begun that would not be over in
    /// time.
    fn take(&self, place: Option<&Worksite>) -> Option<Job> {
        let mut queue = self.queue.lock().unwrap();
        let mut cameras = self.cameras.lock().unwrap();
        let has_room = |job: &Job| *cameras == 0 || *cameras + job.cameras <= self.most_cameras;
        let fits = |job: &Job| {
            place.map_or_else(|| has_room(job), |place| place.can_take(job)) && self.has_time(place, job)
        };
        // A branch that was watched for long is taken for what wants that, and a young one not.
        let at = queue
            .iter()
            .enumerate()
            .filter(|(_, job)| fits(job))
            .min_by_key(|(_, job)| (self.wait(place, job), Reverse(job.fault.watched_s)))
            .map(|(at, _)| at);
        let job = at.map(|at| queue.remove(at));
        if place.is_none() {
            *cameras += job.map_or(0, |job| job.cameras);
        }
        job
    }

    /// Whether something is left for which there is only no room yet.
    fn may_go_on(&self) -> bool {
        self.queue.lock().unwrap().iter().any(|job| self.has_time(None, job))
    }

    fn has_time(&self, place: Option<&Worksite>, job: &Job) -> bool {
        let needed = self.wait(place, job) + job.fault.usually_lasts();
        self.end.is_none_or(|end| Instant::now() + needed <= end)
    }

    /// How long until a fault may begin, at this branch or at a new one.
    fn wait(&self, place: Option<&Worksite>, job: &Job) -> Duration {
        let new = || Duration::from_secs(job.fault.watched_s).max(self.terms.settled);
        place.map_or_else(new, |place| place.wait(job))
    }

    fn give_up(&self, place: &mut Option<Worksite>) {
        if let Some(place) = place.take() {
            let cameras = place.site.cameras.len();
            drop(place);
            *self.cameras.lock().unwrap() -= cameras;
        }
    }
}

/// Takes faults from the queue until it is empty. A branch on which something stays open is given up.
fn work(work: &Work) {
    let mut place: Option<Worksite> = None;
    loop {
        let job = work.take(place.as_ref()).or_else(|| {
            work.give_up(&mut place);
            work.take(None)
        });
        let Some(job) = job else {
            if !work.may_go_on() {
                return;
            }
            std::thread::sleep(Duration::from_secs(1));
            continue;
        };
        let mut suffer =
            || place.get_or_insert_with(|| Worksite::raise(job.cameras, work.terms)).suffer(&job);
        // A branch that cannot be raised or a fault that cannot be brought about ends neither the others nor
        // the report.
        match std::panic::catch_unwind(std::panic::AssertUnwindSafe(&mut suffer)) {
            Ok(run) => {
                println!("{}", report::line(&run));
                if run.closed_s.is_none() {
                    work.give_up(&mut place);
                }
                work.results.keep(&run);
                work.done.lock().unwrap().push(run);
            }
            Err(_) => {
                let name = format!("{} ({} cameras, seed {})", job.fault.name, job.cameras, job.seed);
                println!("{name} could not be run");
                match place {
                    Some(_) => work.give_up(&mut place),
                    // It was never raised.
                    None => *work.cameras.lock().unwrap() -= job.cameras,
                }
                work.failed.lock().unwrap().push(name);
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
        cameras: Mutex::default(),
        most_cameras: most_cameras(),
        done: Mutex::default(),
        failed: Mutex::default(),
        results: Results::open(order.terms.stack),
        terms: order.terms,
        end: order.within.map(|within| Instant::now() + within),
    };
    for job in order.jobs() {
        match shared.results.earlier(job.fault.name, (job.cameras, job.seed)) {
            Some(run) => shared.done.get_mut().unwrap().push(run.clone()),
            None => shared.queue.get_mut().unwrap().push(job),
        }
    }
    std::thread::scope(|scope| {
        for _ in 0..order.at_once {
            scope.spawn(|| work(&shared));
        }
    });
    let Work { queue, done, failed, .. } = shared;
    let left = queue.into_inner().unwrap().len();
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
