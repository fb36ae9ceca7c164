//! The one integration binary: the shipped program, real sockets, real servers.

#![cfg_attr(test, expect(clippy::unwrap_used, reason = "tests panic to fail"))]

mod alert_channels;
mod branch;
mod captures;
mod command_line;
mod config;
mod digest_interop;
mod discovery;
mod discovery_answers;
mod doctor;
#[path = "../lab/fault_lab.rs"]
mod fault_lab;
mod faults;
mod guest;
mod hops;
mod hostile;
mod identity;
mod independent_client;
mod inspection;
mod lab;
mod line;
mod lint;
mod long_names;
mod mtu;
mod neighbour;
mod onvif_gsoap;
mod onvif_login;
mod own_address;
mod page_server;
mod paging;
mod peers;
mod portal_hint;
mod relay_check;
mod relays;
mod restarts;
mod routes;
mod scenarios;
mod second_line;
mod service;
mod simulated_camera;
mod snapshots;
mod status_pages;
mod stories;
mod tidy;
mod time_servers;
mod tls_interop;
mod traffic;
mod turn;
mod vendors;
mod video;
mod website;
