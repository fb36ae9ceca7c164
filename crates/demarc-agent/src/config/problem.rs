//! What is wrong with a configuration: where, what, and what to do about it.
//!
//! All problems of a run are collected and shown together. A line is shown with its problem, but
//! never what might be a password on it.

mod excerpt;

use excerpt::{position, spot};
use std::cell::RefCell;
use std::fmt;
use std::path::{Path, PathBuf};

/// Everything that was wrong, in the order of the files and lines.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Problems {
    pub problems: Vec<Problem>,
}

/// One thing that is wrong, or that deserves a warning.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Problem {
    pub file: PathBuf,
    /// Absent when the file as a whole is meant.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub spot: Option<Spot>,
    pub what: String,
    pub remedy: String,
}

/// A stretch of one line. Line and column count from 1, the column in characters.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Spot {
    pub line: usize,
    pub column: usize,
    pub width: usize,
    /// The line, or what surrounds the stretch on a very long one.
    pub text: String,
    /// Where the stretch begins in `text`, in characters from 0.
    #[serde(skip)]
    indent: usize,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.file.display())?;
        if let Some(spot) = &self.spot {
            write!(f, ":{}:{}", spot.line, spot.column)?;
        }
        writeln!(f, ": {}", self.what)?;
        if let Some(spot) = &self.spot {
            writeln!(f, "{:>5} | {}", spot.line, spot.text)?;
            writeln!(f, "      | {}{}", " ".repeat(spot.indent), "^".repeat(spot.width))?;
        }
        writeln!(f, "      {}", self.remedy)
    }
}

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.problems.len() {
            1 => writeln!(f, "the configuration has 1 problem")?,
            count => writeln!(f, "the configuration has {count} problems")?,
        }
        self.problems.iter().try_for_each(|problem| write!(f, "\n{problem}"))
    }
}

impl std::error::Error for Problems {}

/// Bytes of a file that was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Place {
    pub file: usize,
    pub start: usize,
    pub end: usize,
}

struct Source {
    path: PathBuf,
    text: String,
    /// The first byte of every line.
    lines: Vec<usize>,
}

/// The files of a run and what was found in them. Reporting needs no exclusive access, so that any
/// number of readers can hold the same tree.
#[derive(Default)]
pub(crate) struct Ledger {
    sources: Vec<Source>,
    problems: RefCell<Vec<(Order, Problem)>>,
    warnings: RefCell<Vec<(Order, Problem)>>,
}

/// File, then byte; problems with a file as a whole come before those inside.
type Order = (usize, usize);

impl Ledger {
    /// Takes a file in; the answer is the `file` of its places.
    pub(crate) fn add(&mut self, path: PathBuf, text: String) -> usize {
        let breaks = text.match_indices('\n').map(|(newline, _)| newline + 1);
        let lines = std::iter::once(0).chain(breaks).collect();
        self.sources.push(Source { path, text, lines });
        self.sources.len() - 1
    }

    pub(crate) fn text(&self, file: usize) -> &str {
        &self.sources[file].text
    }

    pub(crate) fn path(&self, file: usize) -> &Path {
        &self.sources[file].path
    }

    /// As `file:line:column`.
    pub(crate) fn position(&self, at: Place) -> String {
        let source = &self.sources[at.file];
        let (line, column) = position(source, at);
        format!("{}:{line}:{column}", source.path.display())
    }

    pub(crate) fn report(&self, at: Place, what: String, remedy: String) {
        self.problems.borrow_mut().push(((at.file, at.start), self.problem(at, what, remedy)));
    }

    pub(crate) fn report_file(&self, file: &Path, what: String, remedy: String) {
        let known = self.sources.iter().position(|source| source.path == file);
        let order = (known.unwrap_or(self.sources.len()), 0);
        self.problems.borrow_mut().push((order, Problem { file: file.to_owned(), spot: None, what, remedy }));
    }

    pub(crate) fn warn(&self, at: Place, what: String, remedy: String) {
        self.warnings.borrow_mut().push(((at.file, at.start), self.problem(at, what, remedy)));
    }

    fn problem(&self, at: Place, what: String, remedy: String) -> Problem {
        let source = &self.sources[at.file];
        Problem { file: source.path.clone(), spot: Some(spot(source, at)), what, remedy }
    }

    pub(crate) fn is_clean(&self) -> bool {
        self.problems.borrow().is_empty()
    }

    /// Everything reported, in the order of the files and lines.
    pub(crate) fn problems(&self) -> Problems {
        Problems { problems: in_order(&self.problems) }
    }

    pub(crate) fn warnings(&self) -> Vec<Problem> {
        in_order(&self.warnings)
    }
}

fn in_order(found: &RefCell<Vec<(Order, Problem)>>) -> Vec<Problem> {
    let mut found = found.borrow().clone();
    found.sort_by_key(|(order, _)| *order);
    found.into_iter().map(|(_, problem)| problem).collect()
}
