//! `demarc config check|lint|show|schema`.

mod lint;

use super::Context;
use crate::cli::{ConfigCommand, Schema};
use crate::exit::{Exit, Failure};
use crate::screen;

pub(crate) fn config(context: &Context, what: &ConfigCommand) -> Result<Exit, Failure> {
    match what {
        ConfigCommand::Check => check(context),
        ConfigCommand::Lint(arguments) => lint::lint(context, arguments),
        ConfigCommand::Show => {
            let config = context.load()?;
            screen::print(demarc_agent::config::show(&config))?;
            Ok(Exit::Healthy)
        }
        ConfigCommand::Schema(Schema { vendor }) => {
            let schema =
                if *vendor { demarc_agent::config::profile_schema() } else { demarc_agent::config::schema() };
            screen::line(&format!("{schema:#}"))?;
            Ok(Exit::Healthy)
        }
    }
}

fn check(context: &Context) -> Result<Exit, Failure> {
    match demarc_agent::config::load(&context.config) {
        Ok(config) => {
            let warnings = config.warnings.len();
            if context.json {
                let json = serde_json::json!({ "problems": [], "warnings": config.warnings });
                screen::line(&format!("{json:#}"))?;
                return Ok(Exit::Healthy);
            }
            for warning in &config.warnings {
                screen::line(&format!("warning: {warning}"))?;
            }
            let (cameras, channels) = (config.cameras.len(), config.channels.len());
            screen::line(&format!(
                "{}: good. {}, {}, {}.",
                context.config.display(),
                counted(cameras, "camera"),
                counted(channels, "channel"),
                counted(warnings, "warning")
            ))?;
            if channels == 0 {
                screen::line("No [[channel]] is configured: incidents are written down, nobody is told.")?;
            }
            Ok(Exit::Healthy)
        }
        Err(problems) if context.json => {
            let json =
                serde_json::to_string_pretty(&problems).map_err(|e| Failure::new(Exit::Software, e))?;
            screen::line(&json)?;
            Ok(Exit::Config)
        }
        Err(problems) => Err(Failure::said(Exit::Config, problems.to_string().trim_end().to_owned())),
    }
}

fn counted(number: usize, what: &str) -> String {
    format!("{number} {what}{}", if number == 1 { "" } else { "s" })
}
