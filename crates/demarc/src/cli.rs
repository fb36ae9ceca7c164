//! The arguments, and the help that teaches them.

use crate::exit::Exit;
use crate::screen;
use clap::{Args, CommandFactory as _, Parser, Subcommand, ValueEnum};
use std::path::PathBuf;
use std::process::ExitCode;

const EXIT_CODES: &str = "\
Exit codes:
  0  healthy, or done     1  a local fault       2  a vendor outage     3  undetermined
  64 wrong arguments      69 service not running 74 file or disk error  78 configuration error";

const LINT: &str = "\
What it says:
  Cannot be told apart   the probes would see the same, whichever of the two it is
  Rests on one probe     while that probe is missing, nothing tells them apart
  Advice                 what the rules for a verdict need besides
  Segments               cameras that fell silent together in the history of --state-dir, where
                         that is not chance: proposed, and never used by itself
  As it is               what no setting changes; good to know when a verdict is undetermined

Run it where the agent runs: router and resolver are found out there.

  demarc config lint
  demarc config lint --strict       in a pipeline: exit code 1 when something could be better
  demarc config lint --json         everything, with the evidence in nats

Exit codes: 0 said, 1 with --strict when something could be better, 74 the history cannot be read,
78 the configuration is wrong.";

const DOCTOR: &str = "\
It looks at what measuring rests on: ping, the network link, router and resolvers, the names of
controls and of the vendor's hosts, certificate authorities, the clock, the state folder, the
service. Then it lists every kind of probe: how often it is made, what it sends to whom, and whether
it works here. No password is sent; a camera is not asked at all.

Run it as the user of the service, who may be permitted less than you:

  sudo -u demarc demarc doctor
  demarc --json doctor              the same for programs

Exit codes: 0 everything that is configured can be measured, 1 something is limited, 78 the
configuration is wrong; what can be said without it is said.";

const ACCEPT: &str = "\
A camera is known by what it showed when Demarc met it: its key in TLS, its serial number, the
realms under which its services ask for a login, and whether it took Digest. When something else
answers at its address, the verdict is `identity-changed`, and no password is sent there.

  The camera was replaced     accept the new device, and give it the account that Demarc uses
  Its certificate is new      accept it, once you know that it was you who renewed it
  Nobody did anything         do not accept: find out what answers there, and who put it there

What was seen last at that address is what is accepted, and nothing else. While the service runs,
it is asked again at once, and the incident closes by itself; otherwise this holds from its start.

  demarc accept entrance
  demarc --json accept entrance     who it was and who it is, for programs

Exit codes: 0 accepted, 64 no such camera or nothing to accept, 69 the service does not answer or
this user may not tell it, 74 the history cannot be written, 78 the configuration is wrong.";

const DISCOVER: &str = "\
What is sent: to the groups 239.255.255.250 (WS-Discovery, port 3702) and 224.0.0.251 (multicast DNS,
port 5353), eight packets of less than a kilobyte on each interface, which no router forwards. Nothing
else: no device is spoken to by itself, none is logged in to, and nothing is scanned.

What is believed: a camera is where its answer came from, whatever it says; and only in the networks
of the interface, or in those given with --network.

  demarc discover                        look on every interface, or on the configured one
  demarc discover --interface eth1       look there
  demarc discover --network 10.20.0.0/16 take cameras from this network, and from no other
  demarc discover --write                and add what is new to demarc.d/cameras.toml
  demarc --json discover                 everything that was heard, for programs

A camera that was told not to be discovered stays silent: it has to be written down by hand.

Exit codes: 0 looked (also when there was nothing to find), 64 wrong arguments or no such interface,
69 nothing could be asked, or so many answered that nothing is written, 74 the file cannot be written,
78 the configuration cannot be read.";

const SNAPSHOTS: &str = "\
Pictures are kept only where the configuration gives them room:

  [store]
  snapshot-megabytes = 50

Then the last good picture of a camera is kept when it turns bad, the two that stand still or show
nothing, and the first good one after them. Whoever can read the state folder can see them.

  demarc snapshots                            what is kept, of all cameras
  demarc snapshots entrance --since 2d        of one, of the last two days
  demarc snapshots entrance --write /tmp/out  and write it there, for this user alone
  demarc --json snapshots                     the list for programs

Exit codes: 0 listed or written, 64 wrong arguments, 74 the history cannot be read or a file cannot be
written.";

