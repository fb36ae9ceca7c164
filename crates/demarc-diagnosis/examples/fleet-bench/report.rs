//! The results as tables and as JSON, and the floors.

use crate::outage::Outcome;
use crate::years::Tally;
use crate::{Cell, Results};
use demarc_diagnosis::fleet::Class;
use serde_json::{Value, json};
use std::fmt::Write as _;

/// Bounds of the curve: sites that were hit.
const HITS: [(usize, usize); 8] =
    [(0, 2), (3, 3), (4, 4), (5, 6), (7, 9), (10, 19), (20, 99), (100, usize::MAX)];

/// What a set of outages amounts to.
struct Summary {
    outages: usize,
    size: f64,
    spoken: f64,
    right: f64,
    wrong: f64,
    first_wrong: f64,
    tied: f64,
    first_s: [f64; 2],
    named_s: [f64; 2],
    naive_right: f64,
}

fn summary<'a>(outcomes: impl Iterator<Item = &'a Outcome>) -> Summary {
    let outcomes: Vec<&Outcome> = outcomes.collect();
    let count = outcomes.len();
    let share = |is: &dyn Fn(&Outcome) -> bool| {
        100.0 * outcomes.iter().filter(|outcome| is(outcome)).count() as f64 / count.max(1) as f64
    };
    let sorted = |of: &dyn Fn(&Outcome) -> Option<f64>| {
        let mut values: Vec<f64> = outcomes.iter().filter_map(|outcome| of(outcome)).collect();
        values.sort_by(f64::total_cmp);
        let at = |percent: usize| values.get((values.len().max(1) - 1) * percent / 100).copied();
        [at(50).unwrap_or(f64::NAN), at(95).unwrap_or(f64::NAN)]
    };
    Summary {
        outages: count,
        size: sorted(&|o| Some(o.size as f64))[0],
        spoken: share(&|o| o.spoken.is_some()),
        right: share(&|o| o.named.is_some() && o.is_alone),
        wrong: share(&|o| o.spoken.is_some() && !(o.named.is_some() && o.is_alone)),
        first_wrong: share(&|o| o.was_wrong),
        tied: share(&|o| o.is_alternative),
        first_s: sorted(&|o| o.spoken),
        named_s: sorted(&|o| o.named),
        naive_right: share(&|o| o.naive == Some(true)),
    }
}

/// Outages that can be told: enough sites for the evidence, in fact and not only in the mean.
fn is_tellable(outcome: &Outcome) -> bool {
    outcome.hit >= 10
}

fn all(results: &Results) -> impl Iterator<Item = &Outcome> {
    results.cells.iter().flat_map(|cell| &cell.outcomes)
}

pub(crate) fn text(results: &Results) -> String {
    let mut out = String::new();
    // Writing to a string cannot fail.
    _ = write_text(&mut out, results);
    out
}

fn write_text(out: &mut String, results: &Results) -> std::fmt::Result {
    let arguments = results.arguments;
    let last = arguments.seed + arguments.fleets.max(1) - 1;
    writeln!(
        out,
        "5,000 sites, seeds {} to {last}, years from {}",
        arguments.seed,
        arguments.seed + crate::YEARS_APART
    )?;
    let head =
        "share  sites  said%  right%  wrong%  ever wrong%  tied%  first p50  named p50  p95  naive right%";
    writeln!(out, "\n{:<18} {head}", "fault")?;
    for cell in results.cells.iter().filter(|cell| !cell.outcomes.is_empty()) {
        let Cell { fault, share, outcomes } = cell;
        let s = summary(outcomes.iter());
        write!(
            out,
            "{:<18} {share:>5} {:>6} {:>6.1} {:>7.1} {:>7.1} ",
            fault.name, s.size, s.spoken, s.right, s.wrong
        )?;
        write!(
            out,
            "{:>12.1} {:>6.1} {:>10.0} {:>10.0} ",
            s.first_wrong, s.tied, s.first_s[0], s.named_s[0]
        )?;
        writeln!(out, "{:>4.0} {:>13.1}", s.named_s[1], s.naive_right)?;
    }
    write_curve(out, results)?;
    write_years(out, results)
}

fn write_curve(out: &mut String, results: &Results) -> std::fmt::Result {
    writeln!(out, "\n{:<18} outages  said%  right%  wrong%  tied%", "sites hit")?;
    for (low, high) in HITS {
        let s = summary(all(results).filter(|o| (low..=high).contains(&o.hit)));
        let name = if high == usize::MAX { format!("{low} and more") } else { format!("{low} to {high}") };
        writeln!(
            out,
            "{name:<18} {:>7} {:>6.1} {:>7.1} {:>7.1} {:>6.1}",
            s.outages, s.spoken, s.right, s.wrong, s.tied
        )?;
    }
    let s = summary(all(results).filter(|o| is_tellable(o)));
    writeln!(out, "right where 10 or more sites were hit: {:.2} % of {}", s.right, s.outages)
}

