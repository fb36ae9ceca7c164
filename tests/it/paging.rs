//! One page for each cause: what comes again soon goes on under the page that is open, and so does what began
//! together.

use crate::branch::{Branch, said};
use crate::service::{hook, receiver};
use serde_json::Value;
use std::sync::mpsc::{Receiver, TryRecvError};
use std::time::Duration;

/// The next messages, each as its event, its page and whether it says that it came again, sorted.
fn told(bodies: &Receiver<Value>, count: usize) -> Vec<(String, String, bool)> {
    let text = |body: &Value, key: &str| body[key].as_str().unwrap().to_owned();
    let again = |line: &Value| line.as_str().unwrap().starts_with("pattern: came again: 2 times since ");
    let next = || {
        let body = bodies.recv_timeout(Duration::from_secs(60)).unwrap();
        let again = body["text"].as_array().unwrap().iter().any(again);
        (text(&body, "event"), text(&body, "dedup_key"), again)
    };
    let mut told: Vec<_> = (0..count).map(|_| next()).collect();
    told.sort();
    told
}

fn nothing_more(bodies: &Receiver<Value>) {
    assert_eq!(bodies.try_recv(), Err(TryRecvError::Empty));
}

#[test]
fn what_comes_again_before_its_end_is_told_is_one_page_also_across_a_restart() {
    let branch = Branch::start(4);
    let (url, bodies) = receiver(0);
    branch.configure(&hook(&url, "10m"));
    branch.tell("camera-dead:cam-02");
    let mut agent = branch.agent();
    agent.wait("the incident", 30, |s| !s.incidents.is_empty());
    let page = told(&bodies, 1).remove(0).1;
    branch.tell("heal-all");
    agent.wait("its end", 30, |s| s.incidents.is_empty());
    agent.signal("KILL");
    agent.end(5);
    nothing_more(&bodies);

    branch.tell("camera-dead:cam-02");
    branch.tell("camera-hung:cam-03");
    let mut agent = branch.agent();
    let both = |s: &demarc_agent::snapshot::Snapshot| s.incidents.len() == 2;
    let snapshot = agent.wait("both incidents", 40, both);
    let hung = snapshot.incidents.iter().find(|incident| said(incident) == "camera cam-03 hung").unwrap();
    let other = hung.dedup_key();
    let expected = [("trigger", &other, false), ("update", &page, true)];
    let expected = expected.map(|(event, page, again)| (event.to_owned(), page.clone(), again));
    assert_eq!(told(&bodies, 2), expected);

    let text = std::fs::read_to_string(&branch.config).unwrap();
    std::fs::write(&branch.config, text.replace("\"10m\"", "\"1s\"")).unwrap();
    agent.signal("HUP");
    agent.wait("the reload", 20, |s| !s.swept);
    branch.tell("heal-all");
    agent.wait("the end of both", 40, |s| s.incidents.is_empty());
    let mut expected = [("resolve", &page, true), ("resolve", &other, false)]
        .map(|(event, page, again)| (event.to_owned(), page.clone(), again));
    expected.sort();
    assert_eq!(told(&bodies, 2), expected);
    nothing_more(&bodies);
}

/// A cabinet or a changed password: several that fail together are one page, which ends with the last.
#[test]
fn what_fails_together_is_one_page_that_ends_with_the_last_of_it() {
    let branch = Branch::start(4);
    let (url, bodies) = receiver(0);
    branch.configure(&hook(&url, "1s"));
    branch.tell("camera-dead:cam-02");
    branch.tell("camera-dead:cam-04");
    let mut agent = branch.agent();
    agent.wait("both incidents", 40, |s| s.incidents.len() == 2);
    let both = told(&bodies, 2);
    let page = both[0].1.clone();
    let event = |event: &str| (event.to_owned(), page.clone(), false);
    assert_eq!(both, [event("trigger"), event("update")]);
    branch.tell("heal camera-dead:cam-02");
    agent.wait("the end of one", 40, |s| s.incidents.len() == 1);
    assert_eq!(told(&bodies, 1), [event("update")]);
    branch.tell("heal-all");
    agent.wait("the end of both", 40, |s| s.incidents.is_empty());
    assert_eq!(told(&bodies, 1), [event("resolve")]);
    nothing_more(&bodies);
}

#[test]
fn an_end_that_is_held_back_is_told_after_a_restart_and_what_comes_later_is_another_page() {
    let branch = Branch::start(4);
    let (url, bodies) = receiver(0);
    branch.configure(&hook(&url, "8s"));
    branch.tell("camera-dead:cam-02");
    let mut agent = branch.agent();
    agent.wait("the incident", 30, |s| !s.incidents.is_empty());
    let page = told(&bodies, 1).remove(0).1;
    branch.tell("heal-all");
    agent.wait("its end", 30, |s| s.incidents.is_empty());
    agent.signal("KILL");
    agent.end(5);
    nothing_more(&bodies);

    let mut agent = branch.agent();
    assert_eq!(told(&bodies, 1), [("resolve".to_owned(), page.clone(), false)]);
    branch.tell("camera-dead:cam-02");
    agent.wait("the next incident", 30, |s| !s.incidents.is_empty());
    let (event, other, again) = told(&bodies, 1).remove(0);
    assert_eq!((event.as_str(), again), ("trigger", false));
    assert_ne!(other, page);
}
