//! A site whose parts are simulated apart, as on several hosts.

use crate::layout::Place;
use crate::{Part, Ports, SimulatedSite, SiteSpec};
use std::net::TcpStream;

const FIRST: u16 = 21_600;

async fn part(part: Part) -> SimulatedSite {
    let spec = SiteSpec { cameras: 3, network: 133, ports: Ports::From(FIRST), part, ..SiteSpec::default() };
    SimulatedSite::start(&spec).await.unwrap()
}

/// Whether something takes connections at the web port of a camera, and at the TLS port of a control.
fn answer(site: &SimulatedSite) -> [bool; 3] {
    let layout = site.layout();
    let open = |place, port| TcpStream::connect((layout.address(place), port)).is_ok();
    [
        open(Place::Camera(0), layout.ports.camera_web),
        open(Place::Camera(1), layout.ports.camera_web),
        open(Place::Control(0), layout.ports.tls),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn each_part_is_there_alone_and_they_make_up_the_site() {
    let second = part(Part::Camera(2)).await;
    assert_eq!(answer(&second), [false, true, false]);
    assert_eq!(second.counts().into_iter().map(|(id, _)| id).collect::<Vec<_>>(), ["cam-02"]);
    let _beyond = part(Part::Beyond).await;
    assert_eq!(answer(&second), [false, true, true]);
    let _first = part(Part::Camera(1)).await;
    assert_eq!(answer(&second), [true, true, true]);
}

#[tokio::test]
async fn a_camera_that_the_site_does_not_have_is_refused() {
    let spec = SiteSpec { cameras: 3, part: Part::Camera(4), ..SiteSpec::default() };
    let error = SimulatedSite::start(&spec).await.err().unwrap();
    assert_eq!(error.to_string(), "the simulated site has 3 cameras and no camera number 4");
}

#[test]
fn parts_are_read_from_texts() {
    assert_eq!("beyond".parse(), Ok(Part::Beyond));
    assert_eq!("cam-07".parse(), Ok(Part::Camera(7)));
    for text in ["", "cam-", "cam-0", "cam-x", "camera", "Beyond"] {
        assert!(text.parse::<Part>().is_err(), "{text}");
    }
}