/// Is it us or is it them? Demarc watches the cameras of a branch, the line and the camera vendor's
/// cloud, and says within seconds, with evidence, whether a loss of remote access is local or the
/// vendor's.
#[derive(Debug, Parser)]
#[command(name = "demarc", version, after_help = EXIT_CODES, max_term_width = 100)]
pub(crate) struct Cli {
    /// The configuration file.
    #[arg(
        long,
        global = true,
        env = "DEMARC_CONFIG",
        default_value = "/etc/demarc/demarc.toml",
        value_name = "FILE"
    )]
    pub(crate) config: PathBuf,
    /// The folder for everything that is written: history, outbox, status socket.
    #[arg(long, global = true, env = "DEMARC_STATE_DIR", value_name = "FOLDER")]
    pub(crate) state_dir: Option<PathBuf>,
    /// Print JSON for programs instead of text for people.
    #[arg(long, global = true)]
    pub(crate) json: bool,
    /// Say on standard error what is being done; twice for every probe.
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    pub(crate) verbose: u8,
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// See the whole product work on a simulated branch: the vendor outage of February 2022 in two minutes.
    Demo(Demo),
    /// Find the cameras on this network, and write them down if told to.
    ///
    /// Cameras are asked to say who they are, on every link at once, and a table shows who answered, how it
    /// was found, and whether the configuration has it.
    #[command(after_long_help = DISCOVER)]
    Discover(Discover),
    /// Look at the site once, with what the service has learnt of its cameras, and print the verdict.
    Check(Check),
    /// Run the service: measure, judge, remember and page, until stopped.
    Run,
    /// Print what the running service knows.
    Status,
    /// Print why an incident's verdict is what it is: evidence for and against, and what was rejected.
    Explain(Explain),
    /// List incidents, newest first.
    Incidents(Incidents),
    /// List what the probes saw, newest last.
    History(History),
    /// List the pictures that are kept as evidence of cameras that stand still or show nothing.
    #[command(after_long_help = SNAPSHOTS)]
    Snapshots(Snapshots),
    /// Accept the device that answers in the place of a camera, after it was replaced.
    #[command(after_long_help = ACCEPT)]
    Accept(Accept),
    /// Test the ways in which people are told.
    #[command(subcommand)]
    Alert(Alert),
    /// Check, show or describe the configuration.
    #[command(subcommand)]
    Config(ConfigCommand),
    /// Say what can be measured on this computer with this configuration, what not, and what would help.
    #[command(after_long_help = DOCTOR)]
    Doctor,
    /// Run the simulated site alone, for drills and for trying a configuration.
    Simulate(Simulate),
}

#[derive(Debug, Args)]
pub(crate) struct Demo {
    /// Play another story: one of --list-scenarios, or a script of your own.
    #[arg(long, value_name = "NAME|FILE", default_value = demarc_sim::SHIPPED[0].name)]
    pub(crate) scenario: String,
    /// List the stories that can be played by name.
    #[arg(long)]
    pub(crate) list_scenarios: bool,
    /// Print the script that would be played, to be changed and given back with --scenario.
    #[arg(long)]
    pub(crate) print_scenario: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Discover {
    /// Look on this interface; may be given several times. The configured one, or else all.
    #[arg(long = "interface", value_name = "INTERFACE")]
    pub(crate) interfaces: Vec<String>,
    /// Take cameras from this network only; may be given several times. Else those of the interface.
    #[arg(long = "network", value_name = "CIDR", value_parser = network)]
    pub(crate) networks: Vec<ipnet::Ipv4Net>,
    /// How long to wait for answers.
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u64).range(1..=60))]
    pub(crate) seconds: u64,
    /// Add the cameras that the configuration lacks to demarc.d/cameras.toml beside it.
    #[arg(long)]
    pub(crate) write: bool,
}

/// `10.20.0.0/16`; the bits behind the prefix do not matter.
fn network(text: &str) -> Result<ipnet::Ipv4Net, String> {
    text.parse::<ipnet::Ipv4Net>()
        .map(|network| network.trunc())
        .map_err(|_| "a network is written as 10.20.0.0/16".to_owned())
}

#[derive(Debug, Args)]
pub(crate) struct Check {
    /// How to print the result.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub(crate) format: Format,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    Text,
    /// One line and the exit codes that Nagios, Icinga and Checkmk expect.
    Nagios,
}

#[derive(Debug, Args)]
pub(crate) struct Explain {
    /// The incident's number; the latest one when left out.
    #[arg(value_parser = number)]
    pub(crate) incident: Option<u64>,
}

