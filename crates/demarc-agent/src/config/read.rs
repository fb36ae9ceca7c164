//! Reads one section: every value is checked against the description of its key, and everything
//! wrong is reported before anything is given up.

use super::document::{Data, Entry, Table, Value};
use super::keys::{Fallback, Form, Key, Kind, Section, nearest};
use super::problem::{Ledger, Place};
use super::{duration, keys};
use std::net::IpAddr;
use std::time::Duration;

/// The tree and its description, with the place to report to.
#[derive(Clone, Copy)]
pub(crate) struct Document<'a> {
    pub ledger: &'a Ledger,
    pub root: &'a Table,
    /// Where to point when a whole section is missing.
    pub start: Place,
    pub sections: &'static [Section],
}

/// One section as it stands in the files, perhaps not at all.
#[derive(Clone, Copy)]
pub(crate) struct Reader<'a> {
    document: Document<'a>,
    section: &'static Section,
    table: Option<&'a Table>,
    /// The header.
    pub at: Place,
}

impl<'a> Document<'a> {
    /// The only section of this path, which must be there.
    pub(crate) fn required(self, path: &str) -> Reader<'a> {
        if self.entry(path).is_none() {
            let section = self.section(path, None);
            let keys = section.keys.iter().filter(|key| matches!(key.fallback, Fallback::Required(_)));
            let lines = keys.map(|key| format!("{} = {}", key.name, key.literal())).collect::<Vec<_>>();
            self.ledger.report_file(
                self.ledger.path(self.start.file),
                format!("{} is missing", section.header()),
                format!("add it: {}, and below it {}", section.header(), lines.join(" and ")),
            );
        }
        self.one(path)
    }

    /// Whether there is no section of this path at all, not even one in the wrong form.
    pub(crate) fn has_none(self, path: &str) -> bool {
        match self.entry(path).map(|entry| &entry.value.data) {
            None => true,
            Some(Data::List(items)) => items.is_empty(),
            Some(_) => false,
        }
    }

    pub(crate) fn has(self, path: &str) -> bool {
        self.entry(path).is_some()
    }

    /// The only section of this path, perhaps absent.
    pub(crate) fn one(self, path: &str) -> Reader<'a> {
        if let Some(entry) = self.entry(path).filter(|entry| !matches!(entry.value.data, Data::Table(_))) {
            self.wrong_form(self.section(path, None), entry);
        }
        let reader = self.item(path);
        reader.report_unknown();
        reader
    }

    /// As [`Self::one`], without a report of what is wrong.
    pub(crate) fn item(self, path: &str) -> Reader<'a> {
        let entry = self.entry(path);
        let table = match entry.map(|entry| &entry.value.data) {
            None => path.is_empty().then_some(self.root),
            Some(Data::Table(table)) => Some(table),
            Some(_) => None,
        };
        let at = entry.map_or(self.start, |entry| entry.key_at);
        Reader { document: self, section: self.section(path, None), table, at }
    }

    /// All sections of this path, each with the keys of its `type` where there are several.
    pub(crate) fn many(self, path: &str) -> Vec<Reader<'a>> {
        if let Some(entry) = self.entry(path).filter(|entry| !matches!(entry.value.data, Data::List(_))) {
            self.wrong_form(self.section(path, None), entry);
        }
        for item in self.list(path).iter().filter(|item| !matches!(item.data, Data::Table(_))) {
            let header = self.section(path, None).header();
            self.ledger.report(
                item.at,
                format!("this is {}, not a table", item.data.phrase()),
                format!("write {header} and its keys on the lines below"),
            );
        }
        let readers = self.items(path).collect::<Vec<_>>();
        readers.iter().for_each(Reader::report_unknown);
        readers
    }

    /// As [`Self::many`], without a report of what is wrong.
    pub(crate) fn items(self, path: &str) -> impl Iterator<Item = Reader<'a>> {
        self.list(path).iter().filter_map(move |item| {
            let Data::Table(table) = &item.data else { return None };
            let variant = match table.get("type").map(|entry| &entry.value.data) {
                Some(Data::Text(text)) => Some(text.as_str()),
                _ => None,
            };
            Some(Reader {
                document: self,
                section: self.section(path, variant),
                table: Some(table),
                at: item.at,
            })
        })
    }

    fn list(self, path: &str) -> &'a [Value] {
        match self.entry(path).map(|entry| &entry.value.data) {
            Some(Data::List(items)) => items,
            _ => &[],
        }
    }

    /// The description; the first of the path when the variant is unknown, which its `type` key then reports.
    fn section(self, path: &str, variant: Option<&str>) -> &'static Section {
        let mut all = self.sections.iter().filter(|section| section.path == path);
        let first = all.clone().next();
        all.find(|section| section.variant == variant)
            .or(first)
            .expect("sections that are read are described")
    }

    fn entry(self, path: &str) -> Option<&'a Entry> {
        let (parent, name) = path.rsplit_once('.').unwrap_or(("", path));
        if parent.is_empty() {
            return self.root.get(name);
        }
        match &self.entry(parent)?.value.data {
            Data::Table(table) => table.get(name),
            _ => None,
        }
    }

    fn wrong_form(self, section: &Section, entry: &Entry) {
        let times = match section.form {
            Form::One => "stands once",
            Form::Many => "may stand several times",
        };
        self.ledger.report(
            entry.key_at,
            format!("`{}` {times} and is written {}", section.path, section.header()),
            format!("write {} and its keys on the lines below", section.header()),
        );
    }
}

