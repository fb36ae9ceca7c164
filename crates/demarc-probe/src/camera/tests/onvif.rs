use super::AT;
use super::peer::{Peer, Reply, challenge, challenge_of, client, gist, http, proof};
use demarc_model::observation::{Observation, Reading};
use demarc_model::probe::ProbeKind;
use std::cell::Cell;

type Bare = fn() -> Reply;

fn soap(status: u16, body: &str) -> Reply {
    http(status, "", &format!("<s:Envelope><s:Body>{body}</s:Body></s:Envelope>"))
}

fn fault(status: u16, code: &str) -> Reply {
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
    let cases: Vec<(&str, Option<i64>, Reply)> = vec![
        ("passed", Some(0), clock(17)),
        ("content clock", Some(3600), clock(18)),
        ("content clock", Some(-17 * 3600), clock(0)),
        ("passed", Some(30), date("Sun, 20 Feb 2022 17:00:30 GMT", "n")),
        ("content clock", Some(145_988_294), date("Sun, 20 Feb 2022 17:00:30 GMT", axis)),
        ("missing not-offered", None, date("never", "n")),
        ("missing not-offered", None, soap(200, "<GetSystemDateAndTimeResponse/>")),
        ("missing not-offered", None, fault(500, "ter:ActionNotSupported")),
        ("missing not-offered", None, http(404, "", "")),
        ("content server-error", None, fault(500, "ter:OutofMemory")),
        ("content server-error", None, http(500, "", "oops")),
        ("content busy", None, fault(503, "ter:Action")),
        ("content garbage", None, http(200, "", "<html><p>hello</html>")),
        ("content garbage", None, soap(200, "<Other/>")),
    ];
    for (index, (expected, offset_s, reply)) in cases.into_iter().enumerate() {
        let reply = Cell::new(Some(reply));
        let observation = observe(ProbeKind::CameraClock, |_| reply.take().unwrap()).await;
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

/// Probes `count` times; each result and what was asked for it.
async fn check(answer: impl Fn(&str) -> Reply, count: usize) -> Vec<String> {
    let peer = Peer::new().await;
    let mut client = client(peer.address);
    let guest = async {
        let mut seen = Vec::new();
        for _ in 0..count {
            let result = gist(&client.probe(ProbeKind::CameraOnvif, AT).await);
            let asked: Vec<_> = peer.take_asked().iter().map(|request| brief(request)).collect();
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
    assert_eq!(check(answer, 1).await, ["passed: bare clock token@17:00"]);
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
