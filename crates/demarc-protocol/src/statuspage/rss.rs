//! RSS 2.0, <https://www.rssboard.org/rss-specification>, and the items of RSS 1.0.

use super::feed::{Entry, flat};
use super::{Format, Moment};
use crate::xml::Element;

/// Nothing when the document is no RSS.
pub(super) fn entries(root: &Element, now_ms: i64) -> Option<(Format, Moment, Vec<Entry>)> {
    let (channel, items) = match root.name.as_str() {
        "rss" => (root.child("channel")?, root.child("channel")?),
        "RDF" => (root.child("channel")?, root),
        _ => return None,
    };
    let moment = |element: &Element, names: &[&str]| {
        let told = names.iter().filter_map(|name| element.child(name));
        told.map(|told| Moment::read(&told.text, now_ms)).find(|m| *m != Moment::Untold)
    };
    let items = items.children.iter().filter(|child| child.name == "item");
    let entries = items.map(|item| {
        let published = moment(item, &["pubDate", "date"]).unwrap_or(Moment::Untold);
        Entry {
            id: item.child("guid").map(flat).unwrap_or_default(),
            title: item.child("title").map(flat).unwrap_or_default(),
            body: item.child("description").or_else(|| item.child("encoded")).map(flat).unwrap_or_default(),
            published,
            updated: published,
        }
    });
    let built = moment(channel, &["lastBuildDate", "pubDate", "date"]).unwrap_or(Moment::Untold);
    Some((Format::Rss, built, entries.collect()))
}
