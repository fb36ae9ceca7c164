//! The time line: the story's clock, the real one, and what happens.

use crate::{screen, view};
use demarc_agent::snapshot::Snapshot;
use demarc_alert::wording;
use demarc_model::fault::Domain;
use demarc_model::incident::{Incident, Step as Life, Transition};
use demarc_model::site::Language;
use demarc_model::verdict::{Overview, PageRelation, Standing};
use demarc_sim::{Script, SimulatedSite, Step};
use owo_colors::{OwoColorize as _, Style};
use std::io;
use std::path::Path;
use tokio::time::Instant;

/// `20 Feb 18:00   1:12  ` stands before every entry.
const MARGIN: usize = 21;
const PLAIN: Style = Style::new();

pub(super) struct Narrator<'a> {
    script: &'a Script,
    start: Instant,
    /// The last transition that was told.
    told: u64,
    well_told: bool,
    relation: Option<PageRelation>,
}

impl<'a> Narrator<'a> {
    pub(super) fn new(script: &'a Script) -> Self {
        Self { script, start: Instant::now(), told: 0, well_told: false, relation: None }
    }

    pub(super) fn start(&self) -> Instant {
        self.start
    }

    pub(super) fn greet(&mut self, site: &SimulatedSite) -> io::Result<()> {
        let cameras = site.counts().len();
        let text = format!(
            "{}\n\nA branch with {cameras} cameras, its router, its line and the vendor's cloud are simulated on this computer; nothing leaves it. The agent is the real one: what it says below comes from its probes. About {} seconds. Ctrl-C ends it.",
            self.script.title,
            self.script.length().as_secs()
        );
        for paragraph in text.split('\n') {
            for line in screen::wrap(paragraph, screen::width()) {
                screen::line(&line)?;
            }
        }
        screen::line(&format!("\n{:<14}{}", "story".dimmed(), " real".dimmed()))?;
        self.start = Instant::now();
        Ok(())
    }

    /// What the script does to the world, in the script's words.
    pub(super) fn happen(&mut self, step: &Step) -> io::Result<()> {
        match &step.say {
            Some(text) => self.entry(&format!("~ {text}"), Style::new().cyan()),
            None => Ok(()),
        }
    }

    /// What the agent has found since the last look.
    pub(super) fn follow(&mut self, snapshot: &Snapshot) -> io::Result<()> {
        if !self.well_told && snapshot.swept && snapshot.incidents.is_empty() && snapshot.rounds > 6 {
            self.well_told = true;
            self.entry(&format!("All well: {}.", works(&snapshot.overview)), Style::new().green())?;
        }
        let news = snapshot.recent.iter().filter(|(number, _)| *number > self.told);
        for (number, transition) in news.collect::<Vec<_>>() {
            self.told = *number;
            self.transition(transition, snapshot)?;
        }
        self.page(snapshot)
    }

    fn transition(&mut self, transition: &Transition, snapshot: &Snapshot) -> io::Result<()> {
        let incident = &transition.incident;
        let domain = incident.verdict.finding.domain();
        let title = wording::title(&incident.verdict.finding, &snapshot.site);
        match transition.step {
            Life::Opened => {
                self.entry(
                    &format!("VERDICT {} {}", incident.id, whose(incident, snapshot.site.language)),
                    Style::new().bold(),
                )?;
                let report = wording::report(incident, &snapshot.site, transition.at);
                screen::print(&view::report(&report, domain, 4))
            }
            Life::Changed => self.entry(&format!("{} is now: {title}", incident.id), Style::new().yellow()),
            Life::Closed => {
                let lasted = transition.at.since(incident.verdict.since);
                let lasted = wording::moment::length(lasted, snapshot.site.language);
                self.entry(
                    &format!("{} is over after {lasted} (real time): {title}", incident.id),
                    Style::new().green(),
                )
            }
        }
    }

