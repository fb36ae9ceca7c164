//! The cameras: what they are called, where they hang, and how each differs from the next.

/// A camera as it was built and mounted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct CameraPlan {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) segment: usize,
    pub(crate) serial: String,
    pub(crate) model: &'static str,
    pub(crate) firmware: &'static str,
    pub(crate) algorithm: Algorithm,
    pub(crate) onvif_login: Login,
}

/// The hash of a camera's web challenge.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Algorithm {
    Md5,
    Sha256,
}

/// How ONVIF wants to be logged in to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Login {
    Digest,
    /// WS-UsernameToken, and nothing else.
    Token,
}

const NAMES: [&str; 24] = [
    "Entrance",
    "Tills",
    "Vault door",
    "ATM lobby",
    "Counter left",
    "Counter right",
    "Back office",
    "Loading bay",
    "Car park north",
    "Car park south",
    "Staff entrance",
    "Server room",
    "Stairs",
    "Lift",
    "Corridor",
    "Safe deposit",
    "Cash handling",
    "Meeting room",
    "Bottle return",
    "Self-checkout",
    "Cold store",
    "Goods lift",
    "Roof",
    "Alley",
];

const MODELS: [(&str, &str); 4] = [
    ("AXIS P3265-V", "12.11.77"),
    ("AXIS M1075-L", "12.5.56"),
    ("AXIS M3206-LVE", "10.12.213"),
    ("AXIS Q6135-LE", "11.11.160"),
];

pub(super) fn plans(count: usize, segments: usize) -> Vec<CameraPlan> {
    (0..count).map(|index| plan(index, index * segments / count)).collect()
}

fn plan(index: usize, segment: usize) -> CameraPlan {
    let (model, firmware) = MODELS[index % MODELS.len()];
    let number = index + 1;
    CameraPlan {
        id: format!("cam-{number:02}"),
        name: NAMES.get(index).map_or_else(|| format!("Camera {number}"), |name| (*name).to_owned()),
        segment,
        serial: format!("B8A44F{number:06X}"),
        model,
        firmware,
        algorithm: if index % 5 == 4 { Algorithm::Sha256 } else { Algorithm::Md5 },
        onvif_login: if index % 3 == 2 { Login::Token } else { Login::Digest },
    }
}
