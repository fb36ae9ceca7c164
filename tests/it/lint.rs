//! What `demarc config lint` says about a good and a poor configuration, and about the past.

use crate::branch::{demarc, stderr, stdout};
use demarc_model::observation::{Observation, Outcome, Phase, Phases};
use demarc_model::probe::{ProbeId, ProbeKind};
use demarc_model::symptom::Symptom;
use demarc_model::text::DeviceText;
use demarc_model::time::Timestamp;
use demarc_store::Store;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// The cameras of the configurations in tests/golden/lint-good.toml and lint-past.toml.
const CAMERAS: [&str; 4] = ["entrance", "till", "vault", "yard"];

#[test]
fn a_good_configuration_has_nothing_to_improve() {
    let folder = folder("good");
    let output = lint(&folder, &["--strict"]);
    assert_eq!(output.0, Some(0), "{}", output.1);
    compare("lint-good.txt", &output.1);
}

#[test]
fn a_poor_one_is_told_what_to_add_most_valuable_first() {
    let folder = folder("poor");
    let (code, text) = lint(&folder, &[]);
    assert_eq!(code, Some(0), "advice is no failure");
    compare("lint-poor.txt", &text);
    assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");
    assert_eq!(lint(&folder, &["--strict"]).0, Some(1));
    let (code, json) = lint(&folder, &["--json"]);
    assert_eq!(code, Some(0));
    compare("lint-poor.json", &json);
}

#[test]
fn cameras_that_fell_together_are_proposed_as_a_segment() {
    let folder = folder("good");
    let file = folder.path().join("demarc.toml");
    let loose = fs::read_to_string(&file).unwrap().replace("segment = \"floor-b\"\n", "");
    fs::write(&file, format!("{loose}\n[store]\nhistory-days = 3650\n")).unwrap();
    fs::create_dir(folder.path().join("state")).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(write_past(&folder.path().join("state/demarc.db")));
    let (code, text) = lint(&folder, &[]);
    assert_eq!(code, Some(0), "{text}");
    compare("lint-past.txt", &text);
}

/// A month in which the cameras of floor-b fell together twice, and one more by itself.
async fn write_past(file: &Path) {
    let start: Timestamp = "2026-10-20T00:00:00Z".parse().unwrap();
    let store = Store::open(file).unwrap().store;
    let fallen = |camera: &str, hour: i64, look: i64| match (camera, hour, look) {
        ("vault" | "yard", 75 | 555, 2..20) | ("entrance", 300, 5..9) => Outcome::Failed {
            phase: Phase::Connect,
            symptom: Symptom::Timeout,
            detail: DeviceText::clean("no answer"),
        },
        _ => Outcome::Passed,
    };
    // The first and the last hour of the month, and those in which something fell.
    for hour in [0, 75, 300, 555, 719] {
        for look in 0..30 {
            let round = CAMERAS.map(|camera| Observation {
                probe: ProbeId::new(ProbeKind::CameraReady, camera),
                at: Timestamp::from_millis(start.as_millis() + hour * 3_600_000 + look * 15_000),
                outcome: fallen(camera, hour, look),
                phases: Phases::default(),
                readings: vec![],
            });
            store.record(round.to_vec()).await.unwrap();
        }
    }
    store.flush().await.unwrap();
}

/// The files tests/golden/lint-NAME.toml and lint-NAME-vendor.toml as a configuration.
fn folder(name: &str) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str| folder.path().join(name);
    fs::create_dir(file("vendors")).unwrap();
    fs::copy(golden(&format!("lint-{name}.toml")), file("demarc.toml")).unwrap();
    fs::copy(golden(&format!("lint-{name}-vendor.toml")), file("vendors/acme.toml")).unwrap();
    fs::write(file("cameras.password"), "x\n").unwrap();
    fs::set_permissions(file("cameras.password"), fs::Permissions::from_mode(0o600)).unwrap();
    folder
}

fn lint(folder: &TempDir, arguments: &[&str]) -> (Option<i32>, String) {
    let all: Vec<&str> = ["config", "lint"].into_iter().chain(arguments.iter().copied()).collect();
    let state = folder.path().join("state");
    let output = demarc(&folder.path().join("demarc.toml"), &state, &all);
    assert_ne!(output.status.code(), Some(78), "{}", stderr(&output));
    let text = stdout(&output).replace(folder.path().to_str().unwrap(), "/etc/demarc");
    (output.status.code(), text)
}

fn golden(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/golden").join(name)
}

/// Against a file of the repository; DEMARC_BLESS=1 writes the file instead.
fn compare(name: &str, actual: &str) {
    if std::env::var_os("DEMARC_BLESS").is_some() {
        fs::write(golden(name), actual).unwrap();
        return;
    }
    let expected = fs::read_to_string(golden(name)).unwrap_or_default();
    assert!(
        expected == actual,
        "{name} differs; DEMARC_BLESS=1 cargo test -p demarc --test it lint writes it again. Now:\n{actual}"
    );
}
