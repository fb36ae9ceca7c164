//! The one binary: reads arguments, runs a command, prints, and says by its exit code how it went.

mod cli;
mod command;
mod exit;
mod screen;
mod view;

use clap::Parser as _;
use cli::Cli;
use exit::Exit;
use std::io::IsTerminal as _;
use std::process::ExitCode;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::{Layer as _, SubscriberExt as _};
use tracing_subscriber::util::SubscriberInitExt as _;

fn main() -> ExitCode {
    if std::env::args_os().len() <= 1 {
        return cli::explain_yourself();
    }
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return cli::refuse(&error),
    };
    log_to_stderr(&cli);
    if rustls::crypto::ring::default_provider().install_default().is_err() {
        screen::complain("another TLS provider is installed in this program; please report this");
        return Exit::Software.into();
    }
    raise_file_limit();
    match command::run(cli) {
        Ok(exit) => exit.into(),
        Err(failure) => {
            screen::complain(&failure.text());
            failure.exit.into()
        }
    }
}

/// A thousand cameras are a few thousand sockets; the soft limit of a shell is often 1,024.
fn raise_file_limit() {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    // Where it is not permitted, the lower limit holds, as it would have anyway.
    if current != maximum {
        let _ = setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum });
    }
}

/// The service says what it does, other commands only what is wrong; `-v` shows what is done, `-vv`
/// every probe; RUST_LOG overrides all.
fn log_to_stderr(cli: &Cli) {
    let is_service = matches!(cli.command, cli::Command::Run);
    let default = match cli.verbose {
        0 if !is_service => "warn",
        0 | 1 => "info",
        _ => "demarc=debug,demarc_agent=debug,demarc_probe=debug,info",
    };
    let chosen = std::env::var("RUST_LOG").ok().filter(|text| !text.is_empty());
    let parsed = chosen.as_deref().map(str::parse::<Targets>).transpose();
    let filter = match &parsed {
        Ok(Some(chosen)) => chosen.clone(),
        Ok(None) | Err(_) => default.parse().unwrap_or_default(),
    };
    let colours =
        std::io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|v| v.is_empty());
    let lines = tracing_subscriber::fmt::layer()
        .with_writer(std::io::stderr)
        .with_ansi(colours)
        .with_target(false)
        .with_filter(filter);
    tracing_subscriber::registry().with(lines).init();
    if let Err(error) = parsed {
        tracing::warn!(
            "RUST_LOG is not understood and not heeded: {error}; write it like demarc_agent=debug,info"
        );
    }
}
