//! Cameras that nobody has written down: where to look, what was found, and how to write it down.
//!
//! A search speaks to no device, logs in nowhere and changes nothing; only [`file::add`] writes, and
//! only what a person asked it to.

pub mod device;
pub mod file;
pub mod moved;

pub use demarc_probe::discovery::{
    Attachment, Failed, Heard, Means, Outside, Repeated, Search, Service, Tally, neighbours, search,
};

pub use demarc_probe::spec::Scheme;

use demarc_probe::discovery::attachments;
use std::fmt;

/// Why nothing can be asked.
#[derive(Debug, thiserror::Error)]
pub enum WhereError {
    #[error("the kernel does not say which network interfaces there are")]
    Kernel(#[source] std::io::Error),
    #[error("there is no interface {name} with an IPv4 address that can send to a group; there {there}")]
    NoSuch { name: String, there: There },
    #[error("no interface but the loopback has an IPv4 address: see `ip address`, and whether DHCP answers")]
    None,
}

/// The interfaces of this host, as a phrase.
#[derive(Debug)]
pub struct There(Vec<String>);

impl fmt::Display for There {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.as_slice() {
            [] => f.write_str("is none at all: see `ip address`"),
            [one] => write!(f, "is {one}"),
            several => write!(f, "are {}", several.join(", ")),
        }
    }
}

/// The attachments on the interfaces that are named, or on all when none is.
///
/// # Errors
/// A named interface is not there, or there is none at all.
pub fn wanted(interfaces: &[String]) -> Result<Vec<Attachment>, WhereError> {
    choose(attachments().map_err(WhereError::Kernel)?, interfaces)
}

fn choose(all: Vec<Attachment>, interfaces: &[String]) -> Result<Vec<Attachment>, WhereError> {
    let missing = interfaces.iter().find(|name| all.iter().all(|one| one.interface != **name));
    if let Some(name) = missing {
        let there = all.iter().map(|one| format!("{} ({})", one.interface, one.address)).collect();
        return Err(WhereError::NoSuch { name: name.clone(), there: There(there) });
    }
    let wanted = |one: &Attachment| interfaces.is_empty() || interfaces.contains(&one.interface);
    let chosen: Vec<Attachment> = all.into_iter().filter(wanted).collect();
    if chosen.is_empty() { Err(WhereError::None) } else { Ok(chosen) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_interfaces_that_are_there_are_asked() {
        let attachment = |interface: &str, address: [u8; 4]| Attachment {
            interface: interface.to_owned(),
            address: address.into(),
            network: "192.0.2.0/24".parse().unwrap(),
        };
        let all = || {
            vec![
                attachment("eth0", [192, 0, 2, 1]),
                attachment("eth0", [192, 0, 2, 2]),
                attachment("eth1", [192, 0, 2, 3]),
            ]
        };
        let chosen = |all: Vec<Attachment>, names: &[&str]| {
            let names: Vec<String> = names.iter().map(|&name| name.to_owned()).collect();
            match choose(all, &names) {
                Ok(chosen) => chosen.iter().map(|one| one.address.to_string()).collect::<Vec<_>>().join(" "),
                Err(error) => error.to_string(),
            }
        };
        assert_eq!(chosen(all(), &[]), "192.0.2.1 192.0.2.2 192.0.2.3");
        assert_eq!(chosen(all(), &["eth0"]), "192.0.2.1 192.0.2.2");
        assert_eq!(
            chosen(all(), &["eth1", "eth9"]),
            "there is no interface eth9 with an IPv4 address that can send to a group; there are \
             eth0 (192.0.2.1), eth0 (192.0.2.2), eth1 (192.0.2.3)"
        );
        assert!(chosen(Vec::new(), &["eth0"]).ends_with("there is none at all: see `ip address`"));
        assert!(chosen(Vec::new(), &[]).starts_with("no interface but the loopback"));
    }
}
