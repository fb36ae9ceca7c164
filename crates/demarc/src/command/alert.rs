//! `demarc alert test`: a real message over each channel, so that the first one is not the one that counts.

use super::Context;
use crate::exit::{Exit, Failure};
use crate::screen;
use demarc_agent::clock::Clock;
use demarc_agent::config::surroundings::Surroundings;
use demarc_alert::message::Message;
use demarc_alert::{Channel, Delivery};
use demarc_model::id::ChannelId;
use owo_colors::OwoColorize as _;

pub(crate) fn test(context: &Context, only: Option<&str>) -> Result<Exit, Failure> {
    let config = context.load()?;
    let site = config.site(&Surroundings::look(None, None));
    let channels =
        demarc_agent::channels::ready(&config).map_err(|error| Failure { exit: Exit::Config, error })?;
    let chosen: Vec<&(ChannelId, Channel)> =
        channels.iter().filter(|(id, _)| only.is_none_or(|only| only == id.as_str())).collect();
    if chosen.is_empty() {
        return Err(Failure::said(Exit::Config, none(&channels, only)));
    }
    let message = Message::test(site, Clock::new().now());
    let runtime = context.runtime()?;
    let mut results = Vec::new();
    for (id, channel) in chosen {
        let delivery = runtime.block_on(channel.deliver(&message));
        if !context.json {
            screen::line(&spoken(id, &delivery))?;
        }
        results.push((id, delivery));
    }
    let failed = !results.iter().all(|(_, delivery)| is_delivered(delivery));
    if context.json {
        let one = |(id, delivery): &(&ChannelId, Delivery)| serde_json::json!({ "channel": id, "delivered": is_delivered(delivery), "error": error(delivery) });
        let all: Vec<_> = results.iter().map(one).collect();
        screen::line(&format!("{:#}", serde_json::Value::from(all)))?;
    }
    Ok(if failed { Exit::Unavailable } else { Exit::Healthy })
}

fn none(channels: &[(ChannelId, Channel)], only: Option<&str>) -> String {
    let known: Vec<&str> = channels.iter().map(|(id, _)| id.as_str()).collect();
    match only {
        Some(only) if !known.is_empty() => {
            format!("there is no channel {only:?}; configured are: {}", known.join(", "))
        }
        Some(_) | None => {
            "no [[channel]] is configured, so nobody would be told; see docs/reference/config.md".to_owned()
        }
    }
}

fn is_delivered(delivery: &Delivery) -> bool {
    matches!(delivery, Delivery::Delivered | Delivery::Detoured { .. })
}

fn error(delivery: &Delivery) -> Option<&str> {
    match delivery {
        Delivery::Delivered => None,
        Delivery::Detoured { error } | Delivery::Retry { error, .. } | Delivery::Dead { error } => {
            Some(error)
        }
    }
}

fn spoken(id: &ChannelId, delivery: &Delivery) -> String {
    match delivery {
        Delivery::Delivered => format!("{id}: {}", "taken; look whether it has arrived".green()),
        Delivery::Detoured { error } => {
            format!("{id}: {}; over the first: {error}", "taken over the second line".green())
        }
        Delivery::Retry { error, .. } => {
            format!("{id}: {} {error}", "not taken, would be tried again:".red())
        }
        Delivery::Dead { error } => format!("{id}: {} {error}", "refused for good:".red()),
    }
}
