//! What else is worth knowing of a camera, asked one question at a time after it has let us in: who made
//! it where nobody has said so, where its clock takes the time from when that is wrong, and whether its
//! address may change.

use super::{Ask, To};
use crate::camera::CameraClient;
use crate::camera::clock::TimeSource;
use crate::trace::Trace;
use demarc_model::time::Timestamp;
use demarc_protocol::onvif::network::{Interface, parse_interfaces, parse_ntp, parse_scopes};
use demarc_protocol::onvif::{Question, Reply};
use std::collections::BTreeMap;
use std::net::IpAddr;
use std::time::Duration;

#[derive(Debug, Default)]
pub(super) struct Memory {
    /// By the question's name.
    asked: BTreeMap<&'static str, Timestamp>,
    /// What it announces itself as.
    name: Option<String>,
    has_lease: bool,
}

const EVERY: Duration = Duration::from_hours(24);

impl super::Memory {
    pub(in crate::camera) fn announced_name(&self) -> Option<&str> {
        self.aside.name.as_deref()
    }

    /// Whether the camera has its address from DHCP, as it said last.
    pub(in crate::camera) const fn has_lease(&self) -> bool {
        self.aside.has_lease
    }
}

impl CameraClient {
    /// Whatever comes of it, the camera has let us in: a refusal is about the right to this one thing.
    pub(super) async fn ask_aside(&mut self, path: &str, at: Timestamp, trace: &Trace) {
        let Some(question) = self.next_aside(at) else { return };
        self.onvif.aside.asked.insert(question.name(), at);
        let ask = Ask { question, to: To::Device, path };
        let at = at.plus(trace.elapsed());
        if let Ok(answer) = self.ask_onvif(ask, at, &mut trace.rest()).await {
            self.learn_aside(question, &answer.body);
        }
    }

    fn next_aside(&self, at: Timestamp) -> Option<Question<'static>> {
        let is_due = |question: &Question<'_>| {
            self.onvif.aside.asked.get(question.name()).is_none_or(|asked| at.since(*asked) >= EVERY)
        };
        let nobody_said = self.vendor().is_none().then_some(Question::Scopes);
        let is_off = self.clock.wants_source().then_some(Question::Ntp);
        [nobody_said, is_off, Some(Question::NetworkInterfaces)].into_iter().flatten().find(is_due)
    }

    fn learn_aside(&mut self, question: Question<'_>, body: &[u8]) {
        match question {
            Question::Scopes => {
                if let Ok(Reply::Answer(scopes)) = parse_scopes(body) {
                    let words = [scopes.name, scopes.hardware].into_iter().flatten();
                    self.onvif.aside.name = Some(words.collect::<Vec<_>>().join(" "));
                }
            }
            Question::Ntp => {
                if let Ok(Reply::Answer(told)) = parse_ntp(body) {
                    let by_dhcp = told.from_dhcp == Some(true);
                    self.clock.learn(TimeSource { servers: told.servers, by_dhcp, in_step: None });
                }
            }
            _ => {
                if let Ok(Reply::Answer(interfaces)) = parse_interfaces(body) {
                    let address = self.spec.address;
                    self.onvif.aside.has_lease = interfaces.iter().any(|one| leases(one, address));
                }
            }
        }
    }
}

fn leases(interface: &Interface, address: IpAddr) -> bool {
    let ours = |told: &str| told.parse() == Ok(address);
    interface.dhcp == Some(true) && interface.addresses.iter().any(|one| ours(&one.address))
}
