//! The reference page and the sample file, written from the description of the keys.

use super::keys::site::{CONTROLS, DefaultControl};
use super::keys::{Fallback, Key, Section, profile, quoted, site};

const INTRODUCTION: &str = "\
# Configuration

This page is generated from the program; `DEMARC_BLESS=1 cargo test -p demarc --test it config` writes it again.

The configuration is `/etc/demarc/demarc.toml`, or the file named with `--config`.
Two folders beside it belong to it:

- `demarc.d/*.toml` is read in the order of the names and merged: lists of tables such as `[[camera]]` grow, everything else may be set once in all files together.
- `vendors/*.toml` adds vendor profiles, or replaces shipped ones.

Names of files are relative to the folder of `demarc.toml`, also those in `demarc.d/`.
Durations are a whole number and a unit: `500ms`, `5s`, `2m`, `1h`, `30d`.
Unknown keys are errors.
`demarc config check` shows every error at once, `demarc config show` every value that holds.
";

const PROFILE_INTRODUCTION: &str = "
# Vendor profiles

A profile says which hosts provide which service of a vendor.
It is one file in `vendors/`, and has these keys.
";

/// `docs/reference/config.md`.
pub fn reference() -> String {
    let mut out = INTRODUCTION.to_owned();
    for section in site::SECTIONS.iter().filter(|section| !section.keys.is_empty()) {
        out += &section_page(section);
        if section.path == "network.control" {
            out += &control_page();
        }
    }
    out += PROFILE_INTRODUCTION;
    for section in profile::SECTIONS {
        out += &section_page(section);
    }
    out
}

fn section_page(section: &Section) -> String {
    let title = match (section.path, section.variant) {
        ("", _) => "Top of the file".to_owned(),
        (_, Some(variant)) => format!("`{}` with `type = \"{variant}\"`", section.header()),
        (_, None) => format!("`{}`", section.header()),
    };
    let rows = section.keys.iter().map(row).collect::<String>();
    format!(
        "\n## {title}\n\n{}\n\n| key | value | default | meaning |\n|---|---|---|---|\n{rows}",
        section.doc
    )
}

fn row(key: &Key) -> String {
    let default = match key.fallback {
        Fallback::Required(_) => "must be set".to_owned(),
        Fallback::Absent(_) => "not set".to_owned(),
        Fallback::Text(_) | Fallback::Texts(_) | Fallback::Number(_) | Fallback::Flag(_) => {
            format!("`{}`", key.literal())
        }
    };
    format!("| `{}` | {} | {default} | {} |\n", key.name, key.kind.phrase(), key.doc)
}

fn control_page() -> String {
    let names = CONTROLS.map(|control| format!("`{}` ({})", control.host, control.address));
    format!("\nWithout any, these stand in: {}.\n", names.join(" and "))
}

/// `config/demarc.toml`: every key, those with a default set to it.
pub fn sample() -> String {
    let mut out = String::from(
        "# A sample with every key. What is set here to its default may be left out.\n\
         # The smallest useful file has [site], one [[account]] and the [[camera]] tables.\n",
    );
    for section in site::SECTIONS.iter().filter(|section| !section.keys.is_empty()) {
        let text = match section.path {
            "network.control" => sample_controls(section),
            // A sample must not tell anybody anything.
            "channel" | "relay-check" => commented(&sample_section(section)),
            _ => sample_section(section),
        };
        out += &format!("\n# {}\n{text}", section.doc);
    }
    out
}

fn sample_section(section: &Section) -> String {
    let lines = section.keys.iter().map(|key| {
        let off = if is_absent(key) { "# " } else { "" };
        format!("\n# {}\n{off}{} = {}\n", key.doc, key.name, key.literal())
    });
    format!("{}\n{}", section.header(), lines.collect::<String>())
}

/// The first of the default controls with explanations, the others bare.
fn sample_controls(section: &Section) -> String {
    let [first, others @ ..] = CONTROLS;
    let explained = section.keys.iter().map(|key| format!("\n# {}\n{}", key.doc, control_line(key, first)));
    let explained = format!("{}\n{}", section.header(), explained.collect::<String>());
    others.into_iter().fold(explained, |out, control| {
        let set = section.keys.iter().filter(|key| of_control(key, control).is_some() || !is_absent(key));
        let lines = set.map(|key| control_line(key, control));
        format!("{out}\n{}\n{}", section.header(), lines.collect::<String>())
    })
}

fn control_line(key: &Key, control: DefaultControl) -> String {
    match of_control(key, control) {
        Some(text) => format!("{} = {}\n", key.name, quoted(text)),
        None => format!("{}{} = {}\n", if is_absent(key) { "# " } else { "" }, key.name, key.literal()),
    }
}

fn of_control(key: &Key, control: DefaultControl) -> Option<&'static str> {
    match key.name {
        "id" => Some(control.id),
        "host" => Some(control.host),
        "address" => Some(control.address),
        "address-ipv6" => Some(control.address_ipv6),
        _ => None,
    }
}

const fn is_absent(key: &Key) -> bool {
    matches!(key.fallback, Fallback::Absent(_))
}

fn commented(text: &str) -> String {
    let lines = text.lines().map(|line| match line {
        "" => "#\n".to_owned(),
        _ if line.starts_with('#') => format!("{line}\n"),
        _ => format!("# {line}\n"),
    });
    lines.collect()
}
