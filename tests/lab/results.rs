//! What has come of runs, kept in a file: a campaign takes longer than most people leave a machine alone, and
//! goes on where it was stopped.

use super::shift::Run;
use serde::{Deserialize, Serialize};
use std::fs::{File, OpenOptions};
use std::hash::{DefaultHasher, Hasher as _};
use std::io::Write as _;
use std::sync::Mutex;

/// A line of the file.
#[derive(Debug, Serialize, Deserialize)]
struct Line {
    /// Which program was run: a number made of its bytes.
    build: String,
    /// Whether the usual stack ran beside it.
    stack: bool,
    run: Run,
}

pub(crate) struct Results {
    build: String,
    stack: bool,
    file: Option<Mutex<File>>,
    /// Of the same program, from earlier.
    earlier: Vec<Run>,
}

impl Results {
    /// Reads the file that `LAB_RESULTS` names, and will add to it. What another program did is left alone, and
    /// counts for nothing.
    pub(crate) fn open(stack: bool) -> Self {
        let build = build();
        let Some(path) = std::env::var("LAB_RESULTS").ok().filter(|path| !path.is_empty()) else {
            return Self { build, stack, file: None, earlier: Vec::new() };
        };
        let text = match std::fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => String::new(),
            Err(error) => panic!("{path}: {error}"),
        };
        let mut earlier = Vec::new();
        for (at, text) in text.lines().enumerate() {
            let line: Line = serde_json::from_str(text).unwrap_or_else(|error| {
                panic!("{path}, line {}: {error}: remove the line, and its run is made again", at + 1)
            });
            if line.build == build && line.stack == stack {
                earlier.push(line.run);
            }
        }
        let file = OpenOptions::new().create(true).append(true).open(&path);
        let file = file.unwrap_or_else(|error| panic!("{path}: {error}"));
        Self { build, stack, file: Some(Mutex::new(file)), earlier }
    }

    pub(crate) fn earlier(&self, fault: &str, (cameras, seed): (usize, u64)) -> Option<&Run> {
        self.earlier.iter().find(|run| run.fault == fault && (run.cameras, run.seed) == (cameras, seed))
    }

    /// Adds a run, in one line that is either there or not.
    pub(crate) fn keep(&self, run: &Run) {
        let Some(file) = &self.file else { return };
        let line = Line { build: self.build.clone(), stack: self.stack, run: run.clone() };
        let line = serde_json::to_string(&line).unwrap() + "\n";
        file.lock().unwrap().write_all(line.as_bytes()).unwrap();
    }
}

fn build() -> String {
    let mut hasher = DefaultHasher::new();
    hasher.write(&std::fs::read(env!("CARGO_BIN_EXE_demarc")).unwrap());
    format!("{:016x}", hasher.finish())
}
