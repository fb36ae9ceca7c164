use super::*;
use proptest::prelude::*;

const ID: &str = "5f5cbb3a-2c5b-4a55-9d5d-0a0b0c0d0e0f";
const SENDER: [u8; 4] = [192, 0, 2, 7];

#[test]
fn a_probe_asks_for_what_is_wanted_and_holds_nothing_else() {
    let bodies = Wanted::ALL.map(|wanted| {
        let text = probe(wanted, ID);
        let envelope = xml::read(text.as_bytes()).unwrap();
        assert_eq!(envelope.text_of("MessageID"), Some("urn:uuid:5f5cbb3a-2c5b-4a55-9d5d-0a0b0c0d0e0f"));
        let action = "http://schemas.xmlsoap.org/ws/2005/04/discovery/Probe";
        assert_eq!(envelope.text_of("Action"), Some(action));
        assert_eq!(envelope.text_of("To"), Some("urn:schemas-xmlsoap-org:ws:2005:04:discovery"));
        assert!(text.len() <= 1_000, "{} bytes are more than fit into one packet for sure", text.len());
        envelope.child("Body").and_then(|body| body.text_of("Types").map(str::to_owned))
    });
    assert_eq!(bodies, [Some("dn:NetworkVideoTransmitter".to_owned()), Some("tds:Device".to_owned()), None]);
}

fn answer(matches: &str) -> String {
    format!("<e:Envelope><e:Header/><e:Body>{matches}</e:Body></e:Envelope>")
}

fn one(inside: &str) -> Match {
    let text = answer(&format!("<d:ProbeMatches><d:ProbeMatch>{inside}</d:ProbeMatch></d:ProbeMatches>"));
    let mut matches = parse_matches(text.as_bytes()).unwrap();
    assert_eq!(matches.len(), 1, "{inside}");
    matches.remove(0)
}

#[test]
fn a_device_keeps_its_name_however_it_is_written() {
    let cases = [
        ("urn:uuid:0B57AABB-0000", Some("0b57aabb-0000")),
        (" uuid:0b57aabb-0000\n", Some("0b57aabb-0000")),
        ("0b57aabb-0000", Some("0b57aabb-0000")),
        ("http://192.0.2.7/device", Some("http://192.0.2.7/device")),
        ("urn:uuid:", None),
        ("two words", None),
        ("", None),
    ];
    for (address, expected) in cases {
        let inside = format!("<a:EndpointReference><b:Address>{address}</b:Address></a:EndpointReference>");
        assert_eq!(one(&inside).endpoint.as_deref(), expected, "{address}");
    }
    let long = "x".repeat(200);
    let inside = format!("<d:EndpointReference><Address>{long}</Address></d:EndpointReference>");
    assert_eq!(one(&inside).endpoint, None);
}

#[test]
fn printers_and_computers_are_told_from_cameras() {
    let cases = [
        ("<d:Types>dn:NetworkVideoTransmitter tds:Device</d:Types>", Kin::Onvif),
        ("<d:Types>NetworkVideoTransmitter</d:Types>", Kin::Onvif),
        ("<d:Types>tds:Device</d:Types><d:Scopes>onvif://www.onvif.org/Profile/T</d:Scopes>", Kin::Onvif),
        ("<d:XAddrs>http://192.0.2.7/onvif/device_service</d:XAddrs>", Kin::Onvif),
        ("<d:Types>wsdp:Device pub:Computer</d:Types>", Kin::Other),
        (
            "<d:Types>wsdp:Device wprt:PrintDeviceType</d:Types><d:XAddrs>http://192.0.2.7/</d:XAddrs>",
            Kin::Other,
        ),
        ("", Kin::Other),
    ];
    for (inside, expected) in cases {
        assert_eq!(one(inside).kin, expected, "{inside}");
    }
}

#[test]
fn only_answers_to_a_probe_are_read() {
    let cases = [
        (answer("<d:ProbeMatches/>"), Ok(0)),
        (answer("<d:ProbeMatch/>"), Ok(1)),
        (answer(&format!("<d:ProbeMatches>{}</d:ProbeMatches>", "<d:ProbeMatch/>".repeat(40))), Ok(16)),
        (answer("<d:Hello><d:XAddrs>http://192.0.2.7/</d:XAddrs></d:Hello>"), Err(())),
        (probe(Wanted::Anything, ID), Err(())),
        ("<!DOCTYPE a [<!ENTITY x 'y'>]><d:ProbeMatches/>".to_owned(), Err(())),
        ("garbage".to_owned(), Err(())),
        (String::new(), Err(())),
    ];
    for (text, expected) in cases {
        let read = parse_matches(text.as_bytes()).map(|matches| matches.len()).map_err(|_| ());
        assert_eq!(read, expected, "{text}");
    }
}

