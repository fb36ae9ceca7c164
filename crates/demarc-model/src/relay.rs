//! The relays that a camera says it connects to.

use crate::text::DeviceText;

/// What a camera tells of its way to its vendor's relays. A camera may be in other hands: what it says is
/// to be judged before anything is asked because of it.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct RelayList {
    pub mode: RelayMode,
    /// In the camera's order, no more than [`Self::MOST`]: an address that follows a name is one of the
    /// same server.
    pub servers: Vec<RelayServer>,
}

/// Whether a camera connects to its relays.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RelayMode {
    /// When its button is pressed, or it was registered.
    OneClick,
    On,
    Off,
    Unknown,
}

/// A name or an address, as the camera wrote it.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct RelayServer {
    pub host: DeviceText,
    pub port: u16,
}

impl RelayList {
    pub const MOST: usize = 16;

    pub fn new(mode: RelayMode, servers: impl IntoIterator<Item = RelayServer>) -> Self {
        Self { mode, servers: servers.into_iter().take(Self::MOST).collect() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_is_bounded_and_reads_back_as_it_was_written() {
        let server = |n: u16| RelayServer { host: DeviceText::clean("relay\u{202e}.example"), port: n };
        let list = RelayList::new(RelayMode::OneClick, (1..=99).map(server));
        assert_eq!(list.servers.len(), RelayList::MOST);
        let short = RelayList::new(RelayMode::Off, [server(443)]);
        let json = serde_json::to_string(&short).unwrap();
        assert_eq!(json, r#"{"mode":"off","servers":[{"host":"relay.example","port":443}]}"#);
        assert_eq!(serde_json::from_str::<RelayList>(&json).unwrap(), short);
    }
}
