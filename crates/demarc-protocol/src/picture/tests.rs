use super::Impression::{Dark, Doubtful, Frozen, Good};
use super::*;
use jpeg_encoder::{ColorType, Encoder};
use proptest::prelude::*;

const WIDTH: usize = 160;
const HEIGHT: usize = 120;
const MINUTE_MS: i64 = 60_000;
const HOUR_MS: i64 = 60 * MINUTE_MS;

/// What stands before a camera.
#[derive(Clone, Copy)]
struct Scene {
    /// From dark on the left to bright on the right.
    from: u8,
    to: u8,
    /// How much the sensor's noise changes a pixel.
    noise: u8,
    /// Where a moving thing is, if there is one.
    mover: Option<usize>,
    /// What the clock on the picture says.
    clock: Option<u32>,
}

const SHOP: Scene = Scene { from: 40, to: 210, noise: 3, mover: None, clock: None };
const NIGHT: Scene = Scene { from: 4, to: 6, noise: 2, mover: None, clock: None };
const COVERED: Scene = Scene { from: 90, to: 93, noise: 2, mover: None, clock: None };

/// The picture as a camera would send it; `seed` makes the noise.
fn jpeg(scene: Scene, seed: u32, quality: u8) -> Vec<u8> {
    let mut random = seed.wrapping_mul(2_654_435_761) | 1;
    let mut pixel = |at: usize| {
        let (x, y) = (at % WIDTH, at / WIDTH);
        random ^= random << 13;
        random ^= random >> 17;
        random ^= random << 5;
        let span = i32::from(scene.to) - i32::from(scene.from);
        let mut shade = i32::from(scene.from) + span * x as i32 / WIDTH as i32;
        if scene.mover.is_some_and(|left| (left..left + 12).contains(&x) && (60..90).contains(&y)) {
            shade = 255;
        }
        let noise = i32::from(scene.noise);
        shade += random as i32 % (noise + 1);
        // Digits of eight pixels each at the lower edge; the last one changes most often.
        if let Some(clock) = scene.clock
            && y >= HEIGHT - 8
            && x < 64
        {
            shade = if clock >> (7 - x / 8) & 1 == 1 { 255 } else { 0 };
        }
        shade.clamp(0, 255) as u8
    };
    let pixels: Vec<u8> = (0..WIDTH * HEIGHT).map(&mut pixel).collect();
    let mut out = Vec::new();
    Encoder::new(&mut out, quality).encode(&pixels, WIDTH as u16, HEIGHT as u16, ColorType::Luma).unwrap();
    out
}

fn grid(scene: Scene, seed: u32) -> Grid {
    Grid::read(&jpeg(scene, seed, 75)).unwrap()
}

/// A camera that is looked at every five minutes.
#[derive(Default)]
struct Camera {
    past: Past,
    at_ms: i64,
    looks: u32,
}

impl Camera {
    fn at(hour: i64) -> Self {
        Self { at_ms: hour * HOUR_MS, ..Self::default() }
    }

    fn look(&mut self, first: Scene, second: Scene, seeds: (u32, u32)) -> Impression {
        self.at_ms += 5 * MINUTE_MS;
        self.looks += 2;
        self.past.judge(&grid(first, seeds.0), grid(second, seeds.1), self.at_ms)
    }

    fn live(&mut self, scene: Scene) -> Impression {
        self.look(scene, scene, (self.looks, self.looks + 1))
    }

    fn frozen(&mut self, scene: Scene) -> Impression {
        self.look(scene, scene, (7, 7))
    }

    fn lives(mut self, looks: u32) -> Self {
        for _ in 0..looks {
            assert_eq!(self.live(SHOP), Good);
        }
        self
    }
}

#[test]
fn a_live_picture_is_new_nearly_everywhere_and_a_frozen_one_nowhere() {
    let a = grid(SHOP, 1);
    let changed = |other: &Grid| a.changed(other).unwrap().part();
    assert!(changed(&grid(SHOP, 2)) > 0.9);
    assert_eq!(changed(&grid(SHOP, 1)), 0.0);
    let clock = |time| grid(Scene { clock: Some(time), ..SHOP }, 1);
    let changed = clock(0b1010_1010).changed(&clock(0b0101_0101)).unwrap().part();
    assert!((0.01..0.08).contains(&changed), "{changed}");
}

#[test]
fn an_empty_scene_with_a_sensor_that_lives_is_good() {
    let mut camera = Camera::default();
    for _ in 0..50 {
        assert_eq!(camera.live(SHOP), Good);
    }
}

