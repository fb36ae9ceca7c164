//! What a site could do better, in plain words. Things have the ids that they have in the configuration,
//! because that is where they will be looked for.

use demarc_model::fault::Fault;
use demarc_model::id::CameraId;
use demarc_model::lint::{Insight, Pair, Remedy, Shortcoming, State};
use demarc_model::site::Site;
use demarc_model::time::Timestamp;
use demarc_model::topology::{CoFailure, Proposal, Relation};
use jiff::tz::TimeZone;

/// So many names are spelt out; of more, the first and the number.
const MOST_NAMES: usize = 4;
const MOST_TIMES: usize = 5;

/// One thing that could be better.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Told {
    /// What is not told apart, or missing: one line for each pair.
    pub what: Vec<String>,
    /// Why it matters.
    pub why: String,
    /// What to do about it.
    pub remedy: String,
}

pub fn insight(insight: &Insight, site: &Site) -> Told {
    let Insight { shortcoming, remedy } = insight;
    Told { what: what(shortcoming, site), why: why(shortcoming, remedy), remedy: to_do(remedy, site) }
}

/// What no setting changes, one line each: good to know, and nothing to do.
pub fn as_it_is(insights: &[&Insight], site: &Site) -> Vec<String> {
    let mut unseen = Vec::new();
    let mut out = Vec::new();
    for insight in insights {
        match (&insight.shortcoming, &insight.remedy) {
            (Shortcoming::Inseparable { pairs }, Remedy::Unmade { .. }) => {
                unseen.extend(pairs.iter().map(|pair| self::pair(pair, site)));
            }
            (Shortcoming::OneProbe { probe, pairs }, _) => {
                out.extend(pairs.iter().map(|pair| match &pair.other {
                    State::AllWell => format!("only {probe} shows {}", self::pair(pair, site)),
                    other => format!(
                        "only {probe} tells {} from {}",
                        state(&pair.one, &pair.alike, site),
                        state(other, &pair.alike, site)
                    ),
                }));
            }
            (shortcoming, remedy) => {
                out.push(format!("{}: {}", what(shortcoming, site).join("; "), to_do(remedy, site)));
            }
        }
    }
    if !unseen.is_empty() {
        out.push(format!("not looked at by this version: {}", unseen.join(", ")));
    }
    out
}

pub fn proposal(proposal: &Proposal) -> Told {
    let times = times(&proposal.events);
    let (what, why, remedy) = match &proposal.what {
        Relation::Together { cameras } => (
            format!("{} fell silent together {times}", cameras_named(cameras)),
            "No segment says that they hang together, so the next time they are so many cameras.",
            "Look where their cables lead. If it is one switch, make it a segment.",
        ),
        Relation::Joins { segment, cameras } => (
            format!("{} fell silent with segment {segment} {times}", cameras_named(cameras)),
            "In no segment, they will not be put down to its switch.",
            "Look where their cables lead. If it is that switch, say so.",
        ),
        Relation::FallsWith { camera, own, other } => (
            format!("{camera} of segment {own} fell silent with segment {other} {times}"),
            "A camera in the wrong segment makes both switches harder to blame.",
            "Look which switch it hangs on. If it is the other one, move it.",
        ),
        Relation::StaysUp { camera, own } => (
            format!("{camera} answered while the rest of segment {own} was silent {times}"),
            "A camera that answers speaks for its switch.",
            "Look which switch it hangs on, and correct or remove its segment.",
        ),
    };
    Told { what: vec![what], why: why.to_owned(), remedy: remedy.to_owned() }
}

/// `3 times: 12 Nov 03:14, …`
fn times(events: &[CoFailure]) -> String {
    let count = match events.len() {
        1 => "once".to_owned(),
        2 => "twice".to_owned(),
        n => format!("{n} times"),
    };
    let mut days: Vec<String> = events.iter().rev().take(MOST_TIMES).map(|event| day(event.from)).collect();
    days.reverse();
    let earlier = if events.len() > MOST_TIMES { "…, " } else { "" };
    format!("{count}: {earlier}{} UTC", days.join(", "))
}

/// `12 Nov 03:14`
fn day(at: Timestamp) -> String {
    // Only times outside the years -9999 to 9999 have no calendar date.
    let zoned = jiff::Timestamp::from_millisecond(at.as_millis()).map(|at| at.to_zoned(TimeZone::UTC));
    zoned.map_or_else(|_| at.to_string(), |at| at.strftime("%-d %b %H:%M").to_string())
}

