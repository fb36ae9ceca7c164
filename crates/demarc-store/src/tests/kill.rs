//! What was acknowledged survives SIGKILL at any moment.

use super::{AT_ONCE, at, channels, directory, transition};
use crate::Store;
use demarc_model::incident::Step;
use std::collections::BTreeSet;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};

const FILE: &str = "DEMARC_STORE_KILL_FILE";
const KILLS: u32 = 20;

#[test]
fn every_acknowledged_step_survives_being_killed() {
    let (_directory, file) = directory();
    let mut acknowledged = BTreeSet::new();
    for kill in 0..KILLS {
        let mut child = writer_child(&file);
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        // A different number of acknowledgements each time; the kill falls somewhere in what follows.
        let enough = 1 + kill * 7 % 40;
        let mut ids =
            lines.map_while(Result::ok).filter_map(|line| line.strip_prefix("ok ")?.parse::<u64>().ok());
        acknowledged.extend(ids.by_ref().take(enough as usize));
        child.kill().unwrap();
        child.wait().unwrap();
        // What the child wrote before it died counts as well.
        acknowledged.extend(ids);
        check(&file, &acknowledged);
    }
    assert!(acknowledged.len() > KILLS as usize, "the child did write");
}

fn check(file: &Path, acknowledged: &BTreeSet<u64>) {
    let opened = Store::open(file).unwrap();
    assert_eq!(opened.set_aside, None);
    let reader = opened.store.reader();
    let stored: BTreeSet<u64> = reader.open_incidents().unwrap().iter().map(|i| i.id.0).collect();
    assert_eq!(acknowledged.difference(&stored).collect::<Vec<_>>(), Vec::<&u64>::new());
    assert_eq!(reader.verify().unwrap().broken_at, None);
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let told = runtime.block_on(async {
        let due = opened.store.due(at(1_000_000), 1_000_000).await.unwrap();
        opened.store.close().await.unwrap();
        due.iter().map(|message| message.transition.incident.id.0).collect::<BTreeSet<u64>>()
    });
    assert_eq!(told, stored, "every step has its message");
}

#[expect(clippy::disallowed_methods, reason = "the test starts itself, to be killed")]
fn writer_child(file: &Path) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["tests::kill::the_child_that_is_killed", "--exact", "--nocapture"])
        .env(FILE, file)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap()
}

/// Not a test by itself: the other half of the one above, in a process of its own.
#[tokio::test]
async fn the_child_that_is_killed() {
    let Some(file) = std::env::var_os(FILE) else { return };
    let store = Store::open(Path::new(&file)).unwrap().store;
    let first = store.reader().next_incident_id().unwrap().0;
    for id in first.. {
        store.commit_transition(transition(id, Step::Opened, 10), channels(&["noc"]), AT_ONCE).await.unwrap();
        // Past the test harness, which would keep the line to itself.
        writeln!(std::io::stdout().lock(), "ok {id}").unwrap();
    }
}
