//! Delivers what the outbox holds: in order for each page and channel, again and again until it
//! is taken, given up after a week, or refused for good.

use crate::clock::Clock;
use crate::config::{self, Config};
use crate::keeper::chain;
use demarc_alert::backoff::{backoff, is_over};
use demarc_alert::message::{Message, Times};
use demarc_alert::{Channel, Delivery};
use demarc_model::id::{ChannelId, IncidentId};
use demarc_model::incident::{OnPage, Transition};
use demarc_model::site::Site;
use demarc_model::time::Timestamp;
use demarc_store::outbox::OutboxId;
use demarc_store::{Store, StoreError};
use std::collections::HashSet;
use std::time::Duration;
use tokio::sync::mpsc;
use tracing::{error, info, warn};

/// Messages tried at once.
const AT_ONCE: u32 = 16;
/// How often the outbox is looked at without being told to.
const LOOK_AGAIN: Duration = Duration::from_secs(30);

/// What the dispatcher is told.
#[derive(Debug)]
pub(crate) enum Alert {
    /// Something new stands in the outbox.
    Stored,
    /// Something happened and could not be written down.
    Direct(Box<Transition>),
    /// The configuration was reloaded.
    Ready(Box<Ready>),
}

/// The channels in force, the site's names for what is told, when it is told, and how much is kept.
#[derive(Debug)]
pub(crate) struct Ready {
    pub(crate) channels: Vec<(ChannelId, Channel)>,
    pub(crate) site: Site,
    /// How long the end of an incident is held back.
    pub(crate) resolve_after: Duration,
    pub(crate) keep: config::probing::Store,
}

impl Ready {
    pub(crate) fn new(config: &Config, channels: Vec<(ChannelId, Channel)>, site: Site) -> Self {
        Self { channels, site, resolve_after: config.alerting.resolve_after, keep: config.store }
    }
}

pub(crate) struct Dispatcher {
    pub(crate) store: Option<Store>,
    pub(crate) ready: Ready,
    pub(crate) clock: Clock,
    /// What could not be written down, kept until it is delivered or this process ends.
    pub(crate) memory: Vec<Held>,
}

/// A message that is to be delivered.
#[derive(Debug, Clone)]
pub(crate) struct Held {
    /// Its place in the outbox; none for a message in memory.
    id: Option<OutboxId>,
    channel: ChannelId,
    transition: Transition,
    /// The page under which it goes on; what is only in memory has its own.
    page: Option<OnPage>,
    attempts: u32,
    first_tried: Option<Timestamp>,
    next: Timestamp,
}

impl Dispatcher {
    /// Works until the keeper has gone.
    pub(crate) async fn run(mut self, mut alerts: mpsc::Receiver<Alert>) {
        loop {
            let wait = self.deliver_due().await;
            tokio::select! {
                alert = alerts.recv() => match alert {
                    Some(alert) => self.take(alert),
                    None => break,
                },
                () = tokio::time::sleep(wait) => {}
            }
        }
        if !self.memory.is_empty() {
            error!(messages = self.memory.len(), "stopping with messages that exist only in memory");
        }
    }

    fn take(&mut self, alert: Alert) {
        match alert {
            Alert::Stored => {}
            Alert::Ready(ready) => self.ready = *ready,
            Alert::Direct(transition) => {
                let next = self.clock.now();
                let held = |(channel, _): &(ChannelId, Channel)| Held {
                    id: None,
                    channel: channel.clone(),
                    transition: (*transition).clone(),
                    page: None,
                    attempts: 0,
                    first_tried: None,
                    next,
                };
                self.memory.extend(self.ready.channels.iter().map(held));
            }
        }
    }

    /// Tries everything that is due and says how long nothing will be.
    async fn deliver_due(&mut self) -> Duration {
        // What is in the outbox has the owner's times, and the owner follows.
        self.clock.follow();
        loop {
            let due = self.due().await;
            if due.is_empty() {
                return self.idle().await;
            }
            let attempts = due.iter().map(|held| self.attempt(held));
            let deliveries = futures_util::future::join_all(attempts).await;
            for (held, delivery) in due.into_iter().zip(deliveries) {
                if let Err(error) = self.settle(held, delivery).await {
                    warn!(error = %chain(&error), "a delivery could not be noted; it may be repeated");
                    return LOOK_AGAIN;
                }
            }
        }
    }

    async fn due(&self) -> Vec<Held> {
        let now = self.clock.now();
        let mut out = Vec::new();
        if let Some(store) = &self.store {
            match store.due(now, AT_ONCE).await {
                Ok(pending) => out.extend(pending.into_iter().map(|p| Held {
                    id: Some(p.id),
                    channel: p.channel,
                    transition: p.transition,
                    page: p.page,
                    attempts: p.attempts,
                    first_tried: p.first_tried,
                    next: now,
                })),
                Err(error) => warn!(error = %chain(&error), "the outbox cannot be read"),
            }
        }
        out.extend(heads(&self.memory).filter(|held| held.next <= now).cloned());
        out
    }

