//! The explanation of the current facts.

use crate::fault::{Domain, Fault};
use crate::id::{CameraId, CapabilityId, ControlId};
use crate::page::{PageForm, PageState, Shared};
use crate::probe::ProbeKind;
use crate::symptom::Symptom;
use crate::text::DeviceText;
use crate::time::Timestamp;

/// Who is to blame, since when, how sure, and why.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Verdict {
    pub finding: Finding,
    /// The onset: between the last good and the first bad observation.
    pub since: Timestamp,
    /// When the evidence sufficed.
    pub detected: Timestamp,
    /// The posterior probability of the finding, 0 to 1.
    pub confidence: f64,
    /// Set while the fault comes and goes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub flapping: Option<Flapping>,
    pub explanation: Explanation,
}

/// A fault that comes and goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Flapping {
    /// From one beginning to the next, on average, in milliseconds.
    pub period_ms: u64,
    /// The share of the time in which the fault is there, in percent.
    pub duty_percent: u8,
    /// How often it has begun.
    pub times: u32,
}

/// What a verdict says.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Finding {
    Fault(Fault),
    /// Something is wrong, and the evidence does not say what.
    Undetermined {
        #[serde(default)]
        why: Undecided,
        candidates: Vec<Candidate>,
        would_settle: Vec<WouldSettle>,
    },
}

/// Why a finding is undetermined.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Undecided {
    /// Several known faults fit, and the evidence does not separate them.
    #[default]
    Tie,
    /// No known fault makes the probes see what they see.
    UnknownFault,
}

/// What would separate the candidates.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum WouldSettle {
    /// Another endpoint of the vendor's service, or the same endpoint seen from elsewhere.
    SecondWitness,
    /// More observations of a kind that the site makes.
    Further(ProbeKind),
    /// A kind of probe that the site lacks.
    Lacking(ProbeKind),
}

impl Finding {
    pub const fn domain(&self) -> Domain {
        match self {
            Self::Fault(fault) => fault.domain(),
            Self::Undetermined { .. } => Domain::Undetermined,
        }
    }

    /// What is blamed; nothing where that is not known.
    pub fn component(&self) -> Option<String> {
        match self {
            Self::Fault(fault) => Some(fault.component()),
            Self::Undetermined { .. } => None,
        }
    }

    /// What several may have from one root, see [`Fault::kin`].
    pub fn kin(&self) -> Option<String> {
        match self {
            Self::Fault(fault) => fault.kin(),
            Self::Undetermined { .. } => None,
        }
    }
}

/// One of several explanations that fit.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Candidate {
    pub faults: Vec<Fault>,
    pub probability: f64,
}

/// Why a verdict says what it says; deterministic from the stored observations.
#[derive(Debug, Clone, PartialEq, Default, serde::Serialize, serde::Deserialize)]
pub struct Explanation {
    /// Evidence against "all is well" and for the finding, strongest first.
    pub support: Vec<Weight>,
    /// Evidence that speaks for the best rejected explanation or for health.
    pub against: Vec<Weight>,
    /// Explanations that were weighed and fell.
    pub rejected: Vec<Rejected>,
    /// The observation that would turn the verdict most quickly.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub would_change: Option<WouldChange>,
    /// Domains that cannot be judged while this fault lasts.
    pub masked: Vec<Domain>,
    /// How the site stood when the verdict was reached.
    pub overview: Overview,
}

/// What one group of probes contributed.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Weight {
    /// Tenfold decimal logarithm of the likelihood ratio: +10 dB is ten to one.
    pub decibans: f64,
    pub probe: ProbeKind,
    /// The cameras, controls or endpoints that were asked; empty for the kinds of which a site has one.
    pub subjects: Vec<String>,
    /// What they saw, and how often.
    pub seen: Vec<(Symptom, u32)>,
}

/// What would have to be seen for the best rejected explanation to win.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct WouldChange {
    pub probe: ProbeKind,
    /// The cameras, controls or endpoints that are asked; empty for the kinds of which a site has one.
    pub subjects: Vec<String>,
    /// What they would have to see.
    pub symptom: Symptom,
    /// What each such observation would take from the verdict, in decibans.
    pub decibans: f64,
    /// What the verdict would turn into.
    pub to: Vec<Fault>,
}

/// A weighed and rejected explanation.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Rejected {
    /// The faults it would have named; empty for "nothing is wrong".
    pub faults: Vec<Fault>,
    /// How much less likely it is than the finding, in decibans.
    pub decibans: f64,
    /// The evidence that speaks most against it.
    pub because: Option<Weight>,
}

/// Whether a component was seen to work lately.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Standing {
    Works,
    Fails,
    /// No recent observation. Neither good nor bad.
    #[default]
    Unobserved,
}

/// The site at a glance, from the latest observation of each component.
#[derive(Debug, Clone, PartialEq, Default, serde::Serialize, serde::Deserialize)]
pub struct Overview {
    pub link: Standing,
    /// The hardware addresses of other devices that say that this computer's address is theirs.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rivals: Vec<DeviceText>,
    /// Where the network itself says that its captive portal is, while the check for one fails.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub portal: Option<DeviceText>,
    pub gateway: Standing,
    pub resolver: Standing,
    pub controls: Vec<(ControlId, Standing)>,
    pub cameras: Vec<CameraStanding>,
    pub capabilities: Vec<CapabilityStanding>,
    pub page: Option<PageStanding>,
}

#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct CameraStanding {
    pub camera: CameraId,
    pub standing: Standing,
    /// What its failing probe saw.
    pub symptom: Option<Symptom>,
}

#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct CapabilityStanding {
    pub capability: CapabilityId,
    pub name: String,
    pub standing: Standing,
    /// Endpoints that answer, of those observed lately.
    pub answering: u32,
    pub observed: u32,
    /// What the failing endpoints saw most.
    pub symptom: Option<Symptom>,
}

/// What the vendor's status page says, and whether it fits.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct PageStanding {
    pub relation: PageRelation,
    pub overall: PageState,
    pub headline: DeviceText,
    /// The page's own time of its last change.
    pub updated: Option<Timestamp>,
    pub read: Timestamp,
    #[serde(default)]
    pub form: PageForm,
    /// Whether it gives times of 1970 or of the future.
    #[serde(default)]
    pub wrong_times: bool,
    /// What it has in common with what it reports on; empty when it stands apart, or nobody knows.
    #[serde(default)]
    pub shared: Vec<Shared>,
}

/// How the status page relates to what the probes found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PageRelation {
    /// It says what the probes say.
    Agrees,
    /// It says that all is well while the vendor fails, and has not changed since before that began.
    Stale,
    /// It says that all is well while the vendor fails, and has changed or confirmed itself since.
    Lying,
    /// It admitted the outage and calls it over while the vendor still fails.
    Premature,
    /// It reports trouble that the probes do not see.
    CriesWolf,
    /// It can be read, and has no word for the services in question.
    SaysNothing,
    /// It could not be read.
    Silent,
}
