//! The camera's own storage, as far as the camera says that it cannot record to it.
//!
//! A slot without a card and a share that nobody set up are no faults: only what held recordings
//! before can be gone.

use super::CameraClient;
use super::vapix::misread;
use super::web::Answer;
use crate::trace::{Stop, Trace};
use demarc_model::observation::{MissingReason, Phase};
use demarc_model::symptom::Symptom;
use demarc_model::time::Timestamp;
use demarc_protocol::vapix::disks::{self, Disk, DiskHealth, DiskState};
use std::collections::BTreeSet;

/// Of a card's expected life, in percent: beyond it the maker answers for nothing.
const WORN_OUT: u32 = 100;

/// The disks that were seen at work.
#[derive(Debug, Default)]
pub(super) struct Memory {
    used: BTreeSet<String>,
}

impl CameraClient {
    pub(super) async fn inspect_storage(&mut self, at: Timestamp, trace: &mut Trace) -> Result<(), Stop> {
        let answer = self.ask_vapix(&disks::disk_list_request(), at, trace).await?;
        let body = offered(&answer, "disks/list.cgi")?;
        let list =
            disks::parse_disk_list(body).map_err(|error| misread(&answer, "disks/list.cgi", &error))?;
        judge(&list, &mut self.storage)?;
        let answer = self.ask_vapix(&disks::disk_health_request(), at, trace).await?;
        // Older firmware and lesser accounts are not told of wear.
        let health = disks::parse_disk_health(&answer.body).unwrap_or_default();
        judge_wear(&health)
    }
}

/// An account without the right gets 403 here, which says nothing of the camera.
fn offered<'a>(answer: &'a Answer, asked: &str) -> Result<&'a [u8], Stop> {
    match answer.status {
        403 | 404 | 405 | 410 => Err(Stop::Missing(MissingReason::NotOffered)),
        status => {
            answer.refuse_trouble(asked)?;
            match status {
                200 => Ok(&answer.body),
                _ => Err(answer.nonsense(asked, "not a status this request can have")),
            }
        }
    }
}

fn judge(list: &[Disk], memory: &mut Memory) -> Result<(), Stop> {
    for disk in list {
        if let Some(fault) = fault(disk, memory) {
            return Err(unfit(&disk.id, fault));
        }
    }
    let used = list.iter().filter(|disk| disk.state == DiskState::Ok);
    memory.used.extend(used.map(|disk| disk.id.clone()));
    if memory.used.is_empty() { Err(Stop::Missing(MissingReason::NotOffered)) } else { Ok(()) }
}

/// A full disk is as it should be where the oldest recordings make room.
fn fault(disk: &Disk, memory: &Memory) -> Option<&'static str> {
    match &disk.state {
        DiskState::Failed => Some("reports that it failed"),
        DiskState::Disconnected if memory.used.contains(&disk.id) => Some("is gone; it was there before"),
        DiskState::Ok if disk.read_only == Some(true) => Some("is read-only: nothing is recorded"),
        DiskState::Ok if disk.full == Some(true) && disk.cleanup.as_deref() != Some("fifo") => {
            Some("is full, and the camera deletes nothing")
        }
        DiskState::Ok | DiskState::Disconnected | DiskState::Other(_) => None,
    }
}

fn judge_wear(health: &[DiskHealth]) -> Result<(), Stop> {
    let worn = health.iter().find_map(|disk| Some((disk, disk.wear_percent.filter(|w| *w >= WORN_OUT)?)));
    worn.map_or(Ok(()), |(disk, wear)| {
        Err(unfit(&disk.id, &format!("is worn out: {wear} % of its expected life")))
    })
}

fn unfit(disk: &str, what: &str) -> Stop {
    Stop::failed(Phase::Content, Symptom::Unfit, &format!("the camera's {disk} {what}"))
}
