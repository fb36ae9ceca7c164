//! The camera's own list of relays to its vendor's cloud: the parameters `RemoteService`.
//!
//! Only an administrator may read them; for others they are absent, which says nothing.

use super::Params;
use super::params::param_list_request;
use crate::request::Request;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RemoteService {
    pub mode: RemoteMode,
    /// In the camera's order; names and addresses of the same server, so that the name and the server
    /// can fail apart.
    pub servers: Vec<Server>,
    pub proxy: Option<Server>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RemoteMode {
    /// Waits for its button or for a registration; no session is no fault.
    OneClick,
    On,
    Off,
    Unknown,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Server {
    pub host: String,
    pub port: u16,
}

const MOST: usize = 64;

pub fn remote_service_request() -> Request {
    param_list_request(&["RemoteService"])
}

/// `None` when the answer holds none of the parameters.
pub fn remote_service(params: &Params) -> Option<RemoteService> {
    let get = |name: &str| params.get(&format!("RemoteService.{name}")).map(str::trim);
    let (mode, list) = (get("Enabled"), get("ServerList"));
    if mode.is_none() && list.is_none() {
        return None;
    }
    let servers = list.unwrap_or_default().split(',').take(MOST).filter_map(Server::read);
    let port = get("ProxyPort").and_then(|port| port.parse().ok());
    let proxy = get("ProxyServer").filter(|host| !host.is_empty()).zip(port);
    Some(RemoteService {
        mode: RemoteMode::of(mode.unwrap_or_default()),
        servers: servers.collect(),
        proxy: proxy.map(|(host, port)| Server { host: host.to_owned(), port }),
    })
}

impl Server {
    fn read(text: &str) -> Option<Self> {
        let (host, port) = text.trim().rsplit_once(':')?;
        let host = host.trim_matches(['[', ']']);
        let clean = !host.is_empty() && host.bytes().all(|byte| byte.is_ascii_graphic());
        Some(Self { host: host.to_owned(), port: port.parse().ok()? }).filter(|_| clean)
    }
}

impl RemoteMode {
    fn of(word: &str) -> Self {
        match word {
            "oneclick" => Self::OneClick,
            "yes" => Self::On,
            "no" => Self::Off,
            _ => Self::Unknown,
        }
    }
}
