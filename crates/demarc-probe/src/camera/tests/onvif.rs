use super::AT;
use super::peer::{LIMITS, Peer, Reply, challenge, challenge_of, client, gist, http, proof, spec};
use crate::camera::CameraClient;
use crate::spec::CameraSpec;
use demarc_model::observation::{Observation, Outcome, Reading};
use demarc_model::probe::ProbeKind;
use std::cell::Cell;
use std::time::Duration;

type Bare = fn() -> Reply;

pub(super) fn soap(status: u16, body: &str) -> Reply {
    http(status, "", &format!("<s:Envelope><s:Body>{body}</s:Body></s:Envelope>"))
}

pub(super) fn fault(status: u16, code: &str) -> Reply {
    soap(
        status,
        &format!(
            "<s:Fault><s:Code><s:Value>s:Sender</s:Value><s:Subcode><s:Value>{code}</s:Value></s:Subcode></s:Code></s:Fault>"
        ),
    )
}

fn information() -> Reply {
    soap(
        200,
        "<tds:GetDeviceInformationResponse><tds:Model>P3265</tds:Model></tds:GetDeviceInformationResponse>",
    )
}

/// The time as the device says it on the day of the tests, at this hour.
fn clock(hour: u32) -> Reply {
    let date = "<Date><Year>2022</Year><Month>2</Month><Day>20</Day></Date>";
    let time = format!("<Time><Hour>{hour}</Hour><Minute>0</Minute><Second>0</Second></Time>");
    soap(
        200,
        &format!(
            "<GetSystemDateAndTimeResponse><UTCDateTime>{time}{date}</UTCDateTime></GetSystemDateAndTimeResponse>"
        ),
    )
}

async fn observe(kind: ProbeKind, answer: impl Fn(&str) -> Reply) -> Observation {
    let peer = Peer::new().await;
    let mut client = client(peer.address);
    peer.host(answer, client.probe(kind, AT)).await
}

fn offset_of(observation: &Observation) -> Option<i64> {
    observation.readings.iter().find_map(|reading| match reading {
        Reading::ClockOffsetMs(ms) => Some(*ms),
        _ => None,
    })
}

