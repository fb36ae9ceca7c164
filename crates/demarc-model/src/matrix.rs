//! How each service of the vendor stood over time, as each vantage point saw it: the shape of an outage.

use crate::id::CapabilityId;
use crate::probe::ProbeId;
use crate::time::Timestamp;
use std::time::Duration;

/// A stretch of time, cut into cells of one length.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    pub from: Timestamp,
    /// The length of a cell; not zero.
    pub step: Duration,
    pub cells: usize,
}

impl Span {
    /// Not included.
    pub fn to(&self) -> Timestamp {
        self.from.plus(self.step * u32::try_from(self.cells).unwrap_or(u32::MAX))
    }

    /// The cell in which a moment lies.
    pub fn cell(&self, at: Timestamp) -> Option<usize> {
        let after = usize::try_from(at.since(self.from).as_millis() / self.step.as_millis().max(1)).ok()?;
        (at >= self.from && after < self.cells).then_some(after)
    }
}

/// What was seen in one cell. Both numbers are zero when nothing was.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
pub struct Seen {
    pub passed: u32,
    pub failed: u32,
}

/// What one probe saw in one cell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tally {
    pub probe: ProbeId,
    pub cell: usize,
    pub seen: Seen,
}

/// From where a service is seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Vantage {
    /// Over the main line, the hosts found by their names.
    Name,
    /// Over the main line, the hosts by their published addresses.
    Address,
    /// Over the second line.
    SecondLine,
    /// What the cameras say of their own connections.
    Cameras,
    /// What the vendor's status page says: a witness, and no vantage point.
    StatusPage,
}

/// One service as one vantage point saw it.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Row {
    /// None for what concerns no one service: the cameras' own connections.
    pub capability: Option<CapabilityId>,
    pub vantage: Vantage,
    /// One for each cell of the span.
    pub cells: Vec<Seen>,
}

#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Matrix {
    pub from: Timestamp,
    /// The length of a cell, in milliseconds.
    pub step_ms: u64,
    pub rows: Vec<Row>,
}

impl Matrix {
    /// The end of the last cell.
    pub fn until(&self) -> Timestamp {
        let cells = self.rows.iter().map(|row| row.cells.len()).max().unwrap_or(0);
        let length = self.step_ms.saturating_mul(cells as u64);
        self.from.plus(Duration::from_millis(length))
    }
}