    /// The status page, when its relation to what was found changes.
    fn page(&mut self, snapshot: &Snapshot) -> io::Result<()> {
        let Some(page) = &snapshot.overview.page else { return Ok(()) };
        if self.relation == Some(page.relation) {
            return Ok(());
        }
        let before = self.relation.replace(page.relation);
        let text = match page.relation {
            PageRelation::Agrees if before.is_none() => return Ok(()),
            PageRelation::Agrees if snapshot.incidents.is_empty() => "agrees: nothing is wrong".to_owned(),
            PageRelation::Agrees if blames_vendor(snapshot) => format!("admits it: \"{}\"", page.headline),
            PageRelation::Agrees => format!("says \"{}\"", page.headline),
            PageRelation::Stale => format!("still says \"{}\": it disagrees with the probes", page.headline),
            PageRelation::Lying => format!("says \"{}\": it disagrees with the probes", page.headline),
            PageRelation::Premature => {
                format!("says again \"{}\": it is ahead of the probes", page.headline)
            }
            PageRelation::CriesWolf => {
                format!("says \"{}\", and the probes see nothing wrong", page.headline)
            }
            PageRelation::SaysNothing => "has no word for these services".to_owned(),
            PageRelation::Silent => "cannot be read".to_owned(),
        };
        self.entry(&format!("The vendor's status page {text}."), Style::new().magenta())
    }

    /// One entry of the time line.
    fn entry(&self, text: &str, style: Style) -> io::Result<()> {
        let elapsed = self.start.elapsed();
        let story = self.script.story_time(elapsed).map(|t| t.strftime("%e %b %H:%M").to_string());
        let real = format!("{}:{:02}", elapsed.as_secs() / 60, elapsed.as_secs() % 60);
        let margin = format!("{:<13} {real:>5}  ", story.unwrap_or_default());
        let mut out = String::new();
        for (at, line) in screen::wrap(text, screen::width().saturating_sub(MARGIN)).iter().enumerate() {
            let before = if at == 0 { margin.clone() } else { " ".repeat(MARGIN) };
            out.push_str(&format!("{}{}\n", before.style(PLAIN.dimmed()), line.style(style)));
        }
        screen::print(&out)
    }

    pub(super) fn take_leave(&self, snapshot: &Snapshot, folder: &Path, finished: bool) -> io::Result<()> {
        let heading = if finished {
            "What the agent will remember"
        } else {
            "Stopped early. What the agent will remember"
        };
        screen::line(&format!("\n{}", heading.bold()))?;
        let mut incidents: Vec<&Incident> = Vec::new();
        for (_, transition) in snapshot.recent.iter().rev() {
            if incidents.iter().all(|known| known.id != transition.incident.id) {
                incidents.push(&transition.incident);
            }
        }
        for incident in incidents.iter().rev() {
            screen::print(&view::incident_line(incident, &snapshot.site))?;
        }
        if incidents.is_empty() {
            screen::line("  nothing: no incident was opened")?;
        }
        let at = folder.display();
        screen::print(&format!(
            "\nThe history is kept. Look into it:\n\
             \n  cd {at}\
             \n  demarc --state-dir . --config demarc.toml explain 1\
             \n  demarc --state-dir . --config demarc.toml incidents\
             \n  demarc --state-dir . --config demarc.toml history --failed\n\
             \nOther stories:      demarc demo --list-scenarios\
             \nChange the story:   demarc demo --print-scenario > my.toml\
             \n                    demarc demo --scenario my.toml\
             \nTry your own drill: demarc simulate\n"
        ))
    }
}

fn blames_vendor(snapshot: &Snapshot) -> bool {
    snapshot.incidents.iter().any(|incident| incident.verdict.finding.domain() == Domain::Vendor)
}

fn whose(incident: &Incident, language: Language) -> String {
    let took = incident.verdict.detected.since(incident.verdict.since);
    let whose = wording::whose(incident.verdict.finding.domain(), language);
    format!("after {:.1} s: {whose}", took.as_secs_f64())
}

/// `12 of 12 cameras answer, the line works, 4 of 4 vendor services answer`
fn works(overview: &Overview) -> String {
    let works = |standing: &Standing| *standing == Standing::Works;
    let cameras = overview.cameras.iter().filter(|c| works(&c.standing)).count();
    let services = overview.capabilities.iter().filter(|c| works(&c.standing)).count();
    let line =
        if overview.controls.iter().all(|(_, s)| works(s)) { "works" } else { "is not fully observed" };
    format!(
        "{cameras} of {} cameras answer, the line {line}, {services} of {} vendor services answer",
        overview.cameras.len(),
        overview.capabilities.len()
    )
}
