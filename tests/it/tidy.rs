//! The rules of the tree that no compiler checks: sizes, arrows, names, forbidden words, dead links.
//!
//! Every check lists all its findings at once and says what to do about them.

#![expect(clippy::disallowed_methods, reason = "asks git which files belong to the tree")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;

const LONGEST_FILE: usize = 600;
const PURE: [&str; 3] = ["demarc-model", "demarc-diagnosis", "demarc-protocol"];
const IMPURE: [&str; 5] = ["tokio", "reqwest", "rusqlite", "hyper", "mio"];
const MAY_USE_ANYHOW: [&str; 3] = ["demarc", "demarc-agent", "demarc-hub"];
/// The last two begin a thread each: the only writer of the database, and a reader of standard input.
const MAY_SPAWN: [&str; 4] = [
    "crates/demarc-agent/src/run.rs",
    "crates/demarc-sim/src/run.rs",
    "crates/demarc-store/src/writer.rs",
    "crates/demarc/src/command/simulate.rs",
];
const DRAWERS: [&str; 6] = ["mod.rs", "utils.rs", "helpers.rs", "common.rs", "misc.rs", "types.rs"];
const FORBIDDEN_PACKAGES: [&str; 4] = ["openssl-sys", "native-tls", "aws-lc-sys", "aws-lc-rs"];
/// Versions below these have known vulnerabilities.
const FLOORS: [(&str, [u64; 3]); 4] = [
    ("quick-xml", [0, 41, 0]),
    ("rustls", [0, 23, 46]),
    ("rustls-webpki", [0, 103, 13]),
    ("time", [0, 3, 47]),
];

#[test]
fn no_file_is_longer_than_a_reader_can_hold() {
    let long = rust_files().filter_map(|file| {
        let lines = file.text.lines().count();
        (lines > LONGEST_FILE).then(|| format!("{}: {lines} lines", file.path))
    });
    report(long, "more than 600 lines: split the file by idea, `foo.rs` + `foo/bar.rs`");
}

#[test]
fn crates_depend_only_along_the_arrows_of_the_table() {
    let table = arrows();
    let wrong = manifests().into_iter().flat_map(|(name, manifest)| {
        let allowed = table.get(&name).cloned().unwrap_or_default();
        let own = dependencies(&manifest, "dependencies").into_iter().filter(|d| d.starts_with("demarc"));
        own.filter(move |d| !allowed.contains(d)).map(move |d| format!("{name} depends on {d}"))
    });
    report(
        wrong,
        "an arrow that crates/README.md does not have: move the code, or argue for the arrow there",
    );
}

#[test]
fn every_crate_has_its_row_in_the_table() {
    let (table, crates) = (arrows(), manifests());
    let missing = crates.keys().filter(|name| !table.contains_key(*name)).map(|n| format!("{n} has no row"));
    let gone = table.keys().filter(|name| !crates.contains_key(*name)).map(|n| format!("{n} has no crate"));
    report(missing.chain(gone), "keep the table in crates/README.md in step with the folder crates/");
}

#[test]
fn pure_crates_depend_on_nothing_that_does_input_or_output() {
    let lock = lock();
    let reached = PURE.iter().flat_map(|name| {
        let tree = tree(&lock, name);
        let impure: Vec<&str> = IMPURE.into_iter().filter(|package| tree.contains(*package)).collect();
        impure.into_iter().map(move |package| format!("{name} has {package} in its tree"))
    });
    report(reached, "a pure crate takes time, bytes and nonces as arguments: move the I/O to demarc-probe");
}

#[test]
fn library_crates_name_their_errors() {
    let users = manifests().into_iter().filter(|(name, manifest)| {
        !MAY_USE_ANYHOW.contains(&name.as_str())
            && dependencies(manifest, "dependencies").iter().any(|d| d == "anyhow")
    });
    report(users.map(|(name, _)| name), "anyhow in a library: write a thiserror enum");
}

#[test]
fn sql_stands_only_in_the_store() {
    let elsewhere = rust_files().filter(|f| !f.is_test() && !f.path.starts_with("crates/demarc-store/"));
    let found = elsewhere.filter(|file| holds_sql(file.production())).map(|file| file.path);
    report(found, "SQL outside demarc-store: add a method there");
}

