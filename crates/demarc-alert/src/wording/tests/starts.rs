use crate::sample::{camera_fault, incident_in, site, site_in, time};
use crate::wording::{Label, report};
use demarc_model::fault::{CameraCause, Fault, SegmentCause};
use demarc_model::id::SegmentId;
use demarc_model::incident::{CameraStarts, Incident};
use demarc_model::site::Language;
use demarc_model::verdict::Finding;

/// The rows about cameras after the one on how they stand.
fn told(cause: CameraCause, starts: CameraStarts, over: bool, language: Language) -> Vec<String> {
    let base = incident_in(camera_fault(cause), language);
    let closed = over.then_some(time("16:50:00"));
    let incident = Incident { starts: Some(starts), closed, ..base };
    let report = report(&incident, &site_in(language), time("16:51:00"));
    let mut rows = report.rows.into_iter().filter(|row| row.label == Label::Cameras);
    rows.next();
    rows.map(|row| row.text).collect()
}

#[test]
fn a_camera_that_started_anew_had_no_power_and_one_that_ran_had_no_network() {
    let once = CameraStarts { anew: 1, ran: 0, times: 1, last: Some(time("16:45:00")) };
    let (gone, english) = (CameraCause::Unreachable, Language::English);
    let expected = "it started anew at 16:45:00 UTC: its power was gone, or it was restarted";
    assert_eq!(told(gone, once, true, english), [expected]);
    assert_eq!(told(gone, once, false, english), [expected]);
    let often = CameraStarts { times: 3, ..once };
    let expected = "it started anew 3 times, last at 16:45:00 UTC: look at its power (PoE, power supply)";
    assert_eq!(told(gone, often, false, english), [expected]);
    let ran = CameraStarts { anew: 0, ran: 1, times: 0, last: None };
    assert_eq!(told(gone, ran, false, english), [""; 0], "it may be gone again");
    let expected = "it ran all the while: its power was not gone, only its network";
    assert_eq!(told(gone, ran, true, english), [expected]);
    assert_eq!(told(CameraCause::Credentials, ran, true, english), [""; 0], "nobody asked");
    let expected = "lief die ganze Zeit durch: nicht der Strom fehlte, nur das Netz";
    assert_eq!(told(gone, ran, true, Language::German), [expected]);
}

#[test]
fn of_many_it_is_told_how_many() {
    let fault = Fault::Segment { segment: SegmentId::new("floor-a").unwrap(), cause: SegmentCause::Down };
    let starts = CameraStarts { anew: 5, ran: 1, times: 6, last: Some(time("16:45:00")) };
    let incident = Incident { starts: Some(starts), ..incident_in(Finding::Fault(fault), Language::English) };
    let report = report(&incident, &site(), time("16:51:00"));
    let expected = "5 started anew, last at 16:45:00 UTC, and 1 ran all the while: their power was gone, or \
                    they were restarted";
    assert!(report.rows.iter().any(|row| row.text == expected), "{:?}", report.rows);
}
