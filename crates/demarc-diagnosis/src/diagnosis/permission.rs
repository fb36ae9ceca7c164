//! What must have been looked at, and be wrong, before something that is probable is said.

use super::Diagnosis;
use super::judge::Claim;
use super::weighing::Evaluation;
use crate::blame::{self, Key};
use crate::layout::Subject;
use crate::lifecycle::Open;
use crate::table::{FaultKind, is_conclusive};
use demarc_model::probe::ProbeKind;
use demarc_model::symptom::Symptom;
use demarc_model::time::Timestamp;
use std::collections::HashSet;
use std::time::Duration;

/// What began this long before something else is another matter.
const APART: Duration = Duration::from_secs(15);
/// So long a verdict waits for the probe that would tell it from its like.
const TOLD_WITHIN: Duration = Duration::from_secs(12);

impl Diagnosis {
    /// Whether enough was looked at, and is wrong, for a claim to be said.
    pub(super) fn is_permitted(&self, claim: &Claim, evaluation: &Evaluation) -> bool {
        if claim.known.iter().all(|known| self.goes_astray(known.fault, evaluation)) {
            return false;
        }
        let kind = |p: usize| self.layout.kind(p);
        match claim.key {
            Key::Vendor => self.is_seen_around(claim, evaluation),
            // A taken address and a loop look like a bad network; what this computer's interface hears tells them from it.
            Key::AgentAddress => self.is_told(claim, evaluation),
            Key::Lan if claim.is(&self.layout, FaultKind::LanLoop) => self.is_told(claim, evaluation),
            // When this computer's cable is out, all is silent as well, and the interface says so.
            Key::Lan | Key::AgentLink => self.has_looked(evaluation, |p| kind(p) == ProbeKind::HostLink),
            // One that answers whenever it is asked is not silent, whatever becomes of other names.
            Key::Dns
                if claim.is(&self.layout, FaultKind::DnsSilent)
                    || claim.is(&self.layout, FaultKind::DnsServfail) =>
            {
                self.resolver_fails(evaluation)
            }
            Key::Segment(_) => {
                self.is_clear(claim) && claim.known.iter().all(|k| self.hits_cameras(k.fault, evaluation))
            }
            // A portal breaks TLS as well, and shows its page when it is asked for one.
            Key::Interception if claim.is(&self.layout, FaultKind::InterceptionTls) => {
                self.has_looked(evaluation, |p| kind(p) == ProbeKind::ControlPortal)
            }
            // What a router of which half the connections get through has is a full table, or a bad line.
            Key::Gateway
                if claim.is(&self.layout, FaultKind::GatewayNoForwarding)
                    || claim.is(&self.layout, FaultKind::GatewayNoForwardingServfail) =>
            {
                claim.known.iter().all(|known| !self.passes_by_now(known.fault))
            }
            // One that starts is busy, and says so when it is asked whether it is ready.
            Key::Camera(camera) if claim.is(&self.layout, FaultKind::CameraOverloaded) => {
                let own = self.layout.leaf(Subject::Camera(camera));
                self.has_looked(evaluation, |p| {
                    kind(p) == ProbeKind::CameraReady && self.layout.probes[p].leaf == own
                })
            }
            _ => true,
        }
    }

    /// A verdict against the vendor needs two witnesses that fail, not both by UDP alone, and a control that answers, and
    /// no control that began to fail with them: then it is something on the way to both. Two hosts are two witnesses, and
    /// so is one host over either line.
    fn is_seen_around(&self, claim: &Claim, evaluation: &Evaluation) -> bool {
        let saw = |probe: usize, wanted: &dyn Fn(Symptom) -> bool| {
            evaluation.evidence.counts(probe).iter().any(|(symptom, _)| wanted(*symptom))
        };
        let fails = |p: &usize| {
            let (failed, all) = self.failing(*p, evaluation);
            failed > 0 && failed * 4 >= all
        };
        let endpoints = (0..self.layout.probes.len()).filter(|p| self.layout.kind(*p).is_endpoint());
        let witnesses = self.witnesses(endpoints.filter(fails));
        let control = |p: &usize| {
            matches!(
                self.layout.kind(*p),
                ProbeKind::ControlName | ProbeKind::ControlAddress | ProbeKind::LineSecond
            )
        };
        let undetermined = self.open.iter().find(|open| open.key == Key::Undetermined);
        let began = undetermined.map_or(evaluation.since, |o| o.incident.verdict.since.min(evaluation.since));
        let long_ago = |since: Timestamp| began.since(since) >= APART;
        let is_known = |p: &usize| {
            let reaches = |fault: usize| self.layout.reaches(fault, *p);
            self.references.iter().any(|r| long_ago(r.since) && reaches(r.known.fault))
                || self.open.iter().flat_map(Open::known).any(|k| reaches(k.fault))
        };
        let controls: Vec<usize> = (0..self.layout.probes.len()).filter(control).collect();
        let answers = controls.iter().any(|p| saw(*p, &|s| matches!(s, Symptom::Passed | Symptom::Slow)));
        let lost = |p: &&usize| {
            let by_address = self.layout.kind(**p) == ProbeKind::ControlAddress;
            by_address && fails(p) && !is_known(p) && !self.is_explained_otherwise(**p, claim, evaluation)
        };
        witnesses >= 2 && answers && !controls.iter().any(|p| lost(&p))
    }