#[test]
fn tasks_and_threads_begin_only_where_they_are_joined() {
    const WAYS: [&str; 5] =
        ["tokio::spawn(", ".spawn(", "thread::spawn(", "thread::Builder", "spawn_blocking("];
    let found = product_lines(
        |file| !MAY_SPAWN.contains(&file.path.as_str()),
        |line| WAYS.iter().any(|way| line.contains(way)),
    );
    report(found, "a spawn outside run.rs: return the future, or let the owner of the tasks start it");
}

#[test]
fn only_the_binary_prints() {
    const WAYS: [&str; 4] = ["println!", "eprintln!", "print!(", "eprint!("];
    let found = product_lines(
        |file| !file.path.starts_with("crates/demarc/") && !file.path.ends_with("/build.rs"),
        |line| WAYS.iter().any(|way| line.contains(way)),
    );
    report(found, "a library prints: return the text, or log it");
}

#[test]
fn no_file_is_a_drawer_without_a_label() {
    let drawers = rust_files().map(|file| file.path).filter(|path| {
        let name = path.rsplit('/').next().unwrap_or(path);
        DRAWERS.contains(&name)
    });
    report(drawers, "name the file after the thing in it, and never mod.rs");
}

#[test]
fn every_item_has_one_path() {
    let found =
        product_lines(|_| true, |line| line.trim_start().starts_with("pub use") && line.contains("::*"));
    report(found, "a glob re-export: name what is exported, or let callers use the module's own path");
}

#[test]
fn every_module_says_what_it_is_for() {
    let silent = rust_files()
        .filter(|file| file.path.contains("/src/") && !file.is_test() && !file.text.starts_with("//!"));
    report(silent.map(|file| file.path), "begin the file with `//!`: what it is for and what it refuses");
}

#[test]
fn no_package_brings_a_second_tls_or_a_known_hole() {
    let lock = lock();
    let banned = lock.iter().filter(|p| FORBIDDEN_PACKAGES.contains(&p.name.as_str()));
    let banned = banned.map(|p| format!("{} is in Cargo.lock", p.name));
    let old = lock.iter().filter_map(|package| {
        let (_, floor) = FLOORS.iter().find(|(name, _)| *name == package.name)?;
        let [major, minor, patch] = floor;
        (version(&package.version) < *floor)
            .then(|| format!("{} {} is below {major}.{minor}.{patch}", package.name, package.version))
    });
    report(banned.chain(old), "find who brings it with `cargo tree -i`, then drop the feature or update");
}

/// `dist` inherits what `release` says of single packages, and a package is to ship optimized.
#[test]
fn the_packaged_build_undoes_what_makes_the_first_one_fast() {
    let manifest: toml::Table = read("Cargo.toml").parse().unwrap();
    let of = |profile: &str| manifest["profile"][profile]["package"].as_table().unwrap().clone();
    let (fast, dist) = (of("release"), of("dist"));
    let left =
        fast.keys().filter(|name| dist.get(*name).is_none_or(|own| own["opt-level"].as_integer() != Some(3)));
    report(left.cloned(), "give it `opt-level = 3` in [profile.dist.package]");
}

#[test]
fn every_scenario_tells_its_story() {
    let scenarios =
        files().into_iter().filter(|f| f.path.starts_with("tests/scenarios/") && f.has_ending("toml"));
    let mut seen = 0;
    let mute: Vec<String> = scenarios
        .inspect(|_| seen += 1)
        .filter_map(|file| match file.text.parse::<toml::Table>() {
            Err(error) => Some(format!("{}: {error}", file.path)),
            Ok(scenario) => {
                let tells = scenario.get("tells").and_then(toml::Value::as_str).unwrap_or_default();
                tells.trim().is_empty().then(|| format!("{}: `tells` is empty", file.path))
            }
        })
        .collect();
    assert!(seen > 0, "there are no scenarios");
    report(mute, "say in `tells`, in one sentence, what happens");
}

#[test]
fn links_between_documents_lead_somewhere() {
    let documents: Vec<File> = files().into_iter().filter(|f| f.has_ending("md")).collect();
    assert!(documents.iter().any(|f| f.path == "README.md"), "there is no README.md");
    let dead = documents.iter().flat_map(|file| {
        let folder = root().join(&file.path).parent().map(Path::to_owned).unwrap_or_else(root);
        let dead = links(&file.text).into_iter().filter(move |link| !folder.join(link).exists());
        dead.map(|link| format!("{} -> {link}", file.path))
    });
    report(dead, "the link's target is gone: correct the path");
}

