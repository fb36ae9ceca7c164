//! The effective configuration: every value that holds, and where it comes from.

use super::channel::masked_url;
use super::document::{Data, Entry};
use super::keys::site::{CONTROLS, DefaultControl};
use super::keys::{Fallback, Form, Key, Kind, quoted};
use super::read::{Document, Reader};
use super::vendor::VendorProfile;
use std::fmt::Write as _;

pub(super) fn effective(document: Document<'_>, vendor: Option<&VendorProfile>) -> String {
    let mut out = String::new();
    if let Some(vendor) = vendor {
        push(&mut out, &format!("# vendor profile: {}\n\n", vendor.file.display()));
    }
    let mut last = "";
    for section in document.sections.iter().filter(|section| !section.keys.is_empty()) {
        if last == section.path {
            continue;
        }
        last = section.path;
        let must = section.keys.iter().any(|key| matches!(key.fallback, Fallback::Required(_)));
        let readers = match section.form {
            // Without what must be set it does not hold.
            Form::One if must && !document.has(section.path) => continue,
            Form::One => vec![document.item(section.path)],
            Form::Many => document.items(section.path).collect(),
        };
        for reader in &readers {
            push(&mut out, &format!("{}\n{}\n", section.header(), lines(reader)));
        }
        if section.path == "network.control" && document.has_none(section.path) {
            push(&mut out, &default_controls());
        }
    }
    out
}

fn lines(reader: &Reader<'_>) -> String {
    let mut out = String::new();
    for (key, entry) in reader.rows() {
        if let Some(entry) = entry {
            let origin = reader.ledger().position(entry.key_at);
            push(&mut out, &format!("{} = {}  # {origin}\n", key.name, literal(key, entry)));
        } else if let Some(default) = key.default_literal() {
            push(&mut out, &format!("{} = {default}  # default\n", key.name));
        }
    }
    out
}

fn literal(key: &Key, entry: &Entry) -> String {
    match (key.kind, &entry.value.data) {
        (Kind::Secret, _) => quoted("***"),
        (Kind::Url(_), Data::Text(url)) if key.name == "url" => quoted(&masked_url(url)),
        (_, data) => data.literal(),
    }
}

fn default_controls() -> String {
    let control = |DefaultControl { id, host, address, address_ipv6 }: DefaultControl| {
        format!(
            "[[network.control]]  # default\nid = \"{id}\"\nhost = \"{host}\"\naddress = \"{address}\"\n\
             address-ipv6 = \"{address_ipv6}\"\n\n"
        )
    };
    CONTROLS.into_iter().map(control).collect()
}

fn push(out: &mut String, text: &str) {
    write!(out, "{text}").expect("a String takes every text");
}
