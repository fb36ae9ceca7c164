use super::AT;
use super::peer::{LIMITS, Peer, Reply, challenge, client, gist, http, proof, spec};
use crate::camera::CameraClient;
use crate::spec::CameraSpec;
use demarc_model::probe::ProbeKind;
use demarc_model::snapshot::{CameraSnapshot, Shows};
use jpeg_encoder::{ColorType, Encoder};
use std::cell::Cell;
use std::time::Duration;

/// A picture from dark to bright, or black, with noise of its own for every seed.
pub(super) fn jpeg(seed: u32, is_black: bool) -> Vec<u8> {
    let mut random = seed.wrapping_mul(2_654_435_761) | 1;
    let mut pixel = |at: u32| {
        random ^= random << 13;
        random ^= random >> 17;
        random ^= random << 5;
        let shade = if is_black { 3 } else { 40 + at % 160 };
        (shade + random % 4) as u8
    };
    let pixels: Vec<u8> = (0..160 * 120).map(&mut pixel).collect();
    let mut out = Vec::new();
    Encoder::new(&mut out, 80).encode(&pixels, 160, 120, ColorType::Luma).unwrap();
    out
}

pub(super) fn picture(jpeg: &[u8]) -> Reply {
    let head =
        format!("HTTP/1.1 200 OK\r\nContent-Type: image/jpeg\r\nContent-Length: {}\r\n\r\n", jpeg.len());
    Reply::Say([head.as_bytes(), jpeg].concat())
}

/// Looks every five minutes; how each ended and what was asked for it.
async fn look(
    peer: &Peer,
    client: &mut CameraClient,
    looks: u64,
    picture_of: impl Fn(&str) -> Reply,
) -> Vec<(String, Vec<String>)> {
    let answer = |request: &str| match proof(request).as_str() {
        "bare" | "wrong" => challenge("n", ""),
        _ => picture_of(request),
    };
    let mut seen = Vec::new();
    for n in 0..looks {
        let at = AT.plus(Duration::from_mins(5 * n));
        let probe = client.probe(ProbeKind::CameraPicture, at);
        let result = gist(&peer.host(answer, probe).await);
        let asked = peer.take_asked();
        seen.push((result, asked.iter().map(|request| proof(request)).collect()));
    }
    seen
}

fn results(seen: &[(String, Vec<String>)]) -> Vec<&str> {
    seen.iter().map(|(result, _)| result.as_str()).collect()
}

#[tokio::test]
async fn a_warm_look_is_one_request_for_each_picture() {
    let peer = Peer::new().await;
    let seeds = Cell::new(0);
    let live = |_: &str| {
        seeds.set(seeds.get() + 1);
        picture(&jpeg(seeds.get(), false))
    };
    let seen = look(&peer, &mut client(peer.address), 2, live).await;
    let expected = [("passed", vec!["bare", "n/1", "n/2"]), ("passed", vec!["n/3", "n/4"])];
    let expected =
        expected.map(|(result, asked)| (result.to_owned(), asked.into_iter().map(str::to_owned).collect()));
    assert_eq!(seen, expected);
}

#[tokio::test]
async fn a_picture_that_freezes_or_goes_dark_is_told_when_it_is_certain() {
    for (is_black, expected) in [(false, "content frozen"), (true, "content dark")] {
        let peer = Peer::new().await;
        let mut client = client(peer.address);
        let pictures = Cell::new(0);
        // Three looks are well, of two pictures each.
        let then = |_: &str| {
            pictures.set(pictures.get() + 1);
            let is_well = pictures.get() <= 6;
            picture(&jpeg(if is_well { pictures.get() } else { 7 }, !is_well && is_black))
        };
        let seen = look(&peer, &mut client, 5, then).await;
        assert_eq!(results(&seen), ["passed", "passed", "passed", "missing undecided", expected]);
    }
}

/// Well for three looks, then as it is for two, then well again for two. What is kept, in order.
async fn kept_of(client: &mut CameraClient, peer: &Peer) -> Vec<CameraSnapshot> {
    let pictures = Cell::new(0);
    let turns = |_: &str| {
        pictures.set(pictures.get() + 1);
        picture(&jpeg(if (7..=10).contains(&pictures.get()) { 7 } else { pictures.get() }, false))
    };
    look(peer, client, 7, turns).await;
    client.take_snapshots()
}

#[tokio::test]
async fn the_pictures_around_each_change_are_kept_for_the_user_who_wants_them() {
    let peer = Peer::new().await;
    let wanted = CameraSpec { keep_snapshots: true, ..spec(peer.address) };
    let mut client = CameraClient::new(wanted, LIMITS).unwrap();
    let kept = kept_of(&mut client, &peer).await;
    let shows: Vec<Shows> = kept.iter().map(|snapshot| snapshot.shows).collect();
    assert_eq!(shows, [Shows::Good, Shows::Frozen, Shows::Frozen, Shows::Good]);
    let pictures: Vec<&[u8]> = kept.iter().map(|snapshot| &*snapshot.jpeg).collect();
    assert_eq!(pictures, [jpeg(6, false), jpeg(7, false), jpeg(7, false), jpeg(12, false)]);
    assert!(kept.is_sorted_by(|a, b| a.at < b.at), "{:?}", kept.iter().map(|k| k.at).collect::<Vec<_>>());
    assert_eq!(client.take_snapshots(), []);
}

#[tokio::test]
async fn no_picture_is_kept_unasked() {
    let peer = Peer::new().await;
    assert_eq!(kept_of(&mut client(peer.address), &peer).await, []);
}

#[tokio::test]
async fn a_size_that_the_camera_does_not_have_is_not_asked_for_again() {
    let peer = Peer::new().await;
    let seeds = Cell::new(0);
    for refusal in [http(400, "", ""), http(200, "Content-Type: text/html\r\n", "<!-- no such size -->")] {
        let Reply::Say(refusal) = refusal else { unreachable!("a status with a body") };
        let only_large = |request: &str| {
            seeds.set(seeds.get() + 1);
            if request.contains("320x240") {
                picture(&jpeg(seeds.get(), false))
            } else {
                Reply::Say(refusal.clone())
            }
        };
        let seen = look(&peer, &mut client(peer.address), 4, only_large).await;
        assert_eq!(results(&seen), ["missing not-offered", "missing not-offered", "passed", "passed"]);
    }
}

#[tokio::test]
async fn what_is_no_picture_has_its_symptom_or_none() {
    let cases = [
        (403, "content locked-out"),
        (500, "content server-error"),
        (503, "content busy"),
        (404, "missing not-offered"),
    ];
    for (status, expected) in cases {
        let peer = Peer::new().await;
        let seen = look(&peer, &mut client(peer.address), 1, |_| http(status, "", "")).await;
        assert_eq!(results(&seen), [expected], "{status}");
    }
}
