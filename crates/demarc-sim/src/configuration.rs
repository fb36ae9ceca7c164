//! The files with which an agent watches the simulated site.
//!
//! They hold what a real branch's files hold; only the addresses and ports tell the difference.

use crate::layout::{
    CAPABILITIES, CONTROLS, Depth, ENDPOINTS, Layout, PASSWORD, Place, REMOTE_ACCESS, STATUS_HOST, USERNAME,
    VENDOR_ZONE,
};
use crate::page::COMPONENTS;
use crate::site::SimError;
use std::fmt::{self, Write as _};
use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

/// How often the agent is to look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pace {
    /// As at a branch.
    Real,
    /// As fast as a spectator wants it.
    Demo,
}

pub(crate) fn write(layout: &Layout, ca: &str, folder: &Path, pace: Pace) -> Result<PathBuf, SimError> {
    let vendors = folder.join("vendors");
    fs::create_dir_all(&vendors).map_err(|source| SimError::Write { path: vendors.clone(), source })?;
    let main = folder.join("demarc.toml");
    save(&folder.join("ca.pem"), ca)?;
    save(&folder.join("cameras.password"), &format!("{PASSWORD}\n"))?;
    save(&vendors.join("axis.toml"), &profile(layout))?;
    save(&main, &site(layout, pace))?;
    Ok(main)
}

/// For the owner's eyes only: one of the files is a password, and the rest need no other readers.
fn save(path: &Path, text: &str) -> Result<(), SimError> {
    let open = || OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(path);
    let save = || -> io::Result<()> { open()?.write_all(text.as_bytes()) };
    save().map_err(|source| SimError::Write { path: path.to_owned(), source })
}

const WRITES: &str = "writing to a String cannot fail";

fn site(layout: &Layout, pace: Pace) -> String {
    let mut out = String::new();
    write_network(&mut out, layout).expect(WRITES);
    write_segments(&mut out, layout).expect(WRITES);
    write_cameras(&mut out, layout).expect(WRITES);
    out.push_str(pace.text());
    out
}

fn write_network(out: &mut String, layout: &Layout) -> fmt::Result {
    let ports = layout.ports;
    writeln!(
        out,
        "[site]\nid = \"simulated\"\nname = \"Simulated branch\"\nvendor = \"axis\"\n\n\
         [network]\ninterface = \"lo\"\ngateway = \"{gateway}\"\ngateway-port = {port}\n\
         resolver = \"{resolver}\"\nresolver-on-gateway = true\nsecond-resolver = \"{second}\"\n\
         random-zone = \"example\"\nca-file = \"ca.pem\"\n\
         time-servers = []\nportal-check = \"http://{page}:{web}/generate_204\"\n",
        gateway = layout.address(Place::Gateway),
        port = ports.device,
        resolver = layout.site_resolver(),
        second = layout.second_resolver(),
        page = layout.address(Place::Control(0)),
        web = ports.web,
    )?;
    for (index, (id, host)) in CONTROLS.iter().enumerate() {
        writeln!(
            out,
            "[[network.control]]\nid = \"{id}\"\nhost = \"{host}\"\naddress = \"{}\"\nport = {}\ncheck = \"tls\"\n",
            layout.address(Place::Control(index)),
            ports.tls,
        )?;
    }
    Ok(())
}

fn write_segments(out: &mut String, layout: &Layout) -> fmt::Result {
    for (index, id) in layout.segments.iter().enumerate() {
        let address = layout.address(Place::Switch(index));
        let port = layout.ports.device;
        writeln!(out, "[[segment]]\nid = \"{id}\"\naddress = \"{address}\"\nport = {port}\n")?;
    }
    Ok(())
}

fn write_cameras(out: &mut String, layout: &Layout) -> fmt::Result {
    writeln!(
        out,
        "[[account]]\nname = \"cameras\"\nusername = \"{USERNAME}\"\npassword = {{ file = \"cameras.password\" }}\n"
    )?;
    for (index, camera) in layout.cameras.iter().enumerate() {
        writeln!(
            out,
            "[[camera]]\nid = \"{id}\"\nname = \"{name}\"\naddress = \"{address}\"\naccount = \"cameras\"\n\
             segment = \"{segment}\"\nport = {port}\nrtsp-port = {rtsp}\n",
            id = camera.id,
            name = camera.name,
            address = layout.address(Place::Camera(index)),
            segment = layout.segments[camera.segment],
            port = layout.ports.camera_web,
            rtsp = layout.ports.camera_rtsp,
        )?;
    }
    Ok(())
}

impl Pace {
    const fn text(self) -> &'static str {
        match self {
            Self::Real => {
                "[probing]\npath-interval = \"5s\"\nvendor-interval = \"15s\"\ncamera-interval = \"15s\"\n\
                 login-interval = \"20s\"\nvideo-interval = \"5m\"\nsuspicion-interval = \"2s\"\nconnect-timeout = \"2s\"\n\
                 timeout = \"8s\"\n"
            }
            Self::Demo => {
                "[probing]\npath-interval = \"1s\"\nvendor-interval = \"1s\"\ncamera-interval = \"2s\"\n\
                 login-interval = \"2s\"\nvideo-interval = \"4s\"\nsuspicion-interval = \"500ms\"\nconnect-timeout = \"600ms\"\n\
                 tls-timeout = \"800ms\"\ntimeout = \"1s\"\n\n\
                 [diagnosis]\nclose-after = \"4s\"\nundetermined-after = \"15s\"\n"
            }
        }
    }
}

fn profile(layout: &Layout) -> String {
    let mut out = String::new();
    write_profile(&mut out, layout).expect(WRITES);
    out
}

fn write_profile(out: &mut String, layout: &Layout) -> fmt::Result {
    writeln!(out, "id = \"axis\"\nname = \"Axis, simulated\"\nrelay-domains = [\"{VENDOR_ZONE}\"]\n")?;
    for (id, name, german) in CAPABILITIES {
        let component = COMPONENTS.iter().find(|(capability, _)| *capability == id);
        let component = component.map_or(name, |(_, component)| *component);
        writeln!(
            out,
            "[[capability]]\nid = \"{id}\"\nname = \"{name}\"\nname-de = \"{german}\"\npage-components = [\"{component}\"]\n"
        )?;
    }
    for (index, endpoint) in ENDPOINTS.iter().enumerate() {
        let marked = if endpoint.capability == REMOTE_ACCESS { "from-cameras = true\n" } else { "" };
        let check = match endpoint.depth {
            Depth::Tls => "check = \"tls\"",
            Depth::Https => "check = \"https\"\npath = \"/\"",
        };
        writeln!(
            out,
            "[[endpoint]]\nid = \"{}\"\ncapability = \"{}\"\nhost = \"{}\"\naddress = \"{}\"\nport = {}\n{check}\nregion = \"{}\"\n\
             trust = \"public\"\n{marked}private = true\nsource = \"the simulation\"\nverified = true\n",
            endpoint.id,
            endpoint.capability,
            endpoint.host,
            layout.address(Place::Endpoint(index)),
            layout.ports.tls,
            endpoint.region,
        )?;
    }
    let port = layout.ports.tls;
    writeln!(
        out,
        "[status-page]\nurl = \"https://{STATUS_HOST}:{port}/api/v2/summary.json\"\nformat = \"statuspage\"\n\
         private = true\nsource = \"the simulation\"\nverified = true"
    )
}
