//! The parameters of the method.

use crate::evidence::Correlation;
use std::time::Duration;

/// When to speak, when to fall silent, and how far to trust the tables.
///
/// The values of [`Policy::default`] were chosen with the benchmark (`demarc-bench`), on other trials than
/// those that docs/diagnosis.md reports.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Policy {
    /// Evidence in nats at which a hypothesis is taken up.
    pub open_nats: f64,
    /// The same for a camera that does not say itself what is wrong: a site has many.
    pub camera_nats: f64,
    /// The same for a fault that only one probe has shown.
    pub single_probe_nats: f64,
    /// How long the causes of a certain fault are weighed before the likeliest is said.
    pub cause_patience: Duration,
    /// The most that failures may add at once which packet loss can have made: losses come in bursts.
    pub cap_nats: f64,
    /// How soon that allowance is there again.
    pub cap_renewed_in: Duration,
    /// What a round may add beyond it with failures that loss cannot have made.
    pub firm_nats: f64,
    /// The most that passes may take, in the same time, from a service of the vendor that fails now and then: one that
    /// comes and goes lets all through in its good moments.
    pub calm_nats: f64,
    /// Rounds that must agree. What a device says of itself counts at once: loss cannot fake it.
    pub open_rounds: u32,
    /// The posterior probability a verdict needs.
    pub open_posterior: f64,
    /// The posterior probability at which a verdict need not be found twice.
    pub at_once_posterior: f64,
    /// Evidence in nats at which the probes that would separate the candidates are hurried.
    pub suspect_nats: f64,
    /// Evidence in nats for health that closes an incident.
    pub close_nats: f64,
    pub close_rounds: u32,
    /// How long a fault must have been gone.
    pub close_after: Duration,
    /// How long candidates may tie before the verdict is `undetermined`.
    pub undetermined_after: Duration,
    /// The share of the credit that a second fault gets for what a first explains already.
    pub explained_credit: f64,
    /// Correlation of probes of one kind within a round.
    pub kind_correlation: f64,
    /// The same of what cameras say of the way beyond them, which is one way for all.
    pub word_correlation: f64,
    /// Correlation of one probe's results from round to round.
    pub round_correlation: f64,
    /// The share of probes that fail for no reason.
    pub noise: f64,
    /// A connection across the line that takes longer than this is slow.
    pub slow_connect: Duration,
    /// Two in a row that take so much longer than usual are slow as well.
    pub late_connect: Duration,
}

impl Policy {
    pub(crate) fn correlation(&self) -> Correlation {
        Correlation {
            of_kinds: self.kind_correlation,
            of_words: self.word_correlation,
            of_rounds: self.round_correlation,
        }
    }
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            open_nats: 18.0,
            camera_nats: 20.5,
            single_probe_nats: 24.0,
            cause_patience: Duration::from_secs(15),
            cap_nats: 4.5,
            cap_renewed_in: Duration::from_secs(2),
            firm_nats: 4.5,
            calm_nats: 1.8,
            open_rounds: 4,
            open_posterior: 0.9,
            at_once_posterior: 0.99,
            suspect_nats: 3.0,
            close_nats: 12.0,
            close_rounds: 3,
            close_after: Duration::from_secs(30),
            undetermined_after: Duration::from_secs(60),
            explained_credit: 0.1,
            kind_correlation: 0.05,
            word_correlation: 1.0,
            round_correlation: 0.03,
            noise: 0.02,
            slow_connect: Duration::from_millis(800),
            late_connect: Duration::from_millis(300),
        }
    }
}
