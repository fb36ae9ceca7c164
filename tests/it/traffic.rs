//! Broadcasts on the wire, as the agent's own kernel counts them.

use crate::line::Line;
use demarc_model::observation::Outcome;
use demarc_model::symptom::Symptom;
use std::time::{Duration, Instant};

/// Twenty thousand broadcasts a second, as a loop on a slow wire multiplies them.
const STORM: &str = "\
import socket, time
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
while True:
    for _ in range(400):
        s.sendto(b'who has', ('10.20.0.255', 9))
    time.sleep(0.02)
";

#[test]
fn a_flood_of_broadcasts_is_counted_and_told_and_so_is_its_end() {
    let line = Line::start();
    let _agent = line.watch(&[]);
    line.wait("a first look at everything", |snapshot| snapshot.swept);
    assert_eq!(line.last_look("host.traffic").symptom(), Some(Symptom::Passed));
    let script = line.lab.write("storm.py", STORM);
    let storm = line.router.serve(&format!("python3 {}", script.display()));
    let seen = look_until(&line, Symptom::Storm);
    assert!(seen.contains("broadcasts and multicasts a second come in"), "{seen}");
    drop(storm);
    look_until(&line, Symptom::Passed);
}

/// Waits until `host.traffic` has seen this; yields its sentence.
fn look_until(line: &Line, symptom: Symptom) -> String {
    let begun = Instant::now();
    loop {
        let seen = line.last_look("host.traffic");
        match seen.outcome {
            Outcome::Failed { detail, symptom: shown, .. } if shown == symptom => {
                return detail.as_str().to_owned();
            }
            Outcome::Passed if symptom == Symptom::Passed => return String::new(),
            _ => assert!(begun.elapsed() < Duration::from_secs(60), "no {symptom:?}"),
        }
        std::thread::sleep(Duration::from_millis(500));
    }
}
