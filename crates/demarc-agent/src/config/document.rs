//! TOML files as one tree in which every key and value knows where it stands.
//!
//! Drop-in files are merged into the main file's tree: tables join, lists of tables grow, and
//! anything else may be set once.

use super::keys::quoted;
use super::problem::{Ledger, Place};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

const LARGEST_FILE: u64 = 8 * 1024 * 1024;

#[derive(Debug, Clone)]
pub(crate) struct Value {
    pub data: Data,
    pub at: Place,
}

#[derive(Debug, Clone)]
pub(crate) enum Data {
    Text(String),
    Integer(i64),
    Flag(bool),
    List(Vec<Value>),
    Table(Table),
    /// A kind of value that no key takes.
    Other(&'static str),
}

#[derive(Debug, Clone, Default)]
pub(crate) struct Table(BTreeMap<String, Entry>);

#[derive(Debug, Clone)]
pub(crate) struct Entry {
    pub key_at: Place,
    pub value: Value,
}

impl Data {
    /// What it is, as a phrase after "is".
    pub(crate) const fn phrase(&self) -> &'static str {
        match self {
            Self::Text(_) => "text",
            Self::Integer(_) => "a whole number",
            Self::Flag(_) => "true or false",
            Self::List(_) => "a list",
            Self::Table(_) => "a table",
            Self::Other(what) => what,
        }
    }

    /// As TOML on one line.
    pub(crate) fn literal(&self) -> String {
        let joined = |texts: Vec<String>| texts.join(", ");
        match self {
            Self::Text(text) => quoted(text),
            Self::Integer(integer) => integer.to_string(),
            Self::Flag(flag) => flag.to_string(),
            Self::List(items) => {
                format!("[{}]", joined(items.iter().map(|item| item.data.literal()).collect()))
            }
            Self::Table(table) => {
                let pairs =
                    table.entries().map(|(key, entry)| format!("{key} = {}", entry.value.data.literal()));
                format!("{{ {} }}", joined(pairs.collect()))
            }
            Self::Other(what) => quoted(what),
        }
    }

    /// A list with nothing but tables in it, as `[[name]]` makes one.
    fn is_list_of_tables(&self) -> bool {
        matches!(self, Self::List(items) if items.iter().all(|item| matches!(item.data, Self::Table(_))))
    }
}

impl Table {
    pub(crate) fn get(&self, key: &str) -> Option<&Entry> {
        self.0.get(key)
    }

    pub(crate) fn entries(&self) -> impl Iterator<Item = (&str, &Entry)> {
        self.0.iter().map(|(key, entry)| (key.as_str(), entry))
    }

    /// Takes over what `later` holds.
    pub(crate) fn merge(&mut self, later: Self, ledger: &Ledger) {
        for (key, entry) in later.0 {
            match self.0.get_mut(&key) {
                None => {
                    self.0.insert(key, entry);
                }
                Some(first) => first.merge(&key, entry, ledger),
            }
        }
    }
}

impl Entry {
    fn merge(&mut self, key: &str, later: Self, ledger: &Ledger) {
        let both_lists = self.value.data.is_list_of_tables() && later.value.data.is_list_of_tables();
        match (&mut self.value.data, later.value.data) {
            (Data::List(items), Data::List(more)) if both_lists => items.extend(more),
            (Data::Table(table), Data::Table(more)) => table.merge(more, ledger),
            (_, _) => ledger.report(
                later.key_at,
                format!("`{key}` is set a second time"),
                format!("keep one of the two; the first is at {}", ledger.position(self.key_at)),
            ),
        }
    }
}

/// One parsed file.
pub(crate) struct File {
    pub root: Table,
    pub start: Place,
}

/// Reads and parses a file; `None` when that failed, which is then in the ledger.
pub(crate) fn read(path: &Path, ledger: &mut Ledger) -> Option<File> {
    match read_text(path) {
        Ok(text) => parse(path.to_owned(), text, ledger),
        Err(why) => {
            ledger.report_file(
                path,
                format!("cannot be read: {why}"),
                format!(
                    "see that it exists and that the user `demarc` may read it: ls -l {}",
                    path.display()
                ),
            );
            None
        }
    }
}

/// The `*.toml` files of a folder by name; none when there is no such folder.
pub(crate) fn toml_files(folder: &Path, ledger: &Ledger) -> Vec<PathBuf> {
    let entries = match std::fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Vec::new(),
        Err(error) => {
            let remedy = format!("see that the user `demarc` may list it: ls -ld {}", folder.display());
            ledger.report_file(folder, format!("cannot be listed: {error}"), remedy);
            return Vec::new();
        }
    };
    let mut files = entries
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.extension().is_some_and(|extension| extension == "toml"))
        .collect::<Vec<_>>();
    files.sort();
    files
}

fn read_text(path: &Path) -> std::io::Result<String> {
    let size = std::fs::metadata(path)?.len();
    if size > LARGEST_FILE {
        return Err(std::io::Error::other("it is larger than 8 MiB"));
    }
    std::fs::read_to_string(path)
}

pub(crate) fn parse(path: PathBuf, text: String, ledger: &mut Ledger) -> Option<File> {
    let file = ledger.add(path, text);
    let start = Place { file, start: 0, end: 0 };
    let (parsed, error) = match DeTable::parse(ledger.text(file)) {
        Ok(document) => (Some(File { root: own_table(document.get_ref(), file), start }), None),
        Err(error) => (None, Some(error)),
    };
    if let Some(error) = error {
        let range = error.span().unwrap_or(0..0);
        ledger.report(
            Place { file, start: range.start, end: range.end },
            format!("this is not TOML: {}", error.message()),
            "a line is `key = value` or `[section]`; text stands in double quotes".to_owned(),
        );
    }
    parsed
}

fn own_table(table: &DeTable<'_>, file: usize) -> Table {
    let entries = table.iter().map(|(key, value)| {
        let entry = Entry { key_at: place(file, key), value: own_value(value, file) };
        (key.get_ref().to_string(), entry)
    });
    Table(entries.collect())
}

fn own_value(value: &Spanned<DeValue<'_>>, file: usize) -> Value {
    let data = match value.get_ref() {
        DeValue::String(text) => Data::Text(text.to_string()),
        DeValue::Integer(integer) => i64::from_str_radix(integer.as_str(), integer.radix())
            .map_or(Data::Other("a number out of all bounds"), Data::Integer),
        DeValue::Float(_) => Data::Other("a number with a fraction"),
        DeValue::Boolean(flag) => Data::Flag(*flag),
        DeValue::Datetime(_) => Data::Other("a date or time"),
        DeValue::Array(items) => Data::List(items.iter().map(|item| own_value(item, file)).collect()),
        DeValue::Table(table) => Data::Table(own_table(table, file)),
    };
    Value { data, at: place(file, value) }
}

fn place<T>(file: usize, node: &Spanned<T>) -> Place {
    let range = node.span();
    Place { file, start: range.start, end: range.end }
}