#[test]
fn the_tree_names_no_machine_and_no_maker() {
    // In pieces, so that this file passes its own check.
    let words = [
        ["/wo", "rk/"].concat(),
        ["/tmp", "/t-"].concat(),
        ["/tmp", "/brief"].concat(),
        ["cla", "ude"].concat(),
        ["anth", "ropic"].concat(),
        ["hel", "per-"].concat(),
    ];
    let found = files().into_iter().filter(|file| file.path != "Cargo.lock").flat_map(|file| {
        let numbered = file.text.lines().enumerate();
        let lines = numbered.filter(|(_, line)| words.iter().any(|word| line.to_lowercase().contains(word)));
        lines.map(|(at, _)| format!("{}:{}", file.path, at + 1)).collect::<Vec<_>>()
    });
    report(found, "a path of one machine, or a word about how the text was made: say it without");
}

/// A text file of the tree.
struct File {
    /// From the root, with `/`.
    path: String,
    text: String,
}

impl File {
    fn has_ending(&self, ending: &str) -> bool {
        Path::new(&self.path).extension().is_some_and(|own| own == ending)
    }

    fn is_test(&self) -> bool {
        ["/tests/", "/benches/"].iter().any(|folder| format!("/{}", self.path).contains(folder))
            || self.path.ends_with("/tests.rs")
    }