fn service(addresses: &str) -> Option<(Scheme, Option<u16>, String, Option<String>)> {
    let found = one(&format!("<d:XAddrs>{addresses}</d:XAddrs>")).service(SENDER.into())?;
    Some((found.scheme, found.port, found.path, found.elsewhere))
}

#[test]
fn of_an_advertised_address_only_scheme_port_and_path_are_taken() {
    let http = |port, path: &str, elsewhere: Option<&str>| {
        Some((Scheme::Http, port, path.to_owned(), elsewhere.map(str::to_owned)))
    };
    let https = |port| Some((Scheme::Https, port, DEVICE_PATH.to_owned(), None));
    let cases = [
        ("http://192.0.2.7/onvif/device_service", http(None, DEVICE_PATH, None)),
        ("HTTPS://192.0.2.7:8443/onvif/device_service", https(Some(8443))),
        (
            "https://192.0.2.7/onvif/device_service  http://192.0.2.7/onvif/device_service",
            http(None, DEVICE_PATH, None),
        ),
        (
            "http://10.9.9.9/onvif/x http://[fe80::1]/onvif/y http://192.0.2.7:8899/onvif/z",
            http(Some(8899), "/onvif/z", None),
        ),
        ("http://10.9.9.9:8000/onvif/x", http(Some(8000), "/onvif/x", Some("10.9.9.9"))),
        ("http://192.0.2.7", http(None, DEVICE_PATH, None)),
        ("/onvif/device", http(None, "/onvif/device", None)),
        ("192.0.2.7:2020/onvif/device_service", http(Some(2020), DEVICE_PATH, None)),
        ("http://192.0.2.7/$(reboot)", http(None, DEVICE_PATH, None)),
        ("http://192.0.2.7/a\"\nb", http(None, DEVICE_PATH, None)),
        ("", None),
        ("http:///", None),
    ];
    for (addresses, expected) in cases {
        let escaped = addresses.replace('&', "&amp;");
        assert_eq!(service(&escaped), expected, "{addresses}");
    }
}

/// Every form in which a device could lead somebody elsewhere: the host is never taken.
#[test]
fn no_advertised_host_is_believed() {
    let hosts = [
        "127.0.0.1",
        "127.1",
        "2130706433",
        "0x7f000001",
        "017700000001",
        "0.0.0.0",
        "localhost",
        "169.254.169.254",
        "8.8.8.8",
        "10.0.0.1",
        "255.255.255.255",
        "239.255.255.250",
        "224.0.0.251",
        "[::1]",
        "[::]",
        "[::ffff:127.0.0.1]",
        "[fe80::1]",
        "[fe80::1%25eth0]",
        "[fd00::1]",
        "::1",
        "metadata.google.internal",
        "camera.local",
        "hub.example",
        "a@127.0.0.1",
        "192.0.2.7@127.0.0.1",
        "user:password@127.0.0.1",
        "127.0.0.1:22",
        "127.0.0.1:80:80",
        "192.0.2.70",
        "192.0.2.7.example",
        "192.0.2.7%00.example",
        "192.0.2.007",
        "192.0.2",
        "%31%32%37.0.0.1",
        "xn--127-0-0-1",
        "file:///etc/passwd",
        "127.0.0.1#192.0.2.7",
        "127.0.0.1?192.0.2.7",
        "\\\\127.0.0.1",
    ];
    for host in hosts {
        for address in [format!("http://{host}/onvif/device_service"), format!("{host}/onvif/device_service")]
        {
            let Some((_, _, path, elsewhere)) = service(&address) else { continue };
            assert!(is_fit(&path), "{address} leads to {path}");
            assert!(elsewhere.is_some(), "{address} passes for the sender's own");
        }
    }
}

proptest! {
    #[test]
    fn no_datagram_is_too_strange(text in r#"(<d:ProbeMatch>|</d:ProbeMatch>|<d:XAddrs>|</d:XAddrs>|<a:Address>|http://|onvif://www.onvif.org/name/|%[0-9a-f]{0,2}|[<>&"'/:\[\]]|\PC){0,60}"#) {
        if let Ok(matches) = parse_matches(text.as_bytes()) {
            for found in matches {
                _ = found.service(SENDER.into());
            }
        }
    }
}
