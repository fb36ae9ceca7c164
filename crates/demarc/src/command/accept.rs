//! `demarc accept`: the device that answers in the place of a camera is the camera from now on.

use super::Context;
use crate::exit::{Exit, Failure};
use crate::screen;
use demarc_agent::accept::{self, AcceptError, Accepted};
use demarc_agent::control::ControlError;
use demarc_model::id::CameraId;
use demarc_model::identity::{Identity, LoginScheme};

/// What becomes of what was accepted.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Holds {
    AtOnce,
    FromTheNextStart,
}

pub(crate) fn accept(context: &Context, camera: &str) -> Result<Exit, Failure> {
    let camera = super::camera(camera)?;
    let (accepted, holds) = match accept::tell(&context.state_dir, &camera) {
        Ok(accepted) => (accepted, Holds::AtOnce),
        Err(AcceptError::Control(ControlError::NotRunning { .. })) => {
            (write_down(context, &camera)?, Holds::FromTheNextStart)
        }
        Err(error) => return Err(failed(error)),
    };
    if context.json {
        let running = holds == Holds::AtOnce;
        let json = serde_json::json!({ "accepted": accepted, "service_running": running });
        screen::line(&format!("{json:#}"))?;
        return Ok(Exit::Healthy);
    }
    screen::line(&spoken(&accepted, holds))?;
    Ok(Exit::Healthy)
}

fn write_down(context: &Context, camera: &CameraId) -> Result<Accepted, Failure> {
    let config = context.load()?;
    let runtime = context.runtime()?;
    runtime.block_on(accept::write_down(&config, &context.state_dir, camera)).map_err(failed)
}

fn failed(error: AcceptError) -> Failure {
    let exit = match &error {
        AcceptError::UnknownCamera { .. } | AcceptError::Nothing { .. } => Exit::Usage,
        AcceptError::Control(ControlError::Foreign(_)) => Exit::Software,
        AcceptError::Control(_) => Exit::Unavailable,
        AcceptError::Store(_) => Exit::Io,
    };
    Failure::new(exit, error)
}

fn spoken(accepted: &Accepted, holds: Holds) -> String {
    let mut lines = vec![format!("{}: accepted.", accepted.camera)];
    lines.extend(changes(&accepted.before, &accepted.now));
    lines.push(
        match holds {
            Holds::AtOnce => "The service looks at it now; its incident closes by itself when all is well.",
            Holds::FromTheNextStart => "No service runs here; this holds from its next start.",
        }
        .to_owned(),
    );
    lines.join("\n")
}

/// A part of an identity, as text.
type Part = fn(&Identity) -> Option<String>;

/// What is recognised differently from now on, a line each.
fn changes(before: &Identity, now: &Identity) -> Vec<String> {
    let shown = |text: Option<String>| text.unwrap_or_else(|| "to be learnt".to_owned());
    let parts: [(&str, Part); 5] = [
        ("serial number", |of| of.serial.as_ref().map(ToString::to_string)),
        ("TLS key", |of| of.key.map(|key| key.to_string())),
        ("realm", |of| of.realm.as_ref().map(ToString::to_string)),
        ("ONVIF realm", |of| of.onvif_realm.as_ref().map(ToString::to_string)),
        ("login", |of| of.login.map(|login| scheme(login).to_owned())),
    ];
    let changed = parts.into_iter().filter(|(_, part)| part(before) != part(now));
    changed
        .map(|(name, part)| format!("  {name:<14}{} -> {}", shown(part(before)), shown(part(now))))
        .collect()
}

const fn scheme(login: LoginScheme) -> &'static str {
    match login {
        LoginScheme::Basic => "Basic",
        LoginScheme::Digest => "Digest",
    }
}
