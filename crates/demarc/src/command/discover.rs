//! `demarc discover`: who on this network is a camera, and what of it the configuration lacks.

mod json;
mod report;

use super::Context;
use crate::cli;
use crate::exit::{Exit, Failure};
use crate::screen;
use demarc_agent::clock::Clock;
use demarc_agent::config::known::{Known, known};
use demarc_agent::discovery::device::{self, Device};
use demarc_agent::discovery::file::{self, FileError, Written};
use demarc_agent::discovery::{self, Attachment, Heard, Search, WhereError, moved};
use std::io::IsTerminal as _;
use std::path::PathBuf;
use std::time::{Duration, Instant};
use tokio::sync::watch;
use tokio::time::timeout;

/// How often the line on the terminal is written anew.
const REFRESH: Duration = Duration::from_millis(200);

/// Everything that is said about a search.
struct Outcome {
    search: Search,
    heard: Heard,
    devices: Vec<Device>,
    known: Known,
    /// Where new cameras are written, or would be.
    file: PathBuf,
    written: Option<Written>,
}

pub(crate) fn discover(context: &Context, arguments: &cli::Discover) -> Result<Exit, Failure> {
    let known = what_is_known(context, arguments)?;
    let interfaces = match (arguments.interfaces.as_slice(), &known.interface) {
        ([], Some(configured)) => vec![configured.clone()],
        (given, _) => given.to_vec(),
    };
    let search = Search {
        attachments: discovery::wanted(&interfaces).map_err(nowhere)?,
        networks: arguments.networks.clone(),
        listen: Duration::from_secs(arguments.seconds),
    };
    let heard = context.runtime()?.block_on(listen(context, &search));
    complain_of(&heard, &search)?;
    let neighbours = discovery::neighbours();
    let around = device::Context {
        attachments: &search.attachments,
        networks: &search.networks,
        neighbours: &neighbours,
        known: &known,
        marks: &moved::marks(&context.state_dir, &known, Clock::new().now()),
    };
    let devices = device::devices(&heard, around);
    let crowded = heard.tally.turned_away > 0;
    let written = if arguments.write && !crowded {
        let day = Clock::new().now().to_string().chars().take(10).collect::<String>();
        Some(file::add(&context.config, &devices, &known, &day).map_err(unwritten)?)
    } else {
        None
    };
    let outcome = Outcome { search, heard, devices, known, file: file::path(&context.config), written };
    if context.json {
        screen::line(&format!("{:#}", json::of(&outcome)))?;
    } else {
        screen::print(&report::of(&outcome))?;
    }
    if arguments.write && crowded {
        let text = "nothing was written: more devices answered than one site has. Find out who floods this \
                    network, or look on one --interface or in one --network";
        return Err(Failure::said(Exit::Unavailable, text.to_owned()));
    }
    Ok(Exit::Healthy)
}

/// Looking needs no configuration; writing into one that cannot be read would repeat cameras.
fn what_is_known(context: &Context, arguments: &cli::Discover) -> Result<Known, Failure> {
    match known(&context.config) {
        Ok(known) => Ok(known),
        Err(problems) if arguments.write => {
            Err(Failure::said(Exit::Config, problems.to_string().trim_end().to_owned()))
        }
        Err(problems) => {
            screen::complain(&format!("every camera counts as new: {}", problems.to_string().trim_end()));
            Ok(Known::default())
        }
    }
}

/// Searches, and shows on a terminal how far it is.
async fn listen(context: &Context, search: &Search) -> Heard {
    let (seen, devices) = watch::channel(0);
    if context.json || !std::io::stderr().is_terminal() {
        return discovery::search(search, &seen).await;
    }
    let began = Instant::now();
    let on = report::places(&search.attachments);
    let searching = discovery::search(search, &seen);
    tokio::pin!(searching);
    loop {
        let left = search.listen.saturating_sub(began.elapsed()).as_secs_f64().ceil();
        let count = *devices.borrow();
        screen::progress(&format!("Listening on {on}: {count} answered, {left} s left"));
        if let Ok(heard) = timeout(REFRESH, &mut searching).await {
            screen::progress("");
            return heard;
        }
    }
}

/// An attachment that could not be asked is told; when that is all of them, nothing was looked at.
fn complain_of(heard: &Heard, search: &Search) -> Result<(), Failure> {
    let tell = |failed: &discovery::Failed| {
        let Attachment { interface, address, .. } = &failed.attachment;
        format!("{interface} ({address}) could not be asked: {}; {}", failed.error, remedy(&failed.error))
    };
    let told: Vec<String> = heard.failed.iter().map(tell).collect();
    let asked = |own: &&Attachment| heard.failed.iter().all(|failed| failed.attachment != **own);
    if search.attachments.iter().any(|own| asked(&own)) {
        told.iter().for_each(|text| screen::complain(text));
        return Ok(());
    }
    Err(Failure::said(Exit::Unavailable, told.join("\n")))
}

fn remedy(error: &std::io::Error) -> &'static str {
    use std::io::ErrorKind;
    match error.kind() {
        ErrorKind::PermissionDenied => {
            "a firewall on this computer forbids it: allow UDP to 239.255.255.250:3702 and 224.0.0.251:5353"
        }
        ErrorKind::NetworkUnreachable | ErrorKind::HostUnreachable => {
            "it has no way to the groups: see `ip route`"
        }
        ErrorKind::NetworkDown => "it is switched off or has no carrier: see `ip link`",
        ErrorKind::AddrNotAvailable => "its address has gone: look again",
        _ => "see `ip address`, or look on another with --interface",
    }
}

fn nowhere(error: WhereError) -> Failure {
    let exit = match &error {
        WhereError::NoSuch { .. } => Exit::Usage,
        WhereError::Kernel(_) | WhereError::None => Exit::Unavailable,
    };
    Failure::new(exit, error)
}

fn unwritten(error: FileError) -> Failure {
    let exit = match &error {
        FileError::Read { .. } | FileError::Write { .. } => Exit::Io,
        FileError::Closed { .. } | FileError::Spoils { .. } => Exit::Config,
    };
    Failure::new(exit, error)
}