#[tokio::test]
async fn a_clock_is_compared_with_ours() {
    let date = |text: &str, nonce: &str| {
        let headers = format!("Date: {text}\r\nWWW-Authenticate: Digest realm=\"r\", nonce=\"{nonce}\"\r\n");
        http(401, &headers, "")
    };
    // Made at 2026-10-07T09:18:14Z.
    let axis = "WuZJmDxdBgA=39fdff8bf7ff2dd27b4393cb149e16a98e3ac5dc";
    type Case = (&'static str, Option<i64>, Box<dyn Fn() -> Reply>);
    let cases: Vec<Case> = vec![
        ("passed", Some(0), Box::new(move || clock(17))),
        ("content clock", Some(3600), Box::new(move || clock(18))),
        ("content clock", Some(-17 * 3600), Box::new(move || clock(0))),
        ("passed", Some(30), Box::new(move || date("Sun, 20 Feb 2022 17:00:30 GMT", "n"))),
        ("content clock", Some(145_988_294), Box::new(move || date("Sun, 20 Feb 2022 17:00:30 GMT", axis))),
        ("missing not-offered", None, Box::new(move || date("never", "n"))),
        ("missing not-offered", None, Box::new(move || soap(200, "<GetSystemDateAndTimeResponse/>"))),
        ("missing not-offered", None, Box::new(move || fault(500, "ter:ActionNotSupported"))),
        ("missing not-offered", None, Box::new(move || http(404, "", ""))),
        ("content server-error", None, Box::new(move || fault(500, "ter:OutofMemory"))),
        ("content server-error", None, Box::new(move || http(500, "", "oops"))),
        ("content busy", None, Box::new(move || fault(503, "ter:Action"))),
        ("content garbage", None, Box::new(move || http(200, "", "<html><p>hello</html>"))),
        ("content garbage", None, Box::new(move || soap(200, "<Other/>"))),
    ];
    for (index, (expected, offset_s, reply)) in cases.into_iter().enumerate() {
        let observation = observe(ProbeKind::CameraClock, |_| reply()).await;
        let near = offset_of(&observation).map(|ms| ms.div_euclid(1000));
        assert_eq!((gist(&observation).as_str(), near), (expected, offset_s), "case {index}");
    }
}

/// What was asked, in a word each: the operation, and how it was proved.
fn brief(request: &str) -> String {
    let created = request.split("utility-1.0.xsd\">").nth(1).and_then(|rest| rest.split('<').next());
    match created {
        Some(created) => format!("token@{}", &created[11..16]),
        None if request.contains("GetSystemDateAndTime") => "clock".to_owned(),
        None => proof(request),
    }
}

/// What may follow a login, and is no part of it.
fn is_aside(request: &str) -> bool {
    ["GetScopes", "GetNTP", "GetNetworkInterfaces"].iter().any(|name| request.contains(name))
}

/// Probes `count` times; each result and what was asked for it, without what it has led to.
async fn check(answer: impl Fn(&str) -> Reply, count: usize) -> Vec<String> {
    let peer = Peer::new().await;
    let mut client = client(peer.address);
    let answer = |request: &str| match is_aside(request) {
        true => fault(500, "ter:ActionNotSupported"),
        false => answer(request),
    };
    let guest = async {
        let mut seen = Vec::new();
        for _ in 0..count {
            let result = gist(&client.probe(ProbeKind::CameraOnvif, AT).await);
            let asked = peer.take_asked();
            let asked = asked.iter().filter(|request| !is_aside(request));
            let asked: Vec<_> = asked.map(|request| brief(request)).collect();
            seen.push(format!("{result}: {}", asked.join(" ")));
        }
        seen
    };
    peer.host(answer, guest).await
}

/// So that a refusal can only be about the password; asking is rare there.
#[tokio::test]
async fn digest_is_tried_first_and_each_time_with_a_fresh_nonce() {
    let answer = |request: &str| match proof(request).as_str() {
        "bare" => challenge("n", ""),
        "n/1" => information(),
        other => panic!("{other}"),
    };
    assert_eq!(check(answer, 3).await, ["passed: bare n/1"; 3]);
}

/// Cameras that mark nothing as stale are the rule at ONVIF.
#[tokio::test]
async fn a_password_changed_between_two_logins_is_one_failed_login_and_no_doubt() {
    let logins = Cell::new(0);
    let answer = |request: &str| {
        if proof(request) == "bare" {
            return challenge_of("IP Camera", &format!("n{}", logins.get()), "");
        }
        logins.set(logins.get() + 1);
        if logins.get() < 3 { information() } else { challenge_of("IP Camera", "again", "") }
    };
    let expected =
        ["passed: bare n0/1", "passed: bare n1/1", "authentication rejected: bare n2/1", "missing budget: "];
    assert_eq!(check(answer, 4).await, expected);
}

#[tokio::test]
async fn a_token_is_signed_with_the_cameras_clock() {
    let first = || {
        [
            fault(400, "ter:NotAuthorized"),
            fault(200, "ter:NotAuthorized"),
            http(400, "", ""),
            http(401, "", ""),
        ]
    };
    for case in 0..first().len() {
        let answer = |request: &str| match brief(request).as_str() {
            "clock" => clock(9),
            "token@09:00" => information(),
            "bare" => first().into_iter().nth(case).unwrap(),
            _ => fault(400, "ter:NotAuthorized"),
        };
        let expected = ["passed: bare clock token@09:00", "passed: token@09:00"];
        assert_eq!(check(answer, 2).await, expected, "case {case}");
    }
}

#[tokio::test]
async fn a_clock_that_was_set_is_no_wrong_password() {
    let moved = Cell::new(0);
    let answer = |request: &str| {
        let hour = if moved.get() < 4 { 9 } else { 12 };
        moved.set(moved.get() + 1);
        match brief(request) {
            asked if asked == "clock" => clock(hour),
            asked if asked == format!("token@{hour:02}:00") => information(),
            _ => fault(400, "ter:NotAuthorized"),
        }
    };
    let expected = [
        "passed: bare clock token@09:00",
        "passed: token@09:00",
        "passed: token@09:00 clock token@12:00",
        "passed: token@12:00",
    ];
    assert_eq!(check(answer, 4).await, expected);
}

#[tokio::test]
async fn a_refused_token_is_not_sent_again() {
    let answer = |request: &str| match brief(request).as_str() {
        "clock" => clock(17),
        _ => fault(400, "wsse:FailedAuthentication"),
    };
    // The clock is read again before the password is blamed.
    let expected = ["authentication rejected: bare clock token@17:00 clock", "missing budget: "];
    assert_eq!(check(answer, 2).await, expected);
}

#[tokio::test]
async fn a_clock_that_is_set_before_the_first_token_arrives_blames_no_password() {
    let asked = Cell::new(0);
    let answer = |request: &str| {
        asked.set(asked.get() + 1);
        match brief(request).as_str() {
            "clock" => clock(if asked.get() < 3 { 9 } else { 12 }),
            _ => fault(400, "ter:NotAuthorized"),
        }
    };
    let expected = ["missing budget: bare clock token@09:00 clock", "missing budget: "];
    assert_eq!(check(answer, 2).await, expected);
}

#[tokio::test]
async fn a_camera_that_hides_its_clock_is_taken_to_share_ours() {
    let answer = |request: &str| match brief(request).as_str() {
        "token@17:00" => information(),
        _ => fault(400, "ter:NotAuthorized"),
    };
    // The question that follows the login is signed as well.
    assert_eq!(check(answer, 1).await, ["passed: bare clock token@17:00 clock"]);
}

#[tokio::test]
async fn other_answers_have_their_own_symptoms() {
    let cases: [(&str, Bare); 7] = [
        ("passed", information),
        ("passed", || fault(500, "ter:InvalidArgVal")),
        ("missing not-offered", || fault(500, "ter:ActionNotSupported")),
        ("missing not-offered", || http(404, "", "")),
        ("content server-error", || fault(500, "ter:CriticalError")),
        ("content locked-out", || http(403, "", "")),
        ("content garbage", || http(200, "", "")),
    ];
    for (expected, reply) in cases {
        assert_eq!(check(|_| reply(), 1).await, [format!("{expected}: bare")]);
    }
}

#[tokio::test]
async fn the_dialect_that_a_camera_takes_is_found_once() {
    let is_old = |request: &str| request.contains("schemas.xmlsoap.org/soap/envelope");
    let mismatch = "<s:Fault><faultcode>s:VersionMismatch</faultcode></s:Fault>";
    type Refusal = fn(&str) -> Reply;
    // How what is not understood is answered, and how often a question is asked until it is.
    let cases: [(Refusal, usize); 3] =
        [(|_| http(200, "", ""), 3), (|_| http(415, "", ""), 3), (|text| soap(500, text), 2)];
    for (refuse, asked) in cases {
        let peer = Peer::new().await;
        let mut client = client(peer.address);
        let answer = |request: &str| match request {
            _ if !is_old(request) => refuse(mismatch),
            _ if request.contains("GetSystemDateAndTime") => clock(17),
            _ if proof(request) == "bare" => challenge("n", ""),
            _ => information(),
        };
        for (kind, count) in
            [(ProbeKind::CameraClock, asked), (ProbeKind::CameraClock, 1), (ProbeKind::CameraOnvif, 4)]
        {
            assert_eq!(gist(&peer.host(answer, client.probe(kind, AT)).await), "passed", "{kind:?}");
            assert_eq!(peer.take_asked().len(), count, "{kind:?}");
        }
    }
}

#[tokio::test]
async fn what_speaks_no_soap_is_asked_in_every_dialect_once_an_hour_and_what_is_no_service_once() {
    for (status, expected) in [(500, [3, 1, 3]), (404, [1, 1, 1]), (401, [1, 1, 1])] {
        let peer = Peer::new().await;
        let mut client = client(peer.address);
        let mut counts = Vec::new();
        for minutes in [0, 59, 60] {
            let at = AT.plus(Duration::from_mins(minutes));
            peer.host(|_| http(status, "", "oops"), client.probe(ProbeKind::CameraClock, at)).await;
            counts.push(peer.take_asked().len());
        }
        assert_eq!(counts, expected, "{status}");
    }
}

/// A camera that takes the password by Digest; what it is asked after that.
fn behind_digest(answer: impl Fn(&str) -> Reply) -> impl Fn(&str) -> Reply {
    move |request| match proof(request).as_str() {
        _ if request.contains("GetSystemDateAndTime") => clock(9),
        "bare" => challenge_of("router", "n", ""),
        _ if request.contains("GetDeviceInformation") => information(),
        _ => answer(request),
    }
}

/// The operations that were asked for, in order.
fn operations(peer: &Peer) -> Vec<String> {
    let name = |request: &String| {
        let (_, rest) = request.split_once("action=\"")?;
        Some(rest.split('"').next()?.rsplit('/').next()?.to_owned())
    };
    let mut all: Vec<String> = peer.take_asked().iter().filter_map(name).collect();
    all.dedup();
    all
}

#[tokio::test]
async fn one_question_follows_a_login_and_its_refusal_is_not_the_passwords() {
    let peer = Peer::new().await;
    let mut client = client(peer.address);
    let refusing = behind_digest(|_| challenge_of("router", "n", ""));
    let mut asked = Vec::new();
    for hours in [0, 1, 2, 25] {
        let at = AT.plus(Duration::from_hours(hours));
        let seen = peer.host(&refusing, client.probe(ProbeKind::CameraOnvif, at)).await;
        assert_eq!((gist(&seen).as_str(), client.login_pause()), ("passed", None));
        asked.push(operations(&peer)[1..].join(" "));
    }
    assert_eq!(asked, ["GetScopes", "GetNetworkInterfaces", "", "GetScopes"]);
}

#[tokio::test]
async fn a_camera_that_announces_its_maker_is_asked_in_its_language() {
    let peer = Peer::new().await;
    let mut client = client(peer.address);
    let scopes = "<GetScopesResponse><Scopes><ScopeItem>onvif://www.onvif.org/name/HIKVISION%20DS-2CD2143</ScopeItem>\
                  </Scopes></GetScopesResponse>";
    let camera = behind_digest(|_| soap(200, scopes));
    peer.host(&camera, client.probe(ProbeKind::CameraOnvif, AT)).await;
    peer.take_asked();
    peer.host(&camera, client.probe(ProbeKind::CameraLogin, AT)).await;
    assert!(peer.take_asked()[0].starts_with("GET /ISAPI/Security/userCheck "));
}

#[tokio::test]
async fn a_clock_that_is_wrong_is_told_with_where_it_takes_the_time_from() {
    let told = |servers: &str| {
        format!(
            "<GetNTPResponse><NTPInformation><FromDHCP>true</FromDHCP>{servers}</NTPInformation></GetNTPResponse>"
        )
    };
    let server = |address: &str| format!("<NTPFromDHCP><IPv4Address>{address}</IPv4Address></NTPFromDHCP>");
    let cases = [
        (told(&server("10.20.0.9")), "; its time server is 10.20.0.9, which DHCP named"),
        (told(""), "; no time server is set in it"),
        ("<Other/>".to_owned(), ""),
    ];
    for (body, expected) in cases {
        let peer = Peer::new().await;
        let mut client = client(peer.address);
        let camera = behind_digest(|request| match request.contains("GetNTP") {
            true => soap(200, &body),
            false => fault(500, "ter:ActionNotSupported"),
        });
        let mut last = String::new();
        for kind in
            [ProbeKind::CameraClock, ProbeKind::CameraOnvif, ProbeKind::CameraOnvif, ProbeKind::CameraClock]
        {
            let seen = peer.host(&camera, client.probe(kind, AT)).await;
            if let Outcome::Failed { detail, .. } = seen.outcome {
                last = detail.as_str().to_owned();
            }
        }
        let harm = "spoils recordings as evidence and logins that are signed with the time (ONVIF)";
        assert_eq!(
            last,
            format!("the camera's clock is 7 h 59 min behind, which {harm}{expected}"),
            "{body}"
        );
    }
}

#[tokio::test]
async fn a_port_of_its_own_is_asked_for_onvif_and_for_nothing_else() {
    let (web, service) = (Peer::new().await, Peer::new().await);
    let spec = CameraSpec { onvif_port: Some(service.address.port()), ..spec(web.address) };
    let mut client = CameraClient::new(spec, LIMITS).unwrap();
    let camera = behind_digest(|request| match request.contains("GetSystemDateAndTime") {
        true => fault(500, "ter:ActionNotSupported"),
        false => soap(
            200,
            "<GetDeviceInformationResponse><Manufacturer>Reolink</Manufacturer></GetDeviceInformationResponse>",
        ),
    });
    let mut seen = Vec::new();
    for kind in [ProbeKind::CameraOnvif, ProbeKind::CameraOnvif, ProbeKind::CameraReady] {
        let probe = service.host(&camera, client.probe(kind, AT));
        seen.push(gist(&web.host(|_| http(404, "", ""), probe).await));
    }
    assert_eq!(seen, ["passed", "passed", "missing not-offered"]);
    let (web, service) = (web.take_asked(), service.take_asked());
    assert!(web.iter().all(|request| !request.contains("onvif")), "{web:?}");
    assert!(service.iter().all(|request| request.starts_with("POST /onvif/")), "{service:?}");
    assert!(service.len() >= 3, "{service:?}");
}