fn what(shortcoming: &Shortcoming, site: &Site) -> Vec<String> {
    match shortcoming {
        Shortcoming::Inseparable { pairs } | Shortcoming::OneProbe { pairs, .. } => {
            pairs.iter().map(|pair| self::pair(pair, site)).collect()
        }
        Shortcoming::OneControl { control } => vec![format!("only one control: {control}")],
        Shortcoming::OneHost { capability, endpoints, .. } => {
            let names = endpoints.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
            vec![match endpoints.len() {
                0 => format!("{capability} has no host"),
                1 => format!("{capability} has one host: {names}"),
                _ => format!("the endpoints of {capability} share one host: {names}"),
            }]
        }
        Shortcoming::NoSegment { cameras } => {
            let verb = if cameras.len() == 1 { "is" } else { "are" };
            vec![format!("{} {verb} in no segment", cameras_named(cameras))]
        }
        Shortcoming::NoVendor => vec!["no vendor".to_owned()],
    }
}

fn pair(pair: &Pair, site: &Site) -> String {
    let one = state(&pair.one, &pair.alike, site);
    match &pair.other {
        State::AllWell => one,
        other => format!("{one}, or {}", state(other, &pair.alike, site)),
    }
}

fn state(state: &State, alike: &[CameraId], site: &Site) -> String {
    match state {
        State::AllWell => "nothing wrong".to_owned(),
        State::Fault { fault: Fault::Camera { cause, .. } } if alike.len() > 1 => {
            if alike.len() == site.cameras.len() {
                format!("any camera {}", cause.name())
            } else {
                format!("camera {} {}", cameras_named(alike), cause.name())
            }
        }
        State::Fault { fault } => fault.to_string(),
        State::ControlOut { control } => format!("control {control} out of order"),
        State::SecondResolverOut => "second resolver out of order".to_owned(),
        State::PortalCheckOut => "portal's check page out of order".to_owned(),
        State::StatusPageOut => "status page out of order".to_owned(),
    }
}

fn cameras_named(cameras: &[CameraId]) -> String {
    let named = cameras.iter().take(MOST_NAMES).map(ToString::to_string).collect::<Vec<_>>().join(", ");
    match cameras.len() {
        n if n > MOST_NAMES => format!("{named} and {} more", n - MOST_NAMES),
        _ => named,
    }
}

fn why(shortcoming: &Shortcoming, remedy: &Remedy) -> String {
    match shortcoming {
        Shortcoming::Inseparable { pairs } => inseparable(pairs, remedy),
        Shortcoming::OneProbe { probe, .. } => {
            format!("Only {probe} tells: while it is missing, nothing does.")
        }
        Shortcoming::OneControl { .. } => "When it fails itself, no other proves that the line works, and \
             without an answering control no vendor is blamed."
            .to_owned(),
        Shortcoming::OneHost { .. } => "A vendor is blamed on the word of two hosts. When this alone fails, \
             the verdict can only be undetermined."
            .to_owned(),
        Shortcoming::NoSegment { .. } => {
            "When their switch fails, Demarc names so many cameras and not the switch.".to_owned()
        }
        Shortcoming::NoVendor => {
            "Without a vendor's profile, an outage of its cloud is nobody's fault here.".to_owned()
        }
    }
}

fn inseparable(pairs: &[Pair], remedy: &Remedy) -> String {
    let unseen = pairs.iter().all(|pair| pair.other == State::AllWell);
    if unseen {
        return match remedy {
            Remedy::Account { .. } => {
                "Without an account nothing that needs a password is looked at.".to_owned()
            }
            _ => "No probe of this site shows it.".to_owned(),
        };
    }
    match remedy {
        Remedy::SwitchAddress { .. } => {
            "The switch has one camera, and nothing but it to be known by.".to_owned()
        }
        Remedy::SecondResolver => {
            "Only a resolver outside shows whether answers are changed on the way.".to_owned()
        }
        _ => "Every probe of this site sees the same in both cases.".to_owned(),
    }
}

