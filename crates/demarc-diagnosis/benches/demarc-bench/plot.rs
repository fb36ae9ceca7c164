//! The figures as drawings (SVG): how the share of right verdicts grows, how long it takes, and
//! whether a verdict is as sure as it says.

use crate::campaign::Curve;
use crate::score::{MOMENTS, Scored, bins};
use std::fmt::Write as _;

const WIDTH: f64 = 640.0;
const HEIGHT: f64 = 360.0;
const LEFT: f64 = 52.0;
const RIGHT: f64 = 168.0;
const TOP: f64 = 40.0;
const BOTTOM: f64 = 44.0;
const COLOURS: [&str; 8] =
    ["#0b6e4f", "#c1666b", "#4281a4", "#d4a017", "#7a5195", "#8d99ae", "#2f4858", "#bc5090"];

/// A drawing with two axes, each from nothing to its greatest value.
struct Drawing {
    out: String,
    most: (f64, f64),
    names: usize,
}

impl Drawing {
    fn new(title: &str, (x, most_x): (&str, f64), (y, most_y): (&str, f64)) -> Self {
        let mut out = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" font-family=\"sans-serif\" font-size=\"12\">\n\
             <rect width=\"{WIDTH}\" height=\"{HEIGHT}\" fill=\"#fff\"/>\n\
             <text x=\"{LEFT}\" y=\"22\" font-size=\"15\">{title}</text>\n"
        );
        let (bottom, right) = (HEIGHT - BOTTOM, WIDTH - RIGHT);
        let this = Self { out: String::new(), most: (most_x, most_y), names: 0 };
        for step in 0..=5 {
            let share = f64::from(step) / 5.0;
            let (px, py) = this.place(share * most_x, share * most_y);
            writeln!(
                out,
                "<line x1=\"{LEFT}\" y1=\"{py:.1}\" x2=\"{right}\" y2=\"{py:.1}\" stroke=\"#e4e4e4\"/>"
            )
            .unwrap();
            writeln!(
                out,
                "<text x=\"{}\" y=\"{:.1}\" text-anchor=\"end\">{}</text>",
                LEFT - 6.0,
                py + 4.0,
                Short(share * most_y)
            )
            .unwrap();
            writeln!(
                out,
                "<text x=\"{px:.1}\" y=\"{}\" text-anchor=\"middle\">{}</text>",
                bottom + 16.0,
                Short(share * most_x)
            )
            .unwrap();
        }
        writeln!(
            out,
            "<text x=\"{}\" y=\"{}\" text-anchor=\"middle\">{x}</text>",
            f64::midpoint(LEFT, right),
            bottom + 34.0
        )
        .unwrap();
        writeln!(out, "<text x=\"{LEFT}\" y=\"{}\" fill=\"#555\">{y}</text>", TOP - 4.0).unwrap();
        Self { out, ..this }
    }

    fn place(&self, x: f64, y: f64) -> (f64, f64) {
        let (width, height) = (WIDTH - LEFT - RIGHT, HEIGHT - TOP - BOTTOM);
        (LEFT + width * (x / self.most.0).min(1.0), HEIGHT - BOTTOM - height * (y / self.most.1).min(1.0))
    }

    fn line(&mut self, name: &str, points: &[(f64, f64)], dashed: bool) {
        let colour = COLOURS[self.names % COLOURS.len()];
        let path: Vec<String> = points
            .iter()
            .map(|(x, y)| {
                let (px, py) = self.place(*x, *y);
                format!("{px:.1},{py:.1}")
            })
            .collect();
        let dash = if dashed { " stroke-dasharray=\"5 4\"" } else { "" };
        writeln!(
            self.out,
            "<polyline points=\"{}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"2\"{dash}/>",
            path.join(" ")
        )
        .unwrap();
        let (x, y) = (WIDTH - RIGHT + 12.0, TOP + 18.0 * self.names as f64 + 8.0);
        writeln!(
            self.out,
            "<line x1=\"{x}\" y1=\"{y}\" x2=\"{}\" y2=\"{y}\" stroke=\"{colour}\" stroke-width=\"2\"{dash}/>",
            x + 18.0
        )
        .unwrap();
        writeln!(self.out, "<text x=\"{}\" y=\"{}\">{name}</text>", x + 24.0, y + 4.0).unwrap();
        self.names += 1;
    }

    fn dots(&mut self, points: &[(f64, f64, f64)]) {
        for (x, y, size) in points {
            let (px, py) = self.place(*x, *y);
            writeln!(
                self.out,
                "<circle cx=\"{px:.1}\" cy=\"{py:.1}\" r=\"{size:.1}\" fill=\"{}\" fill-opacity=\"0.7\"/>",
                COLOURS[0]
            )
            .unwrap();
        }
    }

    fn end(mut self) -> String {
        self.out.push_str("</svg>\n");
        self.out
    }
}

