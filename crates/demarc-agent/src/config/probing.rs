//! `[probing]`, `[diagnosis]` and `[store]`: how often, how long, how much.

use super::read::Document;
use demarc_probe::spec::Limits;
use std::time::Duration;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Probing {
    pub path_interval: Duration,
    pub vendor_interval: Duration,
    pub camera_interval: Duration,
    pub login_interval: Duration,
    pub video_interval: Duration,
    pub suspicion_interval: Duration,
    pub limits: Limits,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Diagnosis {
    pub close_after: Duration,
    pub undetermined_after: Duration,
    /// For the clocks of cameras.
    pub clock_tolerance: Duration,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Store {
    pub history_days: u32,
    pub history_megabytes: u32,
    /// For snapshots of cameras; none are kept when it is nought.
    pub snapshot_megabytes: u32,
}

pub(super) fn probing(document: Document<'_>) -> Option<Probing> {
    let section = document.one("probing");
    let path_interval = section.duration("path-interval");
    let vendor_interval = section.duration("vendor-interval");
    let camera_interval = section.duration("camera-interval");
    let login_interval = section.duration("login-interval");
    let video_interval = section.duration("video-interval");
    let suspicion_interval = section.duration("suspicion-interval");
    let connect = section.duration("connect-timeout");
    let tls = section.duration("tls-timeout");
    let total = section.duration("timeout");
    if let (Some(connect), Some(total)) = (connect, total)
        && total < connect
    {
        let key = if section.is_set("timeout") { "timeout" } else { "connect-timeout" };
        section.report(
            key,
            "`timeout` is shorter than `connect-timeout`: no check could end in time".into(),
            "make `timeout` the longer one; it covers the whole check".into(),
        );
    }
    Some(Probing {
        path_interval: path_interval?,
        vendor_interval: vendor_interval?,
        camera_interval: camera_interval?,
        login_interval: login_interval?,
        video_interval: video_interval?,
        suspicion_interval: suspicion_interval?,
        limits: Limits { connect: connect?, tls: tls?, total: total? },
    })
}

pub(super) fn diagnosis(document: Document<'_>) -> Option<Diagnosis> {
    let section = document.one("diagnosis");
    let close_after = section.duration("close-after");
    let undetermined_after = section.duration("undetermined-after");
    let clock_tolerance = section.duration("clock-tolerance");
    Some(Diagnosis {
        close_after: close_after?,
        undetermined_after: undetermined_after?,
        clock_tolerance: clock_tolerance?,
    })
}

pub(super) fn store(document: Document<'_>) -> Option<Store> {
    let section = document.one("store");
    let history_days = section.number("history-days");
    let history_megabytes = section.number("history-megabytes");
    let snapshot_megabytes = section.number("snapshot-megabytes");
    Some(Store {
        history_days: history_days?,
        history_megabytes: history_megabytes?,
        snapshot_megabytes: snapshot_megabytes?,
    })
}