    /// Whether what a fault rests on may be the work of a conflict that is open: while another device has this
    /// computer's address, answers go astray wherever they come from.
    pub(super) fn goes_astray(&self, fault: usize, evaluation: &Evaluation) -> bool {
        self.open.iter().any(|open| open.key == Key::AgentAddress)
            && blame::key(&self.layout, fault) != Some(Key::AgentAddress)
            && !self.is_complete_by_now(fault)
            && !self.speaks_for_itself(fault, evaluation)
    }

    /// Whether the very thing that a claim blames says so.
    fn is_told(&self, claim: &Claim, evaluation: &Evaluation) -> bool {
        claim.known.iter().any(|known| self.speaks_for_itself(known.fault, evaluation))
    }

    /// Whether what a switch does is known well enough to say that it is down, or that it is not quite: behind one
    /// that loses most of what passes several failures in a row are common.
    fn is_clear(&self, claim: &Claim) -> bool {
        claim
            .known
            .iter()
            .all(|known| self.is_complete_by_now(known.fault) || self.passes_by_now(known.fault))
    }

    /// Whether anything of a camera's is lost. A switch that is silent itself and carries its cameras is not down: its
    /// address may have been moved. What a camera says of itself came through.
    fn hits_cameras(&self, fault: usize, evaluation: &Evaluation) -> bool {
        let of_cameras = self.layout.touched[fault].iter().filter(|p| self.layout.probes[**p].leaf.is_some());
        let lost = |symptom: Symptom| symptom != Symptom::Passed && !is_conclusive(symptom);
        of_cameras.flat_map(|p| evaluation.evidence.counts(*p)).any(|(symptom, _)| lost(*symptom))
    }

    /// Whether questions to the site's resolver fail, as far as it was asked.
    fn resolver_fails(&self, evaluation: &Evaluation) -> bool {
        let own = (0..self.layout.probes.len()).filter(|p| self.layout.kind(*p) == ProbeKind::ResolverAnswer);
        own.map(|p| self.failing(p, evaluation)).all(|(failed, all)| all == 0 || failed * 4 >= all)
    }

    /// How often a probe failed, and was made at all.
    fn failing(&self, probe: usize, evaluation: &Evaluation) -> (u32, u32) {
        let counts = evaluation.evidence.counts(probe);
        let failed = counts.iter().filter(|(symptom, _)| *symptom != Symptom::Passed).map(|(_, n)| n).sum();
        (failed, counts.iter().map(|(_, n)| n).sum())
    }

    /// Whether probes that tell one fault from another that looks like it have been made since it began, if they
    /// are to be had within a reasonable time.
    fn has_looked(&self, evaluation: &Evaluation, tells: impl Fn(usize) -> bool) -> bool {
        let mut telling = (0..self.layout.probes.len()).filter(|p| tells(*p));
        evaluation.lasts >= TOLD_WITHIN || telling.all(|p| !evaluation.evidence.counts(p).is_empty())
    }

    /// How many hosts these probes stand for; one that fails over both lines stands for two. Those that are asked by UDP
    /// alone are one: a firewall that lets no UDP out silences them together, and no control.
    fn witnesses(&self, probes: impl Iterator<Item = usize>) -> usize {
        let host = |p: &usize| {
            let host = self.layout.host(&self.layout.probes[*p].id.subject)?;
            Some((host, self.layout.kind(*p) == ProbeKind::VendorSecond))
        };
        let (by_udp, by_tcp): (Vec<usize>, Vec<usize>) = probes.partition(|p| self.layout.is_by_udp(*p));
        let hosts: HashSet<(&str, bool)> = by_tcp.iter().filter_map(host).collect();
        let others = by_udp.iter().filter_map(host).any(|host| !hosts.contains(&host));
        hosts.len() + usize::from(others)
    }
}