impl<'a> Reader<'a> {
    pub(crate) const fn ledger(&self) -> &'a Ledger {
        self.document.ledger
    }

    /// Where the value stands, or the header when it is not set.
    pub(crate) fn place(&self, name: &str) -> Place {
        self.entry(name).map_or(self.at, |entry| entry.value.at)
    }

    /// Where the key stands; for values that are not to be pointed at.
    pub(crate) fn key_place(&self, name: &str) -> Place {
        self.entry(name).map_or(self.at, |entry| entry.key_at)
    }

    /// The text of a key as it stands, right or wrong.
    pub(crate) fn peek(&self, name: &str) -> Option<&'a str> {
        match &self.entry(name)?.value.data {
            Data::Text(text) => Some(text),
            _ => None,
        }
    }

    /// Every key that the section may hold, with what the files say.
    pub(crate) fn rows(&self) -> impl Iterator<Item = (&'static Key, Option<&'a Entry>)> {
        self.section.keys.iter().map(|key| (key, self.entry(key.name)))
    }

    pub(crate) fn is_set(&self, name: &str) -> bool {
        self.entry(name).is_some()
    }

    /// Reports something wrong with the value of a key.
    pub(crate) fn report(&self, name: &str, what: String, remedy: String) {
        self.ledger().report(self.place(name), what, remedy);
    }

    /// The value in the files; reports a required one that is missing.
    pub(crate) fn value(&self, name: &str) -> Option<&'a Value> {
        let entry = self.entry(name);
        let is_required = matches!(self.key(name).fallback, Fallback::Required(_));
        if entry.is_none() && is_required && self.table.is_some() {
            self.report_missing(name);
        }
        entry.map(|entry| &entry.value)
    }

    /// A text that `parse` understands; its default otherwise.
    pub(crate) fn parsed<T>(&self, name: &str, parse: impl Fn(&str) -> Option<T>) -> Option<T> {
        let Some(value) = self.value(name) else {
            return match self.key(name).fallback {
                Fallback::Text(text) => parse(text),
                _ => None,
            };
        };
        let Data::Text(text) = &value.data else {
            self.report_kind(name, value);
            return None;
        };
        let read = parse(text);
        if read.is_none() {
            self.report_value(name, text);
        }
        read
    }

    /// A text that is not empty.
    pub(crate) fn text(&self, name: &str) -> Option<String> {
        self.parsed(name, |text| (!text.trim().is_empty()).then(|| text.to_owned()))
    }

    pub(crate) fn address(&self, name: &str) -> Option<IpAddr> {
        self.parsed(name, |text| text.parse().ok())
    }

    /// One of the words that the key knows, as what `choices` makes of it.
    pub(crate) fn choice<T: Copy>(&self, name: &str, choices: &[(&str, T)]) -> Option<T> {
        self.parsed(name, |text| choices.iter().find(|(word, _)| *word == text).map(|(_, choice)| *choice))
    }

    pub(crate) fn duration(&self, name: &str) -> Option<Duration> {
        let Kind::Duration { least_ms, most_ms } = self.key(name).kind else { return None };
        let range = Duration::from_millis(least_ms)..=Duration::from_millis(most_ms);
        self.parsed(name, |text| duration::parse(text).filter(|read| range.contains(read)))
    }

    pub(crate) fn port(&self, name: &str) -> Option<u16> {
        self.integer(name, 1, u32::from(u16::MAX)).and_then(|port| u16::try_from(port).ok())
    }

    pub(crate) fn number(&self, name: &str) -> Option<u32> {
        let Kind::Integer { least, most } = self.key(name).kind else { return None };
        self.integer(name, least, most)
    }

    fn integer(&self, name: &str, least: u32, most: u32) -> Option<u32> {
        let Some(value) = self.value(name) else {
            return match self.key(name).fallback {
                Fallback::Number(number) => Some(number),
                _ => None,
            };
        };
        let Data::Integer(integer) = value.data else {
            self.report_kind(name, value);
            return None;
        };
        let read = u32::try_from(integer).ok().filter(|number| (least..=most).contains(number));
        if read.is_none() {
            self.report_value(name, &integer.to_string());
        }
        read
    }

    /// `None` stands for `"auto"`.
    pub(crate) fn flag(&self, name: &str) -> Option<bool> {
        let Some(value) = self.value(name) else {
            return match self.key(name).fallback {
                Fallback::Flag(flag) => Some(flag),
                _ => None,
            };
        };
        match (&value.data, self.key(name).kind) {
            (Data::Flag(flag), _) => return Some(*flag),
            (Data::Text(text), Kind::AutoFlag) if text == "auto" => {}
            (Data::Text(text), Kind::AutoFlag) => self.report_value(name, text),
            (_, _) => self.report_kind(name, value),
        }
        None
    }

    /// A list of texts; the default when not set, which is mostly none.
    pub(crate) fn texts(&self, name: &str) -> Option<Vec<String>> {
        let Some(value) = self.value(name) else {
            return match self.key(name).fallback {
                Fallback::Texts(texts) => Some(texts.iter().map(|text| (*text).to_owned()).collect()),
                _ => Some(Vec::new()),
            };
        };
        let Data::List(items) = &value.data else {
            self.report_kind(name, value);
            return None;
        };
        let texts = items.iter().map(|item| match &item.data {
            Data::Text(text) if !text.trim().is_empty() => Some(text.clone()),
            _ => {
                self.report_kind(name, item);
                None
            }
        });
        // All items are looked at before the first wrong one ends the list.
        texts.collect::<Vec<_>>().into_iter().collect()
    }

    fn entry(&self, name: &str) -> Option<&'a Entry> {
        self.table.and_then(|table| table.get(name))
    }

    fn key(&self, name: &str) -> &'static Key {
        self.section.key(name).expect("keys that are read are described")
    }

    fn report_missing(&self, name: &str) {
        let remedy = format!("add a line such as: {name} = {}", self.key(name).literal());
        if self.section.path.is_empty() {
            let file = self.ledger().path(self.at.file);
            return self.ledger().report_file(file, format!("`{name}` is missing"), remedy);
        }
        self.ledger().report(self.at, format!("{} has no `{name}`", self.section.header()), remedy);
    }

    fn report_kind(&self, name: &str, value: &Value) {
        let key = self.key(name);
        self.ledger().report(
            value.at,
            format!("`{name}` is {}, not {}", value.data.phrase(), key.kind.phrase()),
            format!("write for example: {name} = {}", key.literal()),
        );
    }

    fn report_value(&self, name: &str, text: &str) {
        let key = self.key(name);
        let remedy = match key.kind {
            Kind::Choice(words) => nearest(text, words.iter().copied()),
            _ => None,
        };
        let remedy = remedy.map_or_else(|| key.literal(), keys::quoted);
        let what = match text.trim() {
            "" => format!("`{name}` is empty"),
            _ => format!("{} is not {}", keys::quoted(text), key.kind.phrase()),
        };
        self.report(name, what, format!("write for example: {name} = {remedy}"));
    }

    fn report_unknown(&self) {
        let Some(table) = self.table else { return };
        // Without a known `type` nobody can say which keys belong there.
        if self.section.variant.is_some() && self.section.variant != self.peek("type") {
            return;
        }
        for (name, entry) in table.entries() {
            if self.section.key(name).is_none() && !self.subsections().any(|known| known == name) {
                self.ledger().report(
                    entry.key_at,
                    format!("{} has no key `{name}`", self.title()),
                    self.unknown_remedy(name),
                );
            }
        }
    }

    fn title(&self) -> String {
        match (self.section.path, self.section.variant) {
            ("", _) => "the file".into(),
            (_, Some(variant)) => format!("{} of type \"{variant}\"", self.section.header()),
            (_, None) => self.section.header(),
        }
    }

    fn unknown_remedy(&self, name: &str) -> String {
        let known = self.section.keys.iter().map(|key| key.name).chain(self.subsections());
        if let Some(meant) = nearest(name, known.clone()) {
            return format!("did you mean `{meant}`?");
        }
        let elsewhere = self.document.sections.iter().find_map(|section| {
            let meant = nearest(name, section.keys.iter().map(|key| key.name))?;
            Some(format!("`{meant}` belongs in {}", section.header()))
        });
        elsewhere.unwrap_or_else(|| {
            let mut known = known.map(|key| format!("`{key}`")).collect::<Vec<_>>();
            // A section of several shapes is described several times.
            known.dedup();
            format!("known here: {}", known.join(", "))
        })
    }

    /// The names of the tables that may stand inside this one.
    fn subsections(&self) -> impl Iterator<Item = &'static str> + Clone + use<> {
        let own = self.section.path;
        self.document.sections.iter().filter_map(move |section| {
            let name = match own {
                "" => section.path,
                _ => section.path.strip_prefix(own)?.strip_prefix('.')?,
            };
            (!name.is_empty() && !name.contains('.')).then_some(name)
        })
    }
}
