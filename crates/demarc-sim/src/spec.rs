//! How large a site to simulate, which part of it, and where on loopback.

use std::str::FromStr;

/// The size and the place of a simulated site.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SiteSpec {
    /// 1 to 2,000.
    pub cameras: u16,
    /// 1 to 26, at most one per camera.
    pub segments: u16,
    /// The site is 127.N.0.0/16, what lies beyond its line the three networks after it. At most 252.
    pub network: u8,
    pub ports: Ports,
    /// How long a camera's challenge can be answered.
    pub nonce_life_s: u32,
    pub part: Part,
}

/// What of the site is simulated here: in a network of several hosts, each can stand for its own part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    Whole,
    /// One camera by its number, from 1.
    Camera(u16),
    /// What lies beyond the line: controls, the vendor, its status page, a portal.
    Beyond,
}

/// A text that names no part of a site.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a part of the simulated site is a camera's id, such as `cam-07`, or `beyond`, not {0:?}")]
pub struct PartError(String);

impl FromStr for Part {
    type Err = PartError;

    fn from_str(text: &str) -> Result<Self, PartError> {
        if text == "beyond" {
            return Ok(Self::Beyond);
        }
        let number = text.strip_prefix("cam-").and_then(|digits| digits.parse().ok());
        number.filter(|number| *number > 0).map(Self::Camera).ok_or_else(|| PartError(text.to_owned()))
    }
}

/// Which TCP and UDP ports are used. Each of six services has one, on many addresses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ports {
    /// Six that are free.
    Free,
    /// This one and the five after it; from 20000 to 65000.
    From(u16),
}

/// A site that cannot be simulated.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SpecError {
    #[error("a simulated site has 1 to 2000 cameras, not {0}")]
    Cameras(u16),
    #[error("a simulated site has 1 to 26 segments and no more than cameras, not {0}")]
    Segments(u16),
    #[error("the simulated site has {1} cameras and no camera number {0}")]
    Part(u16, u16),
    #[error("the first network is 127.1 to 127.252, not 127.{0}")]
    Network(u8),
    #[error("the first port is 20000 to 65000, not {0}")]
    Ports(u16),
}

impl Default for SiteSpec {
    fn default() -> Self {
        Self {
            cameras: 12,
            segments: 2,
            network: 77,
            ports: Ports::Free,
            nonce_life_s: 300,
            part: Part::Whole,
        }
    }
}

impl SiteSpec {
    pub(crate) fn check(&self) -> Result<(), SpecError> {
        if !(1..=2_000).contains(&self.cameras) {
            return Err(SpecError::Cameras(self.cameras));
        }
        if !(1..=26).contains(&self.segments) || self.segments > self.cameras {
            return Err(SpecError::Segments(self.segments));
        }
        if !(1..=252).contains(&self.network) {
            return Err(SpecError::Network(self.network));
        }
        if let Part::Camera(number) = self.part
            && number > self.cameras
        {
            return Err(SpecError::Part(number, self.cameras));
        }
        match self.ports {
            Ports::From(first) if !(20_000..=65_000).contains(&first) => Err(SpecError::Ports(first)),
            Ports::From(_) | Ports::Free => Ok(()),
        }
    }
}