#[test]
fn frozen_is_said_at_the_second_look_and_not_after_one_odd_pair() {
    let mut camera = Camera::default().lives(3);
    assert_eq!([camera.frozen(SHOP), camera.frozen(SHOP), camera.frozen(SHOP)], [Doubtful, Frozen, Frozen]);
    assert_eq!(camera.live(SHOP), Good);
    let mut camera = Camera::default().lives(3);
    assert_eq!(
        [camera.frozen(SHOP), camera.live(SHOP), camera.look(SHOP, SHOP, (70, 70))],
        [Doubtful, Good, Doubtful]
    );
}

#[test]
fn two_looks_tell_what_is_wrong_with_a_camera_that_is_known_from_before() {
    let darkness = Scene { from: 0, to: 0, noise: 0, ..SHOP };
    let known = Camera::at(9).lives(3).past.habits().to_owned();
    let text = serde_json::to_string(&known).unwrap();
    let again = || Camera { past: Past::of(serde_json::from_str(&text).unwrap()), ..Camera::at(10) };
    let (mut frozen, mut dark, mut live) = (again(), again(), again());
    assert_eq!([frozen.frozen(SHOP), frozen.frozen(SHOP)], [Doubtful, Frozen]);
    assert_eq!([dark.live(darkness), dark.live(darkness)], [Doubtful, Dark]);
    assert_eq!([live.live(SHOP), live.live(SHOP)], [Good, Good]);
    let mut stranger = Camera::at(10);
    assert_eq!([stranger.frozen(SHOP), stranger.frozen(SHOP)], [Doubtful, Doubtful]);
}

#[test]
fn what_is_usual_is_written_down_at_first_and_then_now_and_then() {
    let mut camera = Camera::default();
    let mut written = Habits::default();
    let mut times = Vec::new();
    for look in 1..=60 {
        camera.live(SHOP);
        if camera.past.habits().are_news_after(&written) {
            written = *camera.past.habits();
            times.push(look);
        }
    }
    assert!(times.starts_with(&[1, 2, 3]), "{times:?}");
    assert!((6..=16).contains(&times.len()), "{times:?}");
}

#[test]
fn a_clock_that_runs_does_not_hide_a_frozen_sensor() {
    let mut camera = Camera::default().lives(3);
    let at = |clock| Scene { clock: Some(clock), ..SHOP };
    let looks = [(0x12, 0x13), (0x57, 0x58), (0xa3, 0xa4)];
    let seen = looks.map(|(first, second)| camera.look(at(first), at(second), (7, 7)));
    assert_eq!(seen, [Doubtful, Frozen, Frozen]);
}

#[test]
fn a_thing_that_moves_over_a_drawn_scene_is_no_frozen_picture() {
    let mut camera = Camera::default().lives(3);
    let at = |mover| Scene { mover: Some(mover), ..SHOP };
    for step in 0..5 {
        let seen = camera.look(at(step * 24), at(step * 24 + 12), (7, 7));
        assert_ne!(seen, Frozen);
    }
}

/// A scene without noise, in which next to nothing ever happens: nothing can be said of it.
#[test]
fn a_camera_whose_pictures_hold_little_news_is_not_called_frozen() {
    let mut camera = Camera::default();
    let drawn = |mover| Scene { noise: 0, mover, ..SHOP };
    for step in 0..10 {
        camera.look(drawn(Some(step * 8)), drawn(Some(step * 8 + 30)), (1, 1));
    }
    assert_eq!([(); 20].map(|()| camera.look(drawn(None), drawn(None), (1, 1))), [Doubtful; 20]);
}

#[test]
fn a_stillness_that_ends_by_itself_is_not_soon_said_again() {
    let mut camera = Camera::default().lives(3);
    assert_eq!([camera.frozen(SHOP), camera.frozen(SHOP)], [Doubtful, Frozen]);
    let mut camera = camera.lives(3);
    assert_eq!([camera.frozen(SHOP), camera.frozen(SHOP)], [Doubtful, Doubtful]);
}

#[test]
fn a_picture_that_was_frozen_from_the_start_is_said_after_ten_minutes() {
    let mut camera = Camera::default();
    let seen = [(); 4].map(|()| camera.frozen(SHOP));
    assert_eq!(seen, [Doubtful, Doubtful, Frozen, Frozen]);
}

