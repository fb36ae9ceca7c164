//! Which cameras hang together, as their past silences show it.
//!
//! Cameras on one switch fall silent in the same rounds and come back together; cameras that have
//! nothing in common do so only by chance, and how rarely follows from how often each falls at all.
//! What comes out is proposed to people: no verdict uses it.

mod event;

use crate::topology::event::{Event, Record};
use demarc_model::id::{CameraId, SegmentId};
use demarc_model::site::Site;
use demarc_model::topology::{CoFailure, Past, Proposal, Relation};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// What a proposal needs beyond chance, after the price of all groups that could have been asked for:
/// four hundred to one. It is a question to somebody who can go and look.
pub const LEAST_NATS: f64 = 6.0;
/// One event of two cameras may be chance whatever the numbers say.
const CAMERAS_OF_ONE_EVENT: usize = 3;
/// Two cameras belong together when they share this part of all that either took part in.
const SHARED: f64 = 2.0 / 3.0;
/// How often a camera on a dead switch is recorded as answering, or a lone failure falls into an event.
const MISRECORDED: f64 = 0.1;
/// How often a camera on a dead switch goes on answering. Something else would have to feed it.
const ANSWERS_ANYWAY: f64 = 0.01;

/// What the silences of the past say about the segments of a site, the surest first.
///
/// `together` is how far apart the looks at two cameras may be that fail for one reason: twice the
/// interval between two looks at a camera.
pub fn proposals(site: &Site, past: &Past, together: Duration) -> Vec<Proposal> {
    let record = Record::new(site, past, together);
    let mut out: Vec<Proposal> =
        groups(&record).iter().flat_map(|group| grouped(site, &record, group)).collect();
    out.extend(aloof(site, &record));
    out.sort_by(|a, b| b.nats.total_cmp(&a.nats));
    out
}

/// The cameras that take part in the same events, as positions in the site's list.
fn groups(record: &Record) -> Vec<Vec<usize>> {
    let events: Vec<BTreeSet<usize>> = (0..record.cameras).map(|camera| record.shared_by(camera)).collect();
    let mut left: BTreeSet<usize> =
        (0..record.cameras).filter(|camera| !events[*camera].is_empty()).collect();
    let mut out = Vec::new();
    while let Some(first) = left.pop_first() {
        let mut group = vec![first];
        let mut next = 0;
        while let Some(member) = group.get(next).copied() {
            let near: Vec<usize> = left
                .iter()
                .copied()
                .filter(|other| overlap(&events[member], &events[*other]) >= SHARED)
                .collect();
            near.iter().for_each(|camera| {
                left.remove(camera);
            });
            group.extend(near);
            next += 1;
        }
        group.sort_unstable();
        out.push(group);
    }
    out.retain(|group| group.len() > 1);
    out
}

fn overlap(a: &BTreeSet<usize>, b: &BTreeSet<usize>) -> f64 {
    a.intersection(b).count() as f64 / a.union(b).count() as f64
}

/// What one group that falls together says about the segments that are configured.
fn grouped(site: &Site, record: &Record, group: &[usize]) -> Vec<Proposal> {
    let segment = |camera: &usize| site.cameras[*camera].segment.as_ref();
    let mut by_segment: BTreeMap<&SegmentId, Vec<usize>> = BTreeMap::new();
    for camera in group {
        if let Some(segment) = segment(camera) {
            by_segment.entry(segment).or_default().push(*camera);
        }
    }
    let loose: Vec<usize> = group.iter().copied().filter(|camera| segment(camera).is_none()).collect();
    let mut out = Vec::new();
    let mut sizes: Vec<usize> = by_segment.values().map(Vec::len).collect();
    sizes.sort_unstable();
    let largest = match sizes.as_slice() {
        [] => None,
        [.., second, first] if second == first => None,
        [.., _] => by_segment.iter().max_by_key(|(_, members)| members.len()),
    };
    match largest {
        None if by_segment.is_empty() => {
            out.extend(proposal(record, &loose, &[], |cameras| Relation::Together { cameras }, site));
        }
        // Two switches that fell as one have a supply in common; whose the others are is not known.
        None => {}
        Some((own, members)) => {
            if !loose.is_empty() && by_segment.len() == 1 {
                let joins = |cameras| Relation::Joins { segment: (*own).clone(), cameras };
                out.extend(proposal(record, &loose, members, joins, site));
            }
            let strangers = by_segment.iter().filter(|(other, _)| *other != own).flat_map(|(_, all)| all);
            out.extend(strangers.filter_map(|camera| falls_with(site, record, *camera, (own, members))));
        }
    }
    out
}

/// A proposal about cameras that fall together, or with others, if chance does not explain it.
fn proposal(
    record: &Record,
    cameras: &[usize],
    with: &[usize],
    what: impl Fn(Vec<CameraId>) -> Relation,
    site: &Site,
) -> Option<Proposal> {
    let group: Vec<usize> = cameras.iter().chain(with).copied().collect();
    let touched = record.events.iter().filter(|event| fell(event, &group) > 0);
    let (events, other): (Vec<&Event>, Vec<&Event>) = touched.partition(|event| is_of(event, &group));
    let chance = events.iter().map(|event| ln_chance(record, event, &group)).sum::<f64>();
    let stood: usize = events.iter().map(|event| group.len() - fell(event, &group)).sum();
    let nats = beyond_chance(events.len(), other.len(), chance / events.len().max(1) as f64)
        + stood as f64 * MISRECORDED.ln()
        - ln_choose(record.cameras, group.len());
    let enough = events.len() > 1 || group.len() >= CAMERAS_OF_ONE_EVENT;
    (enough && nats >= LEAST_NATS).then(|| Proposal {
        what: what(ids(site, cameras)),
        nats,
        events: events.into_iter().map(cofailure).collect(),
    })
}

