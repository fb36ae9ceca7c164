//! The camera's own storage, as far as the camera says that it cannot record to it.
//!
//! A slot without a card and a share that nobody set up are no faults: only what held recordings
//! before can be gone.

mod volume;

use super::CameraClient;
use super::vapix::misread;
use super::vendor::{Call, Keeping};
use super::web::Answer;
use crate::trace::{Stop, Trace};
use demarc_model::observation::{MissingReason, Phase};
use demarc_model::symptom::Symptom;
use demarc_model::time::Timestamp;
use demarc_protocol::vapix::disks::{self, DiskHealth};
use demarc_protocol::vendor::Vendor;
use demarc_protocol::{dahua, isapi, sunapi};
use std::collections::BTreeSet;
use volume::{Standing, Volume};

/// Of a card's expected life, in percent: beyond it the maker answers for nothing.
const WORN_OUT: u32 = 100;

/// The disks that were seen at work.
#[derive(Debug, Default)]
pub(super) struct Memory {
    used: BTreeSet<String>,
}

impl CameraClient {
    pub(super) async fn inspect_storage(&mut self, at: Timestamp, trace: &mut Trace) -> Result<(), Stop> {
        match self.vendor() {
            None | Some(Vendor::Axis) => self.inspect_disks(at, trace).await,
            Some(Vendor::Hikvision) => {
                let call =
                    Call { request: isapi::storage_request(), name: "ISAPI Storage", keeping: Keeping::Cold };
                let list = self.call(call, at, trace, isapi::parse_storage).await?;
                judge(&list.iter().map(Volume::of_hikvision).collect::<Vec<_>>(), &mut self.storage)
            }
            Some(Vendor::Dahua) => {
                let call = Call {
                    request: dahua::storage_request(),
                    name: "storageDevice.cgi",
                    keeping: Keeping::Cold,
                };
                let list = self.call(call, at, trace, dahua::parse_storage).await?;
                judge(&list.iter().map(Volume::of_dahua).collect::<Vec<_>>(), &mut self.storage)
            }
            Some(Vendor::Hanwha) => {
                let call = Call {
                    request: sunapi::storage_request(),
                    name: "SUNAPI storageinfo",
                    keeping: Keeping::Cold,
                };
                let list = self.call(call, at, trace, sunapi::parse_storage).await?;
                judge(&list.iter().map(Volume::of_hanwha).collect::<Vec<_>>(), &mut self.storage)
            }
            Some(Vendor::Reolink) => {
                let list = self.list_reolink_disks(at, trace).await?;
                judge(&Volume::all_of_reolink(&list), &mut self.storage)
            }
        }
    }

    async fn inspect_disks(&mut self, at: Timestamp, trace: &mut Trace) -> Result<(), Stop> {
        let answer = self.ask_vapix(&disks::disk_list_request(), at, trace).await?;
        let body = offered(&answer, "disks/list.cgi")?;
        let list =
            disks::parse_disk_list(body).map_err(|error| misread(&answer, "disks/list.cgi", &error))?;
        judge(&list.iter().map(Volume::of_axis).collect::<Vec<_>>(), &mut self.storage)?;
        let answer = self.ask_vapix(&disks::disk_health_request(), at, trace).await?;
        // Older firmware and lesser accounts are not told of wear.
        let health = disks::parse_disk_health(&answer.body).unwrap_or_default();
        judge_wear(&health)
    }
}

/// An account without the right gets 403 here, which says nothing of the camera.
pub(super) fn offered<'a>(answer: &'a Answer, asked: &str) -> Result<&'a [u8], Stop> {
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

fn judge(list: &[Volume], memory: &mut Memory) -> Result<(), Stop> {
    for volume in list {
        match volume.standing {
            Standing::Unfit(what) => return Err(unfit(&volume.name, what)),
            Standing::Absent if memory.used.contains(&volume.name) => {
                return Err(unfit(&volume.name, "is gone; it was there before"));
            }
            Standing::Works | Standing::Absent | Standing::Unclear => {}
        }
    }
    let used = list.iter().filter(|volume| matches!(volume.standing, Standing::Works));
    memory.used.extend(used.map(|volume| volume.name.clone()));
    if memory.used.is_empty() { Err(Stop::Missing(MissingReason::NotOffered)) } else { Ok(()) }
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
