//! The figures as a table for people and as JSON for programs, and the floors that CI holds.

use crate::campaign::{Curve, STRENGTHS};
use crate::healthy::Healthy;
use crate::rival::Rival;
use crate::score::{Figures, Scored};
use std::fmt::Write as _;

/// A Markdown table, one row for each method in each cell.
pub(crate) fn table(scored: &[Scored]) -> String {
    let mut out = String::from(
        "| cell | method | exact 30 s | exact 60 s | false blame | partly | undetermined | silent | first right p50 / p95 | all right p50 / p95 | onset ± | calibration |\n\
         |---|---|---|---|---|---|---|---|---|---|---|---|\n",
    );
    for cell in scored {
        row(&mut out, cell.cell.name, "**Demarc**", &cell.demarc);
        for (rival, figures) in &cell.rivals {
            row(&mut out, "", rival.name(), figures);
        }
    }
    out
}

fn row(out: &mut String, cell: &str, method: &str, f: &Figures) {
    let seconds = |a: f64, b: f64| if a.is_nan() { "–".to_owned() } else { format!("{a:.1} / {b:.1} s") };
    let onset =
        if f.onset_error_p50.is_nan() { "–".to_owned() } else { format!("{:.1} s", f.onset_error_p50) };
    let calibration =
        if f.calibration.is_empty() { "–".to_owned() } else { format!("{:.4}", f.calibration_error) };
    writeln!(
        out,
        "| {cell} | {method} | {:.2} | {:.2} | {:.2} | {:.2} | {:.2} | {:.2} | {} | {} | {onset} | {calibration} |",
        f.exact_30,
        f.exact_60,
        f.false_blame,
        f.partly_right,
        f.undetermined,
        f.silent,
        seconds(f.first_right_p50, f.first_right_p95),
        seconds(f.exact_p50, f.exact_p95),
    )
    .unwrap();
}

/// What a round costs, in microseconds of processor time.
pub(crate) fn cost(scored: &[Scored]) -> String {
    let mut out =
        String::from("| cell | quiet round p50 / p99 | round on suspicion p50 / p99 |\n|---|---|---|\n");
    for cell in scored {
        let us = |(p50, p99): (f64, f64)| format!("{:.1} / {:.0} µs", p50 / 1e3, p99 / 1e3);
        writeln!(out, "| {} | {} | {} |", cell.cell.name, us(cell.quiet_ns), us(cell.weighed_ns)).unwrap();
    }
    out
}

/// For one cell, every kind of trouble: trials, share exact after a minute, median time.
pub(crate) fn kinds(figures: &Figures) -> String {
    let mut out =
        String::from("| trouble | trials | exact 60 s | right after (median) |\n|---|---|---|---|\n");
    for (kind, trials, exact, p50) in &figures.kinds {
        writeln!(out, "| {kind} | {trials} | {exact:.1} % | {p50:.1} s |").unwrap();
    }
    out
}

pub(crate) fn healthy(h: &Healthy) -> String {
    format!(
        "healthy branches, {:.0} % loss with bursts: {} false incidents in {:.1} site-years: {:.3} a site-year \
         (at most {:.3} with 95 % confidence); {} times undetermined; a monitor with three failures in a row: \
         {:.0} alarms a site-year; probes hurried in {:.1} % of rounds {:?}",
        100.0 * h.loss,
        h.false_incidents,
        h.site_years,
        h.per_site_year(),
        h.at_most(),
        h.undetermined,
        h.monitor_alarms as f64 / h.site_years,
        100.0 * h.hurried,
        h.findings
    )
}

/// For each cell, exact after a minute and false blame at each strength.
pub(crate) fn curve(curves: &[Curve]) -> String {
    let heads: String = STRENGTHS.iter().map(|strength| format!(" {strength} |")).collect();
    let mut out = format!("| cell |{heads}\n|---|{}\n", "---|".repeat(STRENGTHS.len()));
    for (cell, points) in curves {
        let shares: String =
            points.iter().map(|(_, f)| format!(" {:.2} / {:.2} |", f.exact_60, f.false_blame)).collect();
        writeln!(out, "| {cell} |{shares}").unwrap();
    }
    out
}

pub(crate) fn json(seed: u64, scored: &[Scored], healthy: Option<&Healthy>) -> serde_json::Value {
    let cell = |s: &Scored| {
        let rivals: serde_json::Map<String, serde_json::Value> =
            s.rivals.iter().map(|(rival, f)| (rival.name().to_owned(), serde_json::json!(f))).collect();
        serde_json::json!({
            "cell": s.cell.name,
            "demarc": s.demarc,
            "rivals": rivals,
            "quiet-round-ns": { "p50": s.quiet_ns.0, "p99": s.quiet_ns.1 },
            "round-on-suspicion-ns": { "p50": s.weighed_ns.0, "p99": s.weighed_ns.1 },
        })
    };
    serde_json::json!({
        "seed": seed,
        "cells": scored.iter().map(cell).collect::<Vec<_>>(),
        "healthy": healthy,
    })
}

/// What CI holds: name of the cell, least exact after a minute, most false blame, longest median.
/// A little below what was measured, with room for the few trials of a short run.
pub(crate) const FLOORS: [(&str, f64, f64, f64); 7] = [
    ("single-2", 98.5, 1.5, 11.0),
    ("single-5", 98.0, 2.0, 11.5),
    ("double-1", 97.0, 3.0, 11.0),
    ("triple-2", 91.0, 9.0, 10.0),
    ("partial-2", 90.0, 5.0, 18.0),
    ("flapping-2", 93.0, 3.0, 12.0),
    ("harmless-2", 99.0, 1.0, f64::INFINITY),
];

/// The floors that were broken, in words; a rival that does better than Demarc is one.
pub(crate) fn broken(scored: &[Scored]) -> Vec<String> {
    let mut out = Vec::new();
    for (name, exact, blame, median) in FLOORS {
        let Some(cell) = scored.iter().find(|s| s.cell.name == name) else { continue };
        let f = &cell.demarc;
        if f.exact_60 < exact {
            out.push(format!(
                "{name}: exact after a minute in {:.2} %, at least {exact} % are held",
                f.exact_60
            ));
        }
        if f.false_blame > blame {
            out.push(format!(
                "{name}: somebody innocent blamed in {:.2} %, at most {blame} % are held",
                f.false_blame
            ));
        }
        if f.first_right_p50 > median {
            out.push(format!("{name}: right after {:.1} s, at most {median} s are held", f.first_right_p50));
        }
        let better = |(rival, r): &&(Rival, Figures)| *rival != Rival::PerMonitor && r.exact_60 > f.exact_60;
        if let Some((rival, r)) = cell.rivals.iter().find(better) {
            out.push(format!(
                "{name}: {} is exact in {:.2} %, Demarc in {:.2} %",
                rival.name(),
                r.exact_60,
                f.exact_60
            ));
        }
    }
    out
}