/// `12` and `#12` are the same incident.
fn number(text: &str) -> Result<u64, String> {
    text.trim_start_matches('#')
        .parse()
        .map_err(|_| "an incident's number is written as 12 or #12".to_owned())
}

#[derive(Debug, Args)]
pub(crate) struct Incidents {
    /// Only incidents that are not over.
    #[arg(long)]
    pub(crate) open: bool,
    /// How many at most.
    #[arg(long, default_value_t = 20, value_name = "NUMBER")]
    pub(crate) most: u32,
}

#[derive(Debug, Args)]
pub(crate) struct History {
    /// A probe (camera.ready/entrance), a kind of probe (camera.ready), or a camera, control or endpoint (entrance).
    pub(crate) about: Option<String>,
    /// How far back: 30m, 12h, 7d.
    #[arg(long, default_value = "1h", value_name = "TIME")]
    pub(crate) since: String,
    /// Only what failed.
    #[arg(long)]
    pub(crate) failed: bool,
    /// How many at most.
    #[arg(long, default_value_t = 100, value_name = "NUMBER")]
    pub(crate) most: u32,
}

#[derive(Debug, Args)]
pub(crate) struct Snapshots {
    /// A camera's id in the configuration; all cameras when left out.
    pub(crate) camera: Option<String>,
    /// How far back: 30m, 12h, 7d.
    #[arg(long, default_value = "30d", value_name = "TIME")]
    pub(crate) since: String,
    /// Write the pictures into this folder, which is made if need be.
    #[arg(long, value_name = "FOLDER")]
    pub(crate) write: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct Accept {
    /// The camera's id in the configuration.
    pub(crate) camera: String,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Alert {
    /// Send a real test message over each channel, or over one.
    Test {
        /// The channel's id.
        channel: Option<String>,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum ConfigCommand {
    /// Report every problem at once, each with its place and its remedy.
    Check,
    /// Say which faults this site could not tell apart, and what to add so that it can.
    ///
    /// Nothing is measured and nothing is changed. For every two faults, and for every fault and "all is
    /// well", the tables of diagnosis say how differently the probes of this site would see them. Where
    /// that is too little for a verdict, or rests on one probe, the changes that the configuration permits
    /// are tried, and the cheapest that helps is shown with the lines to add.
    #[command(after_long_help = LINT)]
    Lint(Lint),
    /// Print the values in force, defaults included and secrets masked.
    Show,
    /// Print the JSON Schema of the configuration.
    Schema(Schema),
}

#[derive(Debug, Args)]
pub(crate) struct Schema {
    /// That of a vendor profile, vendors/*.toml.
    #[arg(long)]
    pub(crate) vendor: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Lint {
    /// End with 1 when something could be better; without it advice ends with 0.
    #[arg(long)]
    pub(crate) strict: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Simulate {
    /// How many cameras the branch has.
    #[arg(long, default_value_t = 12, value_parser = clap::value_parser!(u16).range(1..=2000))]
    pub(crate) cameras: u16,
    /// The first of the six ports that are used.
    #[arg(long, default_value_t = 21_000, value_name = "PORT")]
    pub(crate) port: u16,
    /// Where to write the configuration for `demarc check` and `demarc run`.
    #[arg(long, default_value = "demarc-simulated", value_name = "FOLDER")]
    pub(crate) write: PathBuf,
    /// Simulate only this part: a camera by its id, such as `cam-07`, or `beyond` for all that lies
    /// beyond the line. For networks of several hosts, of which each stands for its own part.
    #[arg(long, value_name = "PART")]
    pub(crate) only: Option<demarc_sim::Part>,
    /// Begin with this fault; may be given several times.
    #[arg(long = "fault", value_name = "FAULT")]
    pub(crate) faults: Vec<String>,
    /// List the faults by name, with the verdict that each should lead to.
    #[arg(long)]
    pub(crate) list_faults: bool,
}

/// What `demarc` alone prints.
pub(crate) fn explain_yourself() -> ExitCode {
    let help = Cli::command().render_long_help();
    let text = format!("{}\n\nTry it now, with no configuration:  demarc demo\n", help.ansi());
    match screen::print(&text) {
        Ok(()) => Exit::Healthy.into(),
        Err(_) => Exit::Io.into(),
    }
}

/// Help and version are answers; everything else is a usage error.
pub(crate) fn refuse(error: &clap::Error) -> ExitCode {
    if error.print().is_err() {
        return Exit::Io.into();
    }
    if error.use_stderr() { Exit::Usage.into() } else { Exit::Healthy.into() }
}
