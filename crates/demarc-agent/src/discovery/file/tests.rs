use super::*;
use demarc_model::text::DeviceText;
use demarc_probe::discovery::Service;
use std::collections::BTreeSet;

const SITE: &str = "[site]\nid = \"b\"\nname = \"B\"\n";
const CAMERA: &str = "[[camera]]\nid = \"entrance\"\naddress = \"10.20.0.101\"\n";
const DAY: &str = "2026-11-26";

fn device(address: [u8; 4], title: &str) -> Device {
    Device {
        address: address.into(),
        others: Vec::new(),
        interface: "eth0".to_owned(),
        name: Some(DeviceText::clean(title)).filter(|text| !text.is_empty()),
        model: None,
        place: None,
        serial: None,
        mac: None,
        means: BTreeSet::from([Means::Onvif]),
        maker: None,
        service: None,
        elsewhere: None,
        standing: Standing::New,
    }
}

struct Folder(tempfile::TempDir);

impl Folder {
    fn with(files: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("demarc.d")).unwrap();
        for (name, text) in files {
            fs::write(folder.path().join(name), text).unwrap();
        }
        Self(folder)
    }

    fn config(&self) -> PathBuf {
        self.0.path().join("demarc.toml")
    }

    fn add(&self, devices: &[Device]) -> Result<Written, FileError> {
        let known = config::known::known(&self.config()).unwrap();
        add(&self.config(), devices, &known, DAY)
    }

    fn cameras(&self) -> Option<String> {
        fs::read_to_string(path(&self.config())).ok()
    }
}

#[test]
fn a_new_site_becomes_a_good_configuration() {
    let folder = Folder::with(&[("demarc.toml", SITE)]);
    let mut axis = device([10, 20, 0, 101], "AXIS P3265-V");
    axis.mac = Some("B8A44F00A001".to_owned());
    axis.place = Some(DeviceText::clean("Filiale München\n[[camera]]"));
    axis.means.insert(Means::AxisVideo);
    let service = |scheme, port, path: &str| Some(Service { scheme, port, path: path.to_owned() });
    axis.service = service(Scheme::Http, 80, "/onvif/device_service");
    let mut cheap = device([10, 20, 0, 7], "");
    cheap.service = service(Scheme::Http, 8899, "/onvif/devices");
    let mut safe = device([10, 20, 0, 8], "IPC");
    safe.service = service(Scheme::Https, 443, "/onvif/device_service");
    let written = folder.add(&[axis, cheap, safe]).unwrap();
    let ids: Vec<&str> = written.cameras.iter().map(|camera| camera.id.as_str()).collect();
    assert_eq!((ids.as_slice(), &written.problems), (&["axis-p3265-v-a001", "camera-7", "ipc-8"][..], &None));
    let expected = "\
# Cameras that `demarc discover --write` found. The file is yours: change ids, add names, segments and
# accounts, strike what is not a camera of yours. What is found later is added at the end.

# 2026-11-26, by ONVIF, mDNS on eth0, it says: AXIS P3265-V, B8A44F00A001, Filiale München [[camera]]
[[camera]]
id = \"axis-p3265-v-a001\"
address = \"10.20.0.101\"
onvif-path = \"/onvif/device_service\"

# 2026-11-26, by ONVIF on eth0, it says: nothing of itself
[[camera]]
id = \"camera-7\"
address = \"10.20.0.7\"
scheme = \"http\"
port = 8899
onvif-path = \"/onvif/devices\"

# 2026-11-26, by ONVIF on eth0, it says: IPC
[[camera]]
id = \"ipc-8\"
address = \"10.20.0.8\"
scheme = \"https\"
port = 443
onvif-path = \"/onvif/device_service\"
";
    assert_eq!(folder.cameras().as_deref(), Some(expected));
    let loaded = config::load(&folder.config()).unwrap();
    assert_eq!(loaded.cameras.len(), 3);
}