#[test]
fn dark_and_covered_are_said_at_the_second_look() {
    for scene in [NIGHT, COVERED, Scene { clock: Some(0x5a), ..NIGHT }, Scene { noise: 0, ..COVERED }] {
        let mut camera = Camera::default().lives(3);
        assert_eq!([camera.live(scene), camera.live(scene), camera.live(SHOP)], [Doubtful, Dark, Good]);
        assert_eq!([camera.live(scene), camera.live(SHOP)], [Doubtful, Good], "one odd look");
    }
}

#[test]
fn a_camera_of_which_nothing_is_known_is_not_called_dark() {
    let mut camera = Camera::default();
    assert_eq!([(); 5].map(|()| camera.live(NIGHT)), [Doubtful; 5]);
}

#[test]
fn a_camera_that_always_shows_little_is_not_called_dark() {
    let fog = Scene { from: 120, to: 135, ..SHOP };
    let mut camera = Camera::default();
    for _ in 0..20 {
        assert_eq!(camera.live(fog), Good);
    }
    assert_eq!([(); 3].map(|()| camera.live(COVERED)), [Doubtful; 3]);
}

#[test]
fn a_night_without_light_is_said_once() {
    let mut camera = Camera::at(10);
    let mut nights = Vec::new();
    for hour in 10..24 * 4 {
        let dark = !(7..20).contains(&(hour % 24));
        let seen = [(); 12].map(|()| camera.live(if dark { NIGHT } else { SHOP }));
        if seen.contains(&Dark) {
            nights.push(hour / 24);
        }
    }
    nights.dedup();
    assert_eq!(nights, [0, 1], "the first night, which ends on the next day");
    // Darkness by day is still one.
    for _ in 0..3 * 12 {
        camera.live(SHOP);
    }
    camera.at_ms = (24 * 5 + 12) * HOUR_MS;
    assert_eq!([camera.live(SHOP), camera.live(NIGHT), camera.live(NIGHT)], [Good, Doubtful, Dark]);
}

#[test]
fn a_change_of_size_is_no_news() {
    let mut camera = Camera::default().lives(3);
    let pixels = vec![100; 64 * 64];
    let mut other = Vec::new();
    Encoder::new(&mut other, 80).encode(&pixels, 64, 64, ColorType::Luma).unwrap();
    let other = Grid::read(&other).unwrap();
    assert_eq!(camera.past.judge(&grid(SHOP, 1), other, camera.at_ms), Doubtful);
    assert_eq!(camera.live(SHOP), Good);
}

#[test]
fn reads_colour_and_progressive_pictures_of_bearable_size_and_nothing_else() {
    let encode = |width: u16, height: u16, progressive: bool| {
        let pixels = vec![90; usize::from(width) * usize::from(height) * 3];
        let mut out = Vec::new();
        let mut encoder = Encoder::new(&mut out, 60);
        encoder.set_progressive(progressive);
        encoder.encode(&pixels, width, height, ColorType::Rgb).unwrap();
        out
    };
    let cells = |jpeg: &[u8]| Grid::read(jpeg).map(|grid| grid.cells.len());
    assert_eq!(cells(&encode(160, 120, false)), Ok(300));
    assert_eq!(cells(&encode(160, 120, true)), Ok(300));
    assert!(cells(&encode(1920, 1080, false)).is_ok_and(|cells| (600..=MOST_CELLS).contains(&cells)));
    assert_eq!(cells(&encode(48, 48, false)), Err(PictureError::TooSmall));
    assert_eq!(cells(&encode(2000, 2000, false)), Err(PictureError::TooLarge));
    assert_eq!(cells(b"<html>busy</html>"), Err(PictureError::NotJpeg));
    assert_eq!(cells(b""), Err(PictureError::NotJpeg));
}

/// The smallest picture that is judged, full of detail.
fn small() -> Vec<u8> {
    let pixels: Vec<u8> = (0..64 * 64).map(|at| (at * 37 % 251) as u8).collect();
    let mut out = Vec::new();
    Encoder::new(&mut out, 40).encode(&pixels, 64, 64, ColorType::Luma).unwrap();
    out
}

#[test]
fn a_picture_that_ends_early_never_harms() {
    let whole = small();
    assert!(Grid::read(&whole).is_ok());
    for end in 0..whole.len() {
        _ = Grid::read(&whole[..end]);
    }
}

proptest! {
    #[test]
    fn no_picture_is_too_strange(
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..20),
    ) {
        let mut bytes = small();
        for (at, byte) in changes {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        _ = Grid::read(&bytes);
    }

    #[test]
    fn no_bytes_are_too_strange(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        _ = Grid::read(&bytes);
        _ = Grid::read(&[&[0xff, 0xd8, 0xff, 0xc0][..], &bytes].concat());
    }
}
