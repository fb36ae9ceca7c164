use super::*;
use crate::request::Request;
use proptest::prelude::*;

fn clock(date: &str, time: &str) -> String {
    format!(
        r#"<SOAP-ENV:Envelope xmlns:SOAP-ENV="http://www.w3.org/2003/05/soap-envelope"><SOAP-ENV:Body><tds:GetSystemDateAndTimeResponse><tds:SystemDateAndTime><tt:DateTimeType>NTP</tt:DateTimeType><tt:UTCDateTime><tt:Time>{time}</tt:Time><tt:Date>{date}</tt:Date></tt:UTCDateTime></tds:SystemDateAndTime></tds:GetSystemDateAndTimeResponse></SOAP-ENV:Body></SOAP-ENV:Envelope>"#
    )
}

#[test]
fn reads_a_clock_or_says_that_it_is_unknown() {
    let date = "<tt:Year>2022</tt:Year><tt:Month>2</tt:Month><tt:Day>20</tt:Day>";
    let time = "<tt:Hour>17</tt:Hour><tt:Minute>0</tt:Minute><tt:Second>5</tt:Second>";
    let cases = [
        (clock(date, time), Some(1_645_376_405_000)),
        (
            clock(date, "<tt:Hour>16</tt:Hour><tt:Minute>60</tt:Minute><tt:Second>5</tt:Second>"),
            Some(1_645_376_405_000),
        ),
        (clock("<tt:Year>1970</tt:Year><tt:Month>1</tt:Month><tt:Day>1</tt:Day>", time), None),
        (clock(date, "<tt:Hour>noon</tt:Hour>"), None),
        (clock("", ""), None),
        ("<E><Body><GetSystemDateAndTimeResponse/></Body></E>".to_owned(), None),
    ];
    for (text, utc_ms) in cases {
        let Ok(Reply::Answer(clock)) = parse_clock(text.as_bytes()) else { panic!("{text}") };
        assert_eq!((clock.utc_ms, clock.best_utc_ms()), (utc_ms, utc_ms), "{text}");
    }
}

#[test]
fn takes_who_it_is_from_the_body_alone() {
    let text = "<s:Envelope><s:Header><Security><Model>not this</Model></Security></s:Header><s:Body><tds:GetDeviceInformationResponse>\
        <tds:Manufacturer>AXIS</tds:Manufacturer><tds:Model> P3265 &amp; co </tds:Model><tds:FirmwareVersion>11.11.73</tds:FirmwareVersion>\
        <tds:SerialNumber></tds:SerialNumber></tds:GetDeviceInformationResponse></s:Body></s:Envelope>";
    let expected = DeviceInformation {
        manufacturer: Some("AXIS".to_owned()),
        model: Some("P3265 & co".to_owned()),
        firmware: Some("11.11.73".to_owned()),
        serial: None,
        hardware: None,
    };
    assert_eq!(parse_information(text.as_bytes()).unwrap(), Reply::Answer(expected));
}

fn fault(inner: &str) -> String {
    format!("<s:Envelope><s:Body><s:Fault>{inner}</s:Fault></s:Body></s:Envelope>")
}

#[test]
fn tells_a_refused_login_from_other_faults() {
    let code = |sub: &str, text: &str| {
        fault(&format!(
            "<s:Code><s:Value>s:Sender</s:Value><s:Subcode><s:Value>{sub}</s:Value></s:Subcode></s:Code><s:Reason><s:Text xml:lang=\"en\">{text}</s:Text></s:Reason>"
        ))
    };
    let cases = [
        (code("ter:NotAuthorized", "no"), FaultKind::NotAuthorized, "no"),
        (code("Ter:NotAuthorized", ""), FaultKind::NotAuthorized, ""),
        (code("wsse:FailedAuthentication", ""), FaultKind::NotAuthorized, ""),
        (code("wsse:InvalidSecurity", ""), FaultKind::NotAuthorized, ""),
        (code("ter:Action", "Sender not authorized"), FaultKind::NotAuthorized, "Sender not authorized"),
        (code("", "Authority failure"), FaultKind::NotAuthorized, "Authority failure"),
        (code("ter:ActionNotSupported", "no such"), FaultKind::NotSupported, "no such"),
        (code("ter:OutofMemory", "full"), FaultKind::Unwell, "full"),
        (code("ter:InvalidArgVal", "what"), FaultKind::Other, "what"),
        (
            fault("<faultcode>SOAP-ENV:Client</faultcode><faultstring>Not Authorized</faultstring>"),
            FaultKind::NotAuthorized,
            "Not Authorized",
        ),
        (fault(""), FaultKind::Other, ""),
    ];
    for (text, kind, reason) in cases {
        let expected = Reply::Fault(Fault { kind, text: reason.to_owned() });
        assert_eq!(parse_information(text.as_bytes()).unwrap(), expected, "{text}");
    }
}