/// How many of a group fell in an event.
fn fell(event: &Event, group: &[usize]) -> usize {
    group.iter().filter(|camera| event.members.contains(camera)).count()
}

/// Whether an event is the group's: at least two of it and more than half.
fn is_of(event: &Event, group: &[usize]) -> bool {
    let fell = fell(event, group);
    fell > 1 && 2 * fell > group.len()
}

/// The logarithm of the probability that those who fell, once one of them had, did so by themselves.
fn ln_chance(record: &Record, event: &Event, group: &[usize]) -> f64 {
    let fell = group.iter().filter(|camera| event.members.contains(camera));
    let mut each: Vec<f64> = fell.map(|camera| record.chance(*camera).ln()).collect();
    // Which of them was the first is not known; the rarest counts for nothing.
    each.sort_by(f64::total_cmp);
    each.iter().skip(1).sum()
}

/// The binomial log likelihood ratio of having happened together so often, and so often not.
fn beyond_chance(together: usize, apart: usize, ln_chance: f64) -> f64 {
    let (x, rest) = (together as f64, apart as f64);
    let share = x / (x + rest);
    if together == 0 || share.ln() <= ln_chance {
        return 0.0;
    }
    let against = if apart == 0 { 0.0 } else { rest * ((1.0 - share) / (1.0 - ln_chance.exp())).ln() };
    x * (share.ln() - ln_chance) + against
}

/// A camera that falls with another segment, while its own stands.
fn falls_with(
    site: &Site,
    record: &Record,
    camera: usize,
    (other, members): (&SegmentId, &[usize]),
) -> Option<Proposal> {
    let own = site.cameras[camera].segment.as_ref()?;
    let peers = peers(site, camera);
    let of_other = record.events.iter().filter(|event| 2 * fell(event, members) > members.len());
    let (with, without): (Vec<&Event>, Vec<&Event>) =
        of_other.partition(|event| event.members.contains(&camera));
    let (clear, moot): (Vec<&Event>, Vec<&Event>) =
        with.into_iter().partition(|event| 2 * fell(event, &peers) <= peers.len());
    let nats =
        beyond_chance(clear.len(), without.len(), record.chance(camera).ln()) - (record.cameras as f64).ln();
    let enough = clear.len() > 1 || members.len() + 1 >= CAMERAS_OF_ONE_EVENT;
    (enough && moot.len() < clear.len() && nats >= LEAST_NATS).then(|| Proposal {
        what: Relation::FallsWith {
            camera: site.cameras[camera].id.clone(),
            own: own.clone(),
            other: other.clone(),
        },
        nats,
        events: clear.into_iter().map(cofailure).collect(),
    })
}

/// Cameras that go on answering while the cameras of their segment are silent together.
fn aloof(site: &Site, record: &Record) -> Vec<Proposal> {
    let configured = site.cameras.iter().filter(|camera| camera.segment.is_some()).count();
    let of = |camera: usize| {
        let own = site.cameras[camera].segment.clone()?;
        let peers = peers(site, camera);
        if peers.len() < 2 {
            return None;
        }
        let of_segment = |event: &&Event| {
            let fell = fell(event, &peers);
            fell > 1 && 3 * fell >= 2 * peers.len()
        };
        let (with, without): (Vec<&Event>, Vec<&Event>) =
            record.events.iter().filter(of_segment).partition(|event| event.members.contains(&camera));
        let stood: Vec<&Event> = without.into_iter().filter(|event| record.stood(camera, event)).collect();
        let nats = stood.len() as f64 * -ANSWERS_ANYWAY.ln() + with.len() as f64 * record.chance(camera).ln()
            - (configured as f64).ln();
        let what = Relation::StaysUp { camera: site.cameras[camera].id.clone(), own };
        let events = stood.iter().map(|event| cofailure(event)).collect();
        (stood.len() > 1 && nats >= LEAST_NATS).then_some(Proposal { what, nats, events })
    };
    (0..record.cameras).filter_map(of).collect()
}

/// The other cameras of a camera's segment.
fn peers(site: &Site, camera: usize) -> Vec<usize> {
    let own = site.cameras[camera].segment.as_ref();
    (0..site.cameras.len()).filter(|at| *at != camera && site.cameras[*at].segment.as_ref() == own).collect()
}

fn ids(site: &Site, cameras: &[usize]) -> Vec<CameraId> {
    cameras.iter().map(|camera| site.cameras[*camera].id.clone()).collect()
}

fn cofailure(event: &Event) -> CoFailure {
    CoFailure { from: event.from, until: event.until, cameras: event.members.len() }
}

/// The logarithm of the number of groups of `k` among `n`.
fn ln_choose(n: usize, k: usize) -> f64 {
    (0..k.min(n)).map(|i| ((n - i) as f64 / (i + 1) as f64).ln()).sum()
}

#[cfg(test)]
mod tests;
