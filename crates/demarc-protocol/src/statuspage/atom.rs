//! Atom, RFC 4287.

use super::feed::{Entry, flat};
use super::{Format, Moment};
use crate::xml::Element;

/// Nothing when the document is no Atom.
pub(super) fn entries(root: &Element, now_ms: i64) -> Option<(Format, Moment, Vec<Entry>)> {
    if root.name != "feed" {
        return None;
    }
    let moment = |element: &Element, name: &str| {
        element.child(name).map_or(Moment::Untold, |told| Moment::read(&told.text, now_ms))
    };
    let entries = root.children.iter().filter(|child| child.name == "entry").map(|entry| {
        let updated = moment(entry, "updated");
        let published = moment(entry, "published");
        Entry {
            id: entry.child("id").map(flat).unwrap_or_default(),
            title: entry.child("title").map(flat).unwrap_or_default(),
            body: entry.child("content").or_else(|| entry.child("summary")).map(flat).unwrap_or_default(),
            published: if published == Moment::Untold { updated } else { published },
            updated,
        }
    });
    Some((Format::Atom, moment(root, "updated"), entries.collect()))
}