    /// The file without its test module, which stands last.
    fn production(&self) -> &str {
        let module = self.text.find("#[cfg(test)]\nmod ").unwrap_or(self.text.len());
        &self.text[..module]
    }
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// What git knows or would take; without git, everything but build output.
fn files() -> Vec<File> {
    let listed = Command::new("git")
        .args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"])
        .current_dir(root())
        .output();
    let paths: Vec<String> = match listed {
        Ok(output) if output.status.success() && !output.stdout.is_empty() => {
            String::from_utf8_lossy(&output.stdout).split_terminator('\0').map(str::to_owned).collect()
        }
        Ok(_) | Err(_) => {
            let mut paths = Vec::new();
            walk(&root(), "", &mut paths);
            paths
        }
    };
    // Names of deleted files stay listed until the deletion is committed; other than text is not ours.
    let read = |path: String| Some(File { text: std::fs::read_to_string(root().join(&path)).ok()?, path });
    let files: Vec<File> = paths.into_iter().filter_map(read).collect();
    assert!(files.iter().any(|f| f.path == "Cargo.toml"), "the tree was not found at {}", root().display());
    files
}

fn walk(folder: &Path, prefix: &str, out: &mut Vec<String>) {
    let entries = std::fs::read_dir(folder).unwrap_or_else(|e| panic!("{}: {e}", folder.display()));
    for entry in entries.map(|entry| entry.expect("folders of the tree can be listed")) {
        let name = entry.file_name().to_string_lossy().into_owned();
        let path = format!("{prefix}{name}");
        if entry.path().is_dir() {
            if name != "target" && name != ".git" {
                walk(&entry.path(), &format!("{path}/"), out);
            }
        } else {
            out.push(path);
        }
    }
}

fn rust_files() -> impl Iterator<Item = File> {
    files().into_iter().filter(|file| file.has_ending("rs"))
}

/// The places of lines of the product that are wrong; comments do not count.
fn product_lines(in_file: impl Fn(&File) -> bool, is_wrong: impl Fn(&str) -> bool) -> Vec<String> {
    let mut found = Vec::new();
    for file in rust_files().filter(|file| !file.is_test() && in_file(file)) {
        let lines = file.production().lines().enumerate();
        let wrong = lines.filter(|(_, line)| !line.trim_start().starts_with("//") && is_wrong(line));
        found.extend(wrong.map(|(at, line)| format!("{}:{}: {}", file.path, at + 1, line.trim())));
    }
    found
}

fn holds_sql(text: &str) -> bool {
    let words: Vec<&str> =
        text.split(|c: char| !c.is_ascii_alphanumeric()).filter(|w| !w.is_empty()).collect();
    let near = |at: usize, word: &str| words[at..].iter().take(40).any(|w| *w == word);
    words.iter().enumerate().any(|(at, word)| match *word {
        "SELECT" | "DELETE" => near(at, "FROM"),
        "INSERT" => near(at, "INTO"),
        "CREATE" | "ALTER" | "DROP" => near(at, "TABLE"),
        "UPDATE" => near(at, "SET"),
        _ => false,
    })
}

/// From `crates/README.md`: for each crate, the crates that it may depend on.
fn arrows() -> BTreeMap<String, BTreeSet<String>> {
    let text = read("crates/README.md");
    let rows = text.lines().filter_map(|line| {
        let cells: Vec<&str> = line.split('|').map(str::trim).collect();
        let [_, name, _, allowed, ..] = cells.as_slice() else { return None };
        let name = name.strip_prefix('`')?.strip_suffix('`')?;
        let allowed = allowed.split(',').map(|one| one.trim().trim_matches('`'));
        let allowed = allowed.filter(|one| one.chars().next().is_some_and(|c| c.is_ascii_alphabetic()));
        Some((name.to_owned(), allowed.map(|one| format!("demarc-{one}")).collect()))
    });
    let table: BTreeMap<_, _> = rows.collect();
    assert!(!table.is_empty(), "crates/README.md has no table of crates");
    table
}

fn manifests() -> BTreeMap<String, toml::Table> {
    let own =
        files().into_iter().filter(|f| f.path.starts_with("crates/") && f.path.ends_with("/Cargo.toml"));
    own.map(|file| {
        let manifest: toml::Table = file.text.parse().unwrap_or_else(|e| panic!("{}: {e}", file.path));
        let name = manifest["package"]["name"].as_str().expect("a package has a name");
        (name.to_owned(), manifest)
    })
    .collect()
}

/// The names in one section of a manifest, also where it holds for some targets only.
fn dependencies(manifest: &toml::Table, section: &str) -> Vec<String> {
    let names = |table: &toml::Table| {
        let own = table.get(section).and_then(toml::Value::as_table);
        own.map(|own| own.keys().cloned().collect::<Vec<_>>()).unwrap_or_default()
    };
    let targets = manifest.get("target").and_then(toml::Value::as_table);
    let per_target = targets.into_iter().flat_map(|t| t.values()).filter_map(toml::Value::as_table);
    names(manifest).into_iter().chain(per_target.flat_map(names)).collect()
}

struct Package {
    name: String,
    version: String,
    needs: Vec<String>,
}

fn lock() -> Vec<Package> {
    let lock: toml::Table = read("Cargo.lock").parse().expect("Cargo.lock is TOML");
    let packages = lock["package"].as_array().expect("Cargo.lock lists packages");
    let text = |value: &toml::Value| value.as_str().expect("a name or version is text").to_owned();
    let needs = |package: &toml::Value| {
        let list = package.get("dependencies").and_then(toml::Value::as_array);
        let first = |need: &toml::Value| text(need).split(' ').next().unwrap_or_default().to_owned();
        list.map(|list| list.iter().map(first).collect()).unwrap_or_default()
    };
    packages
        .iter()
        .map(|p| Package { name: text(&p["name"]), version: text(&p["version"]), needs: needs(p) })
        .collect()
}

/// Everything that a crate needs, itself included, tests included.
fn tree(lock: &[Package], name: &str) -> BTreeSet<String> {
    let mut seen = BTreeSet::new();
    let mut open = vec![name.to_owned()];
    while let Some(next) = open.pop() {
        if seen.insert(next.clone()) {
            open.extend(lock.iter().filter(|p| p.name == next).flat_map(|p| p.needs.clone()));
        }
    }
    seen
}

fn version(text: &str) -> [u64; 3] {
    let core = text.split(['-', '+']).next().unwrap_or(text);
    let mut numbers = core.split('.').map(|part| part.parse().unwrap_or(0));
    std::array::from_fn(|_| numbers.next().unwrap_or(0))
}

/// The relative targets of the links in a document, outside code.
fn links(text: &str) -> Vec<String> {
    let mut in_code = false;
    let mut out = Vec::new();
    for line in text.lines() {
        if line.trim_start().starts_with("```") {
            in_code = !in_code;
        }
        if in_code {
            continue;
        }
        let targets = line.split("](").skip(1).filter_map(|rest| rest.split([')', ' ']).next());
        let files = targets.map(|target| target.split('#').next().unwrap_or(target));
        out.extend(
            files
                .filter(|f| !f.is_empty() && !f.contains("://") && !f.starts_with("mailto:"))
                .map(str::to_owned),
        );
    }
    out
}

fn read(path: &str) -> String {
    std::fs::read_to_string(root().join(path)).unwrap_or_else(|e| panic!("{path}: {e}"))
}

fn report(found: impl IntoIterator<Item = String>, what_to_do: &str) {
    let found: Vec<String> = found.into_iter().collect();
    assert!(found.is_empty(), "{what_to_do}\n  {}", found.join("\n  "));
}