fn to_do(remedy: &Remedy, site: &Site) -> String {
    match remedy {
        Remedy::Gateway => "Give the router's address: it was not found out on this computer.".to_owned(),
        Remedy::Resolver => "Give the resolver's address: it was not found out on this computer.".to_owned(),
        Remedy::SecondResolver => "Ask a second resolver, outside the branch.".to_owned(),
        Remedy::SwitchAddress { segment } => {
            format!("Give the management address of the switch {segment}: it is then asked itself.")
        }
        Remedy::EndpointAddress { endpoint, .. } => {
            format!("Give the address that the vendor publishes for {endpoint}.")
        }
        Remedy::Account { cameras } => {
            let whose = if cameras.len() == site.cameras.len() {
                "the cameras".to_owned()
            } else {
                cameras_named(cameras)
            };
            format!("Make an account with viewer rights on {whose}, and give it here.")
        }
        Remedy::Control => "Add a control in another network.".to_owned(),
        Remedy::Segment { .. } => "Make a segment for each switch, and put its cameras there.".to_owned(),
        Remedy::Vendor => "Name the vendor whose cloud the branch relies on.".to_owned(),
        Remedy::Host { capability, .. } => {
            format!("Add another host that the vendor uses for {capability}, if there is one.")
        }
        Remedy::ResolverOnGateway => {
            "Only a hop beyond the router could tell, and Demarc does not measure one \
             yet. If the resolver does run on the router, under another address, say so: then \
             its answers tell."
                .to_owned()
        }
        Remedy::Unmade { probe } => format!("The probe {probe} would show it; it is not carried out here."),
        Remedy::Nothing => "Nothing in the configuration changes that.".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::site;
    use demarc_model::fault::SegmentCause;
    use demarc_model::id::{CapabilityId, EndpointId, SegmentId, VendorId};
    use demarc_model::probe::ProbeKind;

    fn camera(id: &str) -> CameraId {
        CameraId::new(id).unwrap()
    }

    fn segment(id: &str) -> SegmentId {
        SegmentId::new(id).unwrap()
    }

    #[test]
    fn every_remedy_says_what_to_do() {
        let vendor = || VendorId::new("axis").unwrap();
        let endpoint = EndpointId::new("relay-1").unwrap();
        let capability = CapabilityId::new("login").unwrap();
        let cases = [
            (Remedy::Gateway, "Give the router's address"),
            (Remedy::Resolver, "Give the resolver's address"),
            (Remedy::SecondResolver, "outside the branch"),
            (Remedy::SwitchAddress { segment: segment("floor-b") }, "address of the switch floor-b"),
            (Remedy::EndpointAddress { vendor: vendor(), endpoint }, "publishes for relay-1"),
            (Remedy::Account { cameras: vec![camera("yard")] }, "viewer rights on yard"),
            (Remedy::Control, "in another network"),
            (Remedy::Segment { cameras: vec![] }, "a segment for each switch"),
            (Remedy::Vendor, "Name the vendor"),
            (Remedy::Host { vendor: vendor(), capability }, "another host that the vendor uses for login"),
            (Remedy::ResolverOnGateway, "a hop beyond the router"),
            (Remedy::Unmade { probe: ProbeKind::CameraPicture }, "camera.picture would show it"),
            (Remedy::Nothing, "Nothing in the configuration"),
        ];
        for (remedy, expected) in cases {
            let said = to_do(&remedy, &site());
            assert!(said.contains(expected) && said.ends_with('.'), "{remedy:?}: {said}");
        }
    }

    #[test]
    fn a_pair_names_both_and_many_cameras_shortly() {
        let down =
            State::Fault { fault: Fault::Segment { segment: segment("floor-b"), cause: SegmentCause::Down } };
        let dead = State::Fault {
            fault: Fault::Camera {
                camera: camera("yard"),
                cause: demarc_model::fault::CameraCause::Unreachable,
            },
        };
        let names = |n: usize| (0..n).map(|n| camera(&format!("c{n}"))).collect::<Vec<_>>();
        let cases = [
            (dead.clone(), vec![camera("yard")], "segment floor-b down, or camera yard unreachable"),
            (dead.clone(), names(3), "segment floor-b down, or camera c0, c1, c2 unreachable"),
            (dead, names(6), "segment floor-b down, or camera c0, c1, c2, c3 and 2 more unreachable"),
            (State::AllWell, vec![], "segment floor-b down"),
            (State::SecondResolverOut, vec![], "segment floor-b down, or second resolver out of order"),
        ];
        for (other, alike, expected) in cases {
            let one = down.clone();
            let pair = Pair { one, other, nats_per_round: 0.0, nats_per_minute: 0.0, alike };
            assert_eq!(super::pair(&pair, &site()), expected);
        }
    }

    #[test]
    fn the_past_is_told_with_its_dates() {
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let event = |day: u32| CoFailure {
            from: at(&format!("2026-11-{day:02}T03:14:00Z")),
            until: at(&format!("2026-11-{day:02}T03:20:00Z")),
            cameras: 3,
        };
        let (own, other) = (segment("floor-a"), segment("floor-b"));
        let cases = [
            (
                Relation::Together { cameras: vec![camera("a"), camera("b")] },
                1,
                "a, b fell silent together once: 1 Nov 03:14 UTC",
            ),
            (
                Relation::Joins { segment: own.clone(), cameras: vec![camera("a")] },
                2,
                "a fell silent with segment floor-a twice: 1 Nov 03:14, 2 Nov 03:14 UTC",
            ),
            (
                Relation::FallsWith { camera: camera("a"), own: own.clone(), other },
                3,
                "a of segment floor-a fell silent with segment floor-b 3 times: \
                 1 Nov 03:14, 2 Nov 03:14, 3 Nov 03:14 UTC",
            ),
            (
                Relation::StaysUp { camera: camera("a"), own },
                7,
                "a answered while the rest of segment floor-a was silent 7 times: …, \
                 3 Nov 03:14, 4 Nov 03:14, 5 Nov 03:14, 6 Nov 03:14, 7 Nov 03:14 UTC",
            ),
        ];
        for (what, times, expected) in cases {
            let told = proposal(&Proposal { what, nats: 9.0, events: (1..=times).map(event).collect() });
            assert_eq!(told.what, [expected]);
        }
    }
}