fn write_years(out: &mut String, results: &Results) -> std::fmt::Result {
    writeln!(
        out,
        "\nbackground    fleet-years    events  false/year  while learning  right  part  storms named  works named  naive false/year"
    )?;
    for (name, tally) in [("independent", &results.independent), ("correlated", &results.correlated)] {
        write!(
            out,
            "{name:<13} {:>11} {:>9} {:>11.3} ",
            tally.years,
            tally.events,
            rate(tally.false_groups, tally)
        )?;
        write!(out, "{:>15} {:>6} {:>5} ", tally.false_while_learning, tally.right, tally.part)?;
        write!(
            out,
            "{:>5} of {:<5} {:>5} of {:<5}",
            tally.storms.0, tally.storms.1, tally.works.0, tally.works.1
        )?;
        writeln!(out, "{:>13.2}", rate(tally.naive_false, tally))?;
    }
    for line in results.independent.wrong.iter().chain(&results.correlated.wrong) {
        writeln!(out, "  false: {line}")?;
    }
    let speed = &results.speed;
    writeln!(
        out,
        "\n{:.2} us per event ({} events), {:.2} us with windows moved and assessed",
        speed.us_per_event, speed.events, speed.us_per_event_assessed
    )?;
    writeln!(
        out,
        "{:.0} ns per heartbeat, {:.2} us per quiet second",
        speed.ns_per_heartbeat, speed.us_per_quiet_second
    )?;
    write!(
        out,
        "{:.1} MiB for 5,000 sites and 2,048 groups, {:.1} MiB more after a year",
        speed.mib, speed.mib_growth
    )
}

fn rate(count: u32, tally: &Tally) -> f64 {
    f64::from(count) / tally.years.max(1e-9)
}

pub(crate) fn json(results: &Results) -> String {
    let cell = |cell: &Cell| {
        let mut out = object(&summary(cell.outcomes.iter()));
        out["fault"] = json!(cell.fault.name);
        out["share"] = json!(cell.share);
        out
    };
    let curve = HITS.map(|(low, high)| {
        let mut out = object(&summary(all(results).filter(|o| (low..=high).contains(&o.hit))));
        out["hit_from"] = json!(low);
        out
    });
    let years = |tally: &Tally| {
        json!({
            "fleet_years": tally.years, "events": tally.events,
            "false_per_year": rate(tally.false_groups, tally), "false_while_learning": tally.false_while_learning,
            "right": tally.right, "part": tally.part,
            "storms": tally.storms.1, "storms_named": tally.storms.0,
            "works": tally.works.1, "works_named": tally.works.0,
            "naive_false_per_year": rate(tally.naive_false, tally),
        })
    };
    let speed = &results.speed;
    json!({
        "seed": results.arguments.seed, "fleets": results.arguments.fleets, "trials": results.arguments.trials,
        "cells": results.cells.iter().map(cell).collect::<Vec<_>>(),
        "curve": curve,
        "tellable": object(&summary(all(results).filter(|o| is_tellable(o)))),
        "independent": years(&results.independent), "correlated": years(&results.correlated),
        "us_per_event": speed.us_per_event, "us_per_event_assessed": speed.us_per_event_assessed,
        "ns_per_heartbeat": speed.ns_per_heartbeat, "us_per_quiet_second": speed.us_per_quiet_second,
        "mib": speed.mib, "mib_growth": speed.mib_growth,
    })
    .to_string()
}

fn object(s: &Summary) -> Value {
    json!({
        "outages": s.outages, "sites": s.size, "said": s.spoken, "right": s.right, "wrong": s.wrong,
        "ever_wrong": s.first_wrong, "tied": s.tied, "first_p50_s": s.first_s[0],
        "named_p50_s": s.named_s[0], "named_p95_s": s.named_s[1], "naive_right": s.naive_right,
    })
}

/// The floors that are missed.
pub(crate) fn missed(results: &Results) -> Vec<String> {
    let mut out = Vec::new();
    let tellable = summary(all(results).filter(|o| is_tellable(o)));
    if tellable.outages > 0 && tellable.right < 99.0 {
        out.push(format!(
            "the right group in {:.2} % where 10 or more sites were hit, not 99 %",
            tellable.right
        ));
    }
    let vendor = results.cells.iter().filter(|cell| cell.fault.class == Class::Vendor);
    let vendor = summary(vendor.flat_map(|cell| &cell.outcomes).filter(|o| is_tellable(o)));
    if vendor.named_s[0] > 10.0 {
        out.push(format!("vendor faults named after {:.0} s in the median, not 10 s", vendor.named_s[0]));
    }
    // A short run cannot tell 0.2 from 0.5 a year: one finding is chance, two are not.
    let allowed = (0.2 * results.independent.years).max(1.0);
    if f64::from(results.independent.false_groups) > allowed {
        out.push(format!(
            "{} false groups in {} years",
            results.independent.false_groups, results.independent.years
        ));
    }
    if results.speed.us_per_event > 50.0 {
        out.push(format!("{:.1} us per event, not 50", results.speed.us_per_event));
    }
    out
}