/// A number on an axis without needless digits.
struct Short(f64);

impl std::fmt::Display for Short {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.0.fract().abs() < 1e-9 { write!(f, "{:.0}", self.0) } else { write!(f, "{:.1}", self.0) }
    }
}

/// The share of exact verdicts over the time since the onset, for all methods.
pub(crate) fn over_time(cell: &Scored) -> String {
    let title = format!("Exact verdicts over time, {}", cell.cell.name);
    let mut drawing = Drawing::new(&title, ("seconds after the onset", 65.0), ("% exact", 100.0));
    let points = |shares: &[f64]| -> Vec<(f64, f64)> {
        std::iter::once((0.0, 0.0))
            .chain(MOMENTS.iter().map(|m| *m as f64).zip(shares.iter().copied()))
            .collect()
    };
    drawing.line("Demarc", &points(&cell.demarc.over_time), false);
    for (rival, figures) in &cell.rivals {
        drawing.line(rival.name(), &points(&figures.over_time), true);
    }
    drawing.end()
}

/// How sure verdicts said they were, and how often they were right; dots are as large as there are many.
pub(crate) fn reliability(cells: &[&Scored]) -> String {
    let all: Vec<(f64, bool)> = cells.iter().flat_map(|c| c.demarc.calibration.iter().copied()).collect();
    let mut drawing =
        Drawing::new("How sure, and how often right", ("confidence said", 1.0), ("share right", 1.0));
    drawing.line("perfect", &[(0.0, 0.0), (1.0, 1.0)], true);
    let dots: Vec<(f64, f64, f64)> = bins(&all)
        .into_iter()
        .filter(|(count, ..)| *count > 0)
        .map(|(count, mean, right)| (mean, right, 2.0 + (count as f64).log10() * 2.5))
        .collect();
    drawing.dots(&dots);
    drawing.end()
}

/// The share of trials in which the first right verdict had come, over time, cell by cell.
pub(crate) fn time_to_verdict(cells: &[&Scored]) -> String {
    let mut drawing = Drawing::new(
        "Time to the first right verdict",
        ("seconds after the onset", 60.0),
        ("% of trials", 100.0),
    );
    for cell in cells.iter().take(COLOURS.len()) {
        let times = &cell.demarc.times;
        let by = |second: f64| times.partition_point(|t| *t <= second) as f64;
        let points: Vec<(f64, f64)> =
            (0..=60).map(|s| (f64::from(s), 100.0 * by(f64::from(s)) / cell.demarc.trials as f64)).collect();
        drawing.line(cell.cell.name, &points, false);
    }
    drawing.end()
}

/// The share of exact verdicts over how unlike the tables the faults are, cell by cell.
pub(crate) fn curve(curves: &[Curve]) -> String {
    let mut drawing = Drawing::new(
        "Exact after 60 s, and how unlike the tables faults are",
        ("strength of what makes them unlike (1 is usual)", 1.0),
        ("% exact", 100.0),
    );
    for (cell, points) in curves.iter().take(COLOURS.len()) {
        let points: Vec<_> = points.iter().map(|(strength, f)| (*strength, f.exact_60)).collect();
        drawing.line(cell, &points, false);
    }
    drawing.end()
}
