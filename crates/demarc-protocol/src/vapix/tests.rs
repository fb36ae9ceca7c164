use super::*;
use proptest::prelude::*;

fn ready(bytes: &str) -> Result<SystemReady, String> {
    parse_system_ready(bytes.as_bytes()).map_err(|error| error.to_string())
}

#[test]
fn reads_readiness_of_every_generation() {
    let state = |readiness, setup, uptime_s, boot_id: Option<&str>| {
        Ok(SystemReady { readiness, setup, uptime_s, boot_id: boot_id.map(str::to_owned) })
    };
    let cases = [
        (
            r#"{"apiVersion":"1.5","method":"systemready","data":{"systemready":"yes","needsetup":"no","uptime":"1020","bootid":"a537b0cb","passphrasepolicy":"none"}}"#,
            state(Readiness::Ready, Setup::Done, Some(1020), Some("a537b0cb")),
        ),
        (
            r#"{"apiVersion": "1.2", "method": "systemready", "data": {"systemready": "yes", "needsetup": "no"}}"#,
            state(Readiness::Ready, Setup::Done, None, None),
        ),
        (
            r#"{"data":{"systemready":"no","needsetup":"yes"}}"#,
            state(Readiness::Starting, Setup::Needed, None, None),
        ),
        (r#"{"data":{"systemready":"yes","uptime":"-3"}}"#, state(Readiness::Ready, Setup::Done, None, None)),
        (
            r#"{"apiVersion":"1.1","error":{"code":1000,"message":"Invalid parameter"}}"#,
            Err("the camera reports error 1000: Invalid parameter".to_owned()),
        ),
        (r#"{"data":{"systemready":true}}"#, Err("not a VAPIX answer".to_owned())),
        (r#"{"data":{"systemready":"soon"}}"#, Err(r#""soon" is neither yes nor no"#.to_owned())),
        (r#"{"apiVersion":"1.1"}"#, Err("neither data nor an error in the answer".to_owned())),
        ("<HTML><HEAD><TITLE>404 Not Found</TITLE>", Err("not a VAPIX answer".to_owned())),
        ("", Err("not a VAPIX answer".to_owned())),
    ];
    for (text, expected) in cases {
        assert_eq!(ready(text), expected, "{text}");
    }
}

#[test]
fn reads_who_the_camera_is() {
    let text = r#"{"apiVersion":"1.3","data":{"propertyList":{"ProdNbr":"P3265","ProdFullName":"AXIS P3265-V Dome Camera","Version":"12.5.56","Brand":"AXIS","SerialNumber":"ACCC8E000001"}}}"#;
    let expected = Identity {
        serial_number: Some("ACCC8E000001".to_owned()),
        brand: Some("AXIS".to_owned()),
        prod_nbr: Some("P3265".to_owned()),
        prod_full_name: Some("AXIS P3265-V Dome Camera".to_owned()),
        version: Some("12.5.56".to_owned()),
        hardware_id: None,
    };
    assert_eq!(parse_identity(text.as_bytes()).unwrap(), expected);
    assert!(parse_identity(br#"{"data":{"propertyList":[]}}"#).is_err());
}

#[test]
fn reads_the_groups_of_a_user() {
    let cases = [
        ("viewer\nusers viewer\n", Some(("viewer", "users viewer"))),
        ("root\r\nroot admin operator ptz viewer\r\n", Some(("root", "root admin operator ptz viewer"))),
        ("", None),
        ("demarc\n", None),
        ("<html>\n<body></body>\n", None),
        ("one\ntwo\nthree\n", None),
    ];
    for (text, expected) in cases {
        let read = parse_user_groups(text.as_bytes()).ok();
        let read = read.map(|groups| (groups.user, groups.groups.join(" ")));
        assert_eq!(read, expected.map(|(user, groups)| (user.to_owned(), groups.to_owned())), "{text}");
    }
}

#[test]
fn reads_settings_beside_errors() {
    let text = b"root.Brand.ProdNbr=P3265\n# Error: Error -1 getting param in group 'X'\nNetwork.BootProto=dhcp\nroot.Image.Name=Entr\xe9e=1\n";
    let params = parse_params(text).unwrap();
    assert_eq!(
        (params.get("Brand.ProdNbr"), params.get("Network.BootProto"), params.get("Image.Name")),
        (Some("P3265"), Some("dhcp"), Some("Entrée=1"))
    );
    assert_eq!(params.errors, ["Error: Error -1 getting param in group 'X'"]);
    assert!(parse_params(b"<html><body class=x>").is_err());
}

#[test]
fn asks_for_groups_in_one_request() {
    assert_eq!(
        param_list_request(&["Brand", "Properties.Firmware&x=1"]).target,
        "/axis-cgi/param.cgi?action=list&group=Brand%2CProperties.Firmwarex1"
    );
    let body: serde_json::Value = serde_json::from_str(&system_ready_request(1).body).unwrap();
    assert_eq!(body["params"]["timeout"], 1);
}

proptest! {
    #[test]
    fn no_answer_is_too_strange(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        _ = parse_system_ready(&bytes);
        _ = parse_identity(&bytes);
        _ = parse_user_groups(&bytes);
        _ = parse_params(&bytes);
    }
}
