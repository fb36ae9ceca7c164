//! What a configuration already says of cameras, also while it is not yet good.
//!
//! A site that is being set up has no camera yet, and perhaps no password file; what can be read of it
//! counts all the same. Nothing here is checked: that is [`load`](super::load)'s.

use super::document::{self, Data, Table};
use super::problem::{Ledger, Problems};
use std::net::IpAddr;
use std::path::Path;

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Known {
    pub cameras: Vec<KnownCamera>,
    /// The interface towards the branch, when one is named.
    pub interface: Option<String>,
    /// The account that cameras get which name none.
    pub default_account: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownCamera {
    pub id: String,
    pub address: Option<IpAddr>,
}

/// Reads the configuration file and its `demarc.d/`. A file that is not there says nothing.
///
/// # Errors
/// A file cannot be read, or is not TOML.
pub fn known(path: &Path) -> Result<Known, Problems> {
    let folder = path.parent().unwrap_or(Path::new(""));
    let mut ledger = Ledger::default();
    let main = if path.exists() { Some(path.to_owned()) } else { None };
    let drop_ins = document::toml_files(&folder.join("demarc.d"), &ledger);
    let mut known = Known::default();
    for file in main.into_iter().chain(drop_ins) {
        if let Some(file) = document::read(&file, &mut ledger) {
            known.add(&file.root);
        }
    }
    if ledger.is_clean() { Ok(known) } else { Err(ledger.problems()) }
}

impl Known {
    fn add(&mut self, root: &Table) {
        let cameras = root.get("camera").map(|entry| &entry.value.data);
        if let Some(Data::List(items)) = cameras {
            let tables = items.iter().filter_map(|item| table(&item.data));
            self.cameras.extend(tables.filter_map(|camera| {
                let address = text(camera, "address").and_then(|text| text.parse().ok());
                Some(KnownCamera { id: text(camera, "id")?.to_owned(), address })
            }));
        }
        let section = |name: &str| root.get(name).and_then(|entry| table(&entry.value.data));
        let interface = section("network").and_then(|network| text(network, "interface"));
        self.interface =
            self.interface.take().or(interface.filter(|name| *name != "auto").map(str::to_owned));
        let account = section("camera-defaults").and_then(|defaults| text(defaults, "account"));
        self.default_account = self.default_account.take().or(account.map(str::to_owned));
    }
}

fn table(data: &Data) -> Option<&Table> {
    match data {
        Data::Table(table) => Some(table),
        Data::Text(_) | Data::Integer(_) | Data::Flag(_) | Data::List(_) | Data::Other(_) => None,
    }
}

fn text<'a>(table: &'a Table, key: &str) -> Option<&'a str> {
    match &table.get(key)?.value.data {
        Data::Text(text) => Some(text),
        Data::Integer(_) | Data::Flag(_) | Data::List(_) | Data::Table(_) | Data::Other(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(files: &[(&str, &str)]) -> Result<Known, Problems> {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("demarc.d")).unwrap();
        for (name, text) in files {
            std::fs::write(folder.path().join(name), text).unwrap();
        }
        known(&folder.path().join("demarc.toml"))
    }

    #[test]
    fn says_what_is_there_also_of_a_configuration_that_is_not_good() {
        let main = "[site]\nid = 3\n[network]\ninterface = \"eth1\"\n[camera-defaults]\naccount = \"nobody\"\n\
            [[camera]]\nid = \"a\"\naddress = \"10.20.0.101\"\nwrong = true\n[[camera]]\nname = \"no id\"\n";
        let drop_in = "[[camera]]\nid = \"b\"\naddress = \"not yet\"\n[network]\ninterface = \"auto\"\n";
        let camera = |id: &str, address: Option<&str>| KnownCamera {
            id: id.to_owned(),
            address: address.map(|text| text.parse().unwrap()),
        };
        let expected = Known {
            cameras: vec![camera("a", Some("10.20.0.101")), camera("b", None)],
            interface: Some("eth1".to_owned()),
            default_account: Some("nobody".to_owned()),
        };
        assert_eq!(read(&[("demarc.toml", main), ("demarc.d/cameras.toml", drop_in)]), Ok(expected));
        assert_eq!(read(&[]), Ok(Known::default()));
    }

    #[test]
    fn what_is_not_toml_is_told_with_its_place() {
        let told = read(&[("demarc.d/cameras.toml", "[[camera]\n")]).unwrap_err().to_string();
        assert!(told.contains("cameras.toml:1:") && told.contains("this is not TOML"), "{told}");
    }
}
