//! `demarc snapshots`: the pictures that are kept as evidence.

use super::Context;
use super::past::{failed, json, span, store};
use crate::cli;
use crate::exit::{Exit, Failure};
use crate::{screen, view};
use demarc_agent::clock::Clock;
use demarc_agent::past::{ReadStore, SnapshotEntry, SnapshotFilter};
use demarc_alert::wording::frame;
use std::fs::{DirBuilder, OpenOptions};
use std::io::{ErrorKind, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::Path;

/// What became of a picture that was to be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Written {
    Now,
    /// A file of its name is there, and is left as it is.
    Before,
    /// It has made room for others meanwhile.
    Gone,
}

pub(crate) fn snapshots(context: &Context, arguments: &cli::Snapshots) -> Result<Exit, Failure> {
    let camera = arguments.camera.as_deref().map(super::camera).transpose()?;
    let now = Clock::new().now();
    let from = now.minus(span(&arguments.since)?);
    let store = store(context)?;
    let entries = store.snapshots(&SnapshotFilter { camera, from, to: now }).map_err(failed)?;
    if let Some(folder) = &arguments.write {
        write_all(&store, &entries, folder)?;
    }
    if context.json {
        json(&entries)?;
        return Ok(Exit::Healthy);
    }
    let language = context.site().language;
    if entries.is_empty() {
        screen::line(frame::no_snapshots(language))?;
    }
    for entry in &entries {
        let (at, shows) = (view::day_and_time(entry.at), frame::shows(entry.shows, language));
        let kilobytes = entry.bytes.div_ceil(1024);
        screen::line(&format!("{at}  {:<20} {shows:<14} {kilobytes} kB", entry.camera.as_str()))?;
    }
    Ok(Exit::Healthy)
}

fn write_all(store: &ReadStore, entries: &[SnapshotEntry], folder: &Path) -> Result<(), Failure> {
    let failed = |path: &Path, error: &std::io::Error| {
        let text = format!("{} cannot be written: {error}; --write takes another folder", path.display());
        Failure::said(Exit::Io, text)
    };
    let made = DirBuilder::new().recursive(true).mode(0o700).create(folder);
    made.map_err(|error| failed(folder, &error))?;
    let mut done = Vec::new();
    for entry in entries {
        let file = folder.join(name(entry));
        let written = write(store, entry, &file).map_err(|problem| match problem {
            Problem::Store(failure) => failure,
            Problem::File(error) => failed(&file, &error),
        })?;
        done.push(written);
    }
    let count = |what| done.iter().filter(|one| **one == what).count();
    let mut told = format!("{} written to {}", count(Written::Now), folder.display());
    for (what, text) in [(Written::Before, "already there"), (Written::Gone, "deleted meanwhile")] {
        if count(what) > 0 {
            told.push_str(&format!(", {} {text}", count(what)));
        }
    }
    screen::complain(&told);
    Ok(())
}

enum Problem {
    Store(Failure),
    File(std::io::Error),
}

fn write(store: &ReadStore, entry: &SnapshotEntry, file: &Path) -> Result<Written, Problem> {
    let found = store.snapshot(entry).map_err(|error| Problem::Store(failed(error)))?;
    let Some(snapshot) = found else { return Ok(Written::Gone) };
    // A picture of a bank's hall is nobody else's on this computer.
    let mut out = match OpenOptions::new().write(true).create_new(true).mode(0o600).open(file) {
        Ok(out) => out,
        Err(error) if error.kind() == ErrorKind::AlreadyExists => return Ok(Written::Before),
        Err(error) => return Err(Problem::File(error)),
    };
    match out.write_all(&snapshot.jpeg) {
        Ok(()) => Ok(Written::Now),
        Err(error) => {
            // Half a picture would be taken for the whole one the next time.
            let _ = std::fs::remove_file(file);
            Err(Problem::File(error))
        }
    }
}

/// `entrance-2026-11-27T03-12-05-frozen.jpg`; milliseconds besides, for two pictures of one second.
fn name(entry: &SnapshotEntry) -> String {
    let at = entry.at.to_string().replace(':', "-");
    format!("{}-{at}-{}.jpg", entry.camera, entry.shows.name())
}
