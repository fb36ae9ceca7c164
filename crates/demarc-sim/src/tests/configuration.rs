//! What is written to disk leads to what is there.

use super::client;
use super::site;
use crate::Pace;
use std::fs;
use std::net::{IpAddr, SocketAddr};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use toml::{Table, Value};

fn read(path: &Path) -> Table {
    fs::read_to_string(path).unwrap().parse().unwrap()
}

fn places<'a>(table: &'a Table, list: &str, port: &str) -> Vec<SocketAddr> {
    let list = table[list].as_array().unwrap();
    let place = |item: &'a Value| {
        let address: IpAddr = item["address"].as_str().unwrap().parse().unwrap();
        SocketAddr::new(address, u16::try_from(item[port].as_integer().unwrap()).unwrap())
    };
    list.iter().map(place).collect()
}

#[tokio::test]
async fn every_address_in_the_files_answers() {
    let site = site(160, 3).await;
    let folder = tempfile::tempdir().unwrap();
    let main = site.write_configuration(folder.path(), Pace::Demo).unwrap();
    let (main, profile) = (read(&main), read(&folder.path().join("vendors/axis.toml")));
    let network = main["network"].as_table().unwrap();
    let lists = [
        places(&main, "camera", "port"),
        places(&main, "camera", "rtsp-port"),
        places(&main, "segment", "port"),
        places(network, "control", "port"),
        places(&profile, "endpoint", "port"),
    ];
    assert_eq!(lists.each_ref().map(Vec::len), [3, 3, 2, 2, 8]);
    for address in lists.concat() {
        assert!(client::connect(address).await.is_ok(), "{address}");
    }
    site.stop().await;
}

#[tokio::test]
async fn the_password_is_nobody_elses_business() {
    let site = site(164, 1).await;
    let folder = tempfile::tempdir().unwrap();
    site.write_configuration(folder.path(), Pace::Real).unwrap();
    let mode = fs::metadata(folder.path().join("cameras.password")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let unwritable = folder.path().join("ca.pem");
    let error = site.write_configuration(&unwritable, Pace::Real).unwrap_err();
    assert_eq!(error.to_string(), format!("cannot write {}", unwritable.join("vendors").display()));
    site.stop().await;
}

#[tokio::test]
async fn a_browser_that_trusts_the_ca_file_trusts_the_vendor() {
    let site = site(168, 1).await;
    let folder = tempfile::tempdir().unwrap();
    site.write_configuration(folder.path(), Pace::Real).unwrap();
    let ca = reqwest::Certificate::from_pem(&fs::read(folder.path().join("ca.pem")).unwrap()).unwrap();
    let profile = read(&folder.path().join("vendors/axis.toml"));
    // Another test may have installed it already.
    let _installed = rustls::crypto::ring::default_provider().install_default();
    for (endpoint, address) in
        profile["endpoint"].as_array().unwrap().iter().zip(places(&profile, "endpoint", "port"))
    {
        let host = endpoint["host"].as_str().unwrap();
        let client =
            reqwest::Client::builder().no_proxy().tls_certs_only([ca.clone()]).resolve(host, address);
        let url = format!("https://{host}:{}/", address.port());
        let answer = client.build().unwrap().get(url).send().await.unwrap();
        assert_eq!(answer.status(), 200, "{host}");
    }
    site.stop().await;
}