    async fn idle(&self) -> Duration {
        let stored = match &self.store {
            Some(store) => store.next_due().await.ok().flatten(),
            None => None,
        };
        let next = stored.into_iter().chain(heads(&self.memory).map(|held| held.next)).min();
        next.map_or(LOOK_AGAIN, |at| self.clock.until(at)).clamp(Duration::from_millis(50), LOOK_AGAIN)
    }

    async fn attempt(&self, held: &Held) -> Delivery {
        let Some((_, channel)) = self.ready.channels.iter().find(|(id, _)| *id == held.channel) else {
            return Delivery::Dead { error: "the channel is no longer configured".to_owned() };
        };
        let now = self.clock.now();
        let times = Times { sent: now, first_tried: held.first_tried.unwrap_or(now) };
        let message = Message::about(held.transition.clone(), self.ready.site.clone(), times);
        channel.deliver(&Message { page: held.page.clone(), ..message }).await
    }

    async fn settle(&mut self, held: Held, delivery: Delivery) -> Result<(), StoreError> {
        let now = self.clock.now();
        let (channel, incident) = (held.channel.clone(), held.transition.incident.id);
        match delivery {
            Delivery::Delivered => {
                info!(%channel, %incident, "told");
                self.delivered(&held, now).await
            }
            Delivery::Detoured { error } => {
                info!(%channel, %incident, error, "told over the second line");
                self.delivered(&held, now).await
            }
            Delivery::Retry { error, after } => {
                let over = held.first_tried.is_some_and(|first| is_over(first, now));
                if over {
                    return self.give_up(held, format!("given up after a week: {error}")).await;
                }
                warn!(%channel, %incident, error, "not told yet");
                let pause = after.unwrap_or_else(|| backoff(held.attempts + 1, random()));
                self.later(held, now.plus(pause), error).await
            }
            Delivery::Dead { error } => self.give_up(held, error).await,
        }
    }

    async fn delivered(&mut self, held: &Held, now: Timestamp) -> Result<(), StoreError> {
        match (held.id, &self.store) {
            (Some(id), Some(store)) => store.delivered(id, now).await,
            (_, _) => self.forget(held),
        }
    }

    async fn later(&mut self, held: Held, next: Timestamp, error: String) -> Result<(), StoreError> {
        let now = self.clock.now();
        if let (Some(id), Some(store)) = (held.id, &self.store) {
            return store.retry(id, now, next, error).await;
        }
        for own in self.memory.iter_mut().filter(|own| own.is(&held)) {
            own.attempts += 1;
            own.next = next;
            own.first_tried.get_or_insert(now);
        }
        Ok(())
    }

    /// A message that no retry can save is an alarm of its own: the log is the other channel.
    async fn give_up(&mut self, held: Held, reason: String) -> Result<(), StoreError> {
        error!(channel = %held.channel, incident = %held.transition.incident.id, reason, "could not be told");
        match (held.id, &self.store) {
            (Some(id), Some(store)) => store.dead(id, self.clock.now(), reason).await,
            (_, _) => self.forget(&held),
        }
    }

    fn forget(&mut self, held: &Held) -> Result<(), StoreError> {
        self.memory.retain(|own| !own.is(held));
        Ok(())
    }
}

impl Held {
    fn is(&self, other: &Self) -> bool {
        self.channel == other.channel
            && self.transition.incident.id == other.transition.incident.id
            && self.transition.at == other.transition.at
    }
}

/// The oldest message of each channel and incident: a resolve never overtakes its trigger.
fn heads(memory: &[Held]) -> impl Iterator<Item = &Held> {
    let mut seen: HashSet<(ChannelId, IncidentId)> = HashSet::new();
    memory.iter().filter(move |held| seen.insert((held.channel.clone(), held.transition.incident.id)))
}

/// A random number in 0..1; the middle when this host has no randomness to give.
fn random() -> f64 {
    let mut bytes = [0; 4];
    match getrandom::fill(&mut bytes) {
        Ok(()) => f64::from(u32::from_ne_bytes(bytes)) / f64::from(u32::MAX),
        Err(_) => 0.5,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample;
    use demarc_model::incident::Step;

    #[tokio::test]
    async fn nothing_waits_for_the_time_before_the_clock_was_set_forward() {
        let (_folder, store) = sample::store();
        let opened = sample::transition(1, Step::Opened, Clock::new().now());
        store.commit_transition(opened, sample::channels(), Duration::ZERO).await.unwrap();
        let clock = Clock::slow_by(Duration::from_secs(3_600));
        let ready = Ready {
            channels: Vec::new(),
            site: sample::site(),
            resolve_after: Duration::ZERO,
            keep: sample::keep(),
        };
        let mut dispatcher = Dispatcher { store: Some(store.clone()), ready, clock, memory: Vec::new() };
        dispatcher.deliver_due().await;
        assert_eq!(store.next_due().await.unwrap(), None, "it was tried");
    }
}
