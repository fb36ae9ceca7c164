use super::servers::{black_hole, closed, tcp};
use super::{End, end, probe};
use crate::net::Net;
use crate::spec::PathProbe;
use demarc_model::observation::{Observation, Phase, Reading};
use demarc_model::symptom::Symptom;
use demarc_model::text::DeviceText;
use std::fs;
use std::future::pending;
use std::path::Path;
use tempfile::TempDir;

const UNFIT: End = End::Failed(Phase::Local, Symptom::Unfit);

async fn see(what: PathProbe) -> Observation {
    probe(&Net::new(None).unwrap(), what, pending()).await
}

#[tokio::test]
async fn a_disk_is_fit_when_it_takes_a_file_and_has_room() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("file");
    fs::write(&file, "x").unwrap();
    let cases = [
        (folder.path(), 1, End::Passed),
        (folder.path(), u64::MAX, UNFIT),
        (&folder.path().join("missing"), 1, UNFIT),
        (&file, 1, UNFIT),
        (Path::new("/proc"), 1, UNFIT),
    ];
    for (directory, least_free_bytes, expected) in cases {
        let seen = see(PathProbe::HostDisk { directory: directory.to_owned(), least_free_bytes }).await;
        assert_eq!(end(&seen), expected, "{seen:?}");
    }
    let two = || see(PathProbe::HostDisk { directory: folder.path().to_owned(), least_free_bytes: 1 });
    for _ in 0..50 {
        let (one, other) = tokio::join!(two(), two());
        assert_eq!([end(&one), end(&other)], [End::Passed, End::Passed], "{one:?} {other:?}");
    }
    let left: Vec<_> = fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert_eq!(left, [file]);
}

#[tokio::test]
async fn the_loopback_needs_no_route() {
    let seen = see(PathProbe::HostLink { interface: Some("lo".to_owned()), second_line: None }).await;
    assert_eq!(end(&seen), End::Passed, "{seen:?}");
    let seen = see(PathProbe::HostLink { interface: Some("none0".to_owned()), second_line: None }).await;
    assert_eq!(end(&seen), UNFIT, "{seen:?}");
}

#[tokio::test]
async fn a_device_is_alive_when_it_accepts_or_refuses() {
    let (_listener, open) = tcp().await;
    let ((_kept, refusing), hole) = (closed(), black_hole());
    let cases = [
        (open, End::Passed),
        (refusing, End::Passed),
        (hole.address, End::Failed(Phase::Connect, Symptom::Timeout)),
    ];
    for (target, expected) in cases {
        let seen = see(PathProbe::Reach { address: target.ip(), port: Some(target.port()) }).await;
        let means = Reading::Means(DeviceText::clean("tcp"));
        let readings = if expected == End::Passed { vec![means] } else { vec![] };
        assert_eq!((end(&seen), &seen.readings), (expected, &readings), "{seen:?}");
    }
}

/// Whether ping is permitted depends on the host; this host is alive either way.
#[tokio::test]
async fn without_a_port_ping_or_a_likely_port_answers() {
    let seen = see(PathProbe::Reach { address: [127, 0, 0, 1].into(), port: None }).await;
    let by = |means: &str| vec![Reading::Means(DeviceText::clean(means))];
    assert_eq!(end(&seen), End::Passed, "{seen:?}");
    assert!([by("icmp"), by("tcp")].contains(&seen.readings), "{seen:?}");
}