#[test]
fn what_is_no_answer_is_an_error() {
    for text in ["", "<html><body>Access Error: 401</body></html>", "<E><Body><Other/></Body></E>", "<E/>"] {
        assert!(parse_information(text.as_bytes()).is_err(), "{text}");
    }
}

/// The token profile's own arithmetic, computed with another program.
#[test]
fn signs_with_nonce_time_and_password() {
    let token = UsernameToken {
        username: "a<b",
        password: "pass",
        nonce: *b"0123456789abcdef",
        created_ms: 1_645_376_400_042,
    };
    let body =
        request(Question::DeviceInformation, "/onvif/device_service", Dialect::default(), Some(token)).body;
    let envelope = xml::read(body.as_bytes()).unwrap();
    let security = envelope.child("Header").unwrap();
    let given = ["Username", "Password", "Nonce", "Created"].map(|name| security.text_of(name).unwrap());
    assert_eq!(
        given,
        ["a<b", "/okWgp+du7ZdMI6g3rYd7LISmlI=", "MDEyMzQ1Njc4OWFiY2RlZg==", "2022-02-20T17:00:00.042Z"]
    );
}

#[test]
fn asks_with_a_compact_body() {
    assert_eq!(
        request(Question::SystemDateAndTime, "/onvif/device_service", Dialect::Action, None).body,
        r#"<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope"><s:Body><GetSystemDateAndTime xmlns="http://www.onvif.org/ver10/device/wsdl"/></s:Body></s:Envelope>"#
    );
}

#[test]
fn looks_for_the_dialect_that_a_device_takes() {
    let refused = fault("<s:Code><s:Subcode><s:Value>ter:NotAuthorized</s:Value></s:Subcode></s:Code>");
    let lost =
        fault("<s:Reason><s:Text>The [action] cannot be processed at the receiver</s:Text></s:Reason>");
    let version = fault("<s:Code><s:Value>s:VersionMismatch</s:Value></s:Code>");
    let cases = [
        (Dialect::Action, 200, "", Some(Dialect::Plain)),
        (Dialect::Plain, 200, "", Some(Dialect::Soap11)),
        (Dialect::Soap11, 200, "", None),
        (Dialect::Action, 415, "<html>no</html>", Some(Dialect::Plain)),
        (Dialect::Action, 500, &lost, Some(Dialect::Plain)),
        (Dialect::Plain, 500, &lost, Some(Dialect::Soap11)),
        (Dialect::Action, 500, &version, Some(Dialect::Soap11)),
        (Dialect::Soap11, 500, &version, None),
        (Dialect::Action, 400, &refused, None),
        (Dialect::Action, 401, "", None),
        (Dialect::Action, 503, "", None),
    ];
    for (dialect, status, body, expected) in cases {
        assert_eq!(dialect.after(status, body.as_bytes()), expected, "{dialect:?} {status} {body}");
    }
}

#[test]
fn asks_in_every_dialect() {
    let ask = |dialect| request(Question::SnapshotUri(Media::Two, "a<b"), "/onvif/media2", dialect, None);
    let shown = |request: Request| (request.content_type.unwrap(), request.headers, request.body);
    let body = |envelope| {
        format!(
            r#"<s:Envelope xmlns:s="{envelope}"><s:Body><GetSnapshotUri xmlns="http://www.onvif.org/ver20/media/wsdl"><ProfileToken>a&lt;b</ProfileToken></GetSnapshotUri></s:Body></s:Envelope>"#
        )
    };
    let (new, old) = ("http://www.w3.org/2003/05/soap-envelope", "http://schemas.xmlsoap.org/soap/envelope/");
    let kind = "application/soap+xml; charset=utf-8";
    let action = r#""http://www.onvif.org/ver20/media/wsdl/GetSnapshotUri""#;
    let cases = [
        (Dialect::Action, format!("{kind}; action={action}"), vec![], body(new)),
        (Dialect::Plain, kind.to_owned(), vec![], body(new)),
        (
            Dialect::Soap11,
            "text/xml; charset=utf-8".to_owned(),
            vec![("soapaction", action.to_owned())],
            body(old),
        ),
    ];
    for (dialect, kind, headers, body) in cases {
        assert_eq!(shown(ask(dialect)), (kind.into(), headers, body), "{dialect:?}");
    }
}

proptest! {
    #[test]
    fn no_time_is_too_strange(date in prop::array::uniform3(any::<i64>()), time in prop::array::uniform3(any::<i64>())) {
        let [y, m, d] = date;
        let [h, min, s] = time;
        let text = clock(
            &format!("<Year>{y}</Year><Month>{m}</Month><Day>{d}</Day>"),
            &format!("<Hour>{h}</Hour><Minute>{min}</Minute><Second>{s}</Second>"),
        );
        prop_assert!(parse_clock(text.as_bytes()).is_ok());
        _ = token::zulu(y);
    }

    #[test]
    fn no_bytes_are_too_strange(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        _ = parse_clock(&bytes);
        _ = parse_information(&bytes);
    }
}