#[test]
fn what_a_person_wrote_stays_as_it_is() {
    let own = "# mine, with\ttabs\r\n[[camera]]\r\nid   = 'ipc-9' # ours\r\naddress = \"10.20.0.102\"\r\n[[segment]]\r\nid = \"floor\"";
    let folder = Folder::with(&[("demarc.toml", &format!("{SITE}{CAMERA}")), ("demarc.d/cameras.toml", own)]);
    let written = folder.add(&[device([10, 20, 0, 9], "IPC")]).unwrap();
    assert_eq!(written.cameras, [NewCamera { id: "ipc-9-2".to_owned(), address: [10, 20, 0, 9].into() }]);
    let text = folder.cameras().unwrap();
    assert!(text.starts_with(&format!("{own}\n\n# {DAY}")), "{text}");
    assert_eq!(config::load(&folder.config()).unwrap().cameras.len(), 3);
    let left: Vec<_> = fs::read_dir(folder.0.path().join("demarc.d")).unwrap().collect();
    assert_eq!(left.len(), 1, "nothing is left over");
}

#[test]
fn only_new_cameras_are_written() {
    let folder = Folder::with(&[("demarc.toml", &format!("{SITE}{CAMERA}"))]);
    let standings = [
        Standing::Configured("entrance".to_owned()),
        Standing::NoAddress,
        Standing::Double([10, 20, 0, 3].into()),
        Standing::OnlyRtsp,
        Standing::OnlyNeighbour,
    ];
    let devices = standings.map(|standing| Device { standing, ..device([10, 20, 0, 5], "x") });
    let expected = Written { file: path(&folder.config()), cameras: Vec::new(), problems: None };
    assert_eq!(folder.add(&devices).unwrap(), expected);
    assert_eq!(folder.cameras(), None);
}

#[test]
fn a_list_that_cannot_grow_stays_as_it_is() {
    let inline = "camera = [{ id = \"a\", address = \"10.20.0.3\" }]\n";
    for site in [SITE, "[site]\n"] {
        let folder = Folder::with(&[("demarc.toml", site), ("demarc.d/cameras.toml", inline)]);
        let refused = folder.add(&[device([10, 20, 0, 9], "IPC")]).unwrap_err();
        assert!(matches!(refused, FileError::Closed { .. }), "{refused}");
        assert_eq!(folder.cameras().as_deref(), Some(inline));
    }
}

#[test]
fn a_good_configuration_is_not_spoilt() {
    let full: String = (0..2_000)
        .map(|n| format!("[[camera]]\nid = \"c{n}\"\naddress = \"10.30.{}.{}\"\n", n / 200, n % 200))
        .collect();
    let folder = Folder::with(&[("demarc.toml", &format!("{SITE}{full}"))]);
    let refused = folder.add(&[device([10, 20, 0, 9], "IPC")]).unwrap_err();
    assert!(matches!(refused, FileError::Spoils { .. }), "{refused}");
    assert_eq!(folder.cameras(), None);
}

#[test]
fn what_was_wrong_before_is_told_and_does_not_stop_it() {
    let folder = Folder::with(&[("demarc.toml", "[site]\nid = \"b\"\n")]);
    let written = folder.add(&[device([10, 20, 0, 9], "IPC")]).unwrap();
    assert_eq!(written.problems.map(|problems| problems.problems.len()), Some(1));
    assert!(folder.cameras().is_some());
}

#[test]
fn an_id_is_short_and_made_of_what_ids_are_made_of() {
    let cases = [
        ("HIKVISION DS-2CD2143G2-I", "hikvision-ds-2cd2143g2-i-9"),
        ("../../etc/passwd", "etc-passwd-9"),
        ("Käse", "k-se-9"),
        ("監視", "camera-9"),
        ("IPC-9", "ipc-9"),
        (
            "a very long name that somebody gave a camera because the field was there",
            "a-very-long-name-that-somebody-gave-a-ca-9",
        ),
    ];
    for (title, expected) in cases {
        let stem = stem(&device([10, 20, 0, 9], title));
        assert_eq!(stem, expected);
        assert!(demarc_model::id::CameraId::new(&stem).is_ok());
    }
}
