//! Profiles and the addresses of stream and picture, of both media services.

use super::{OnvifError, Reply, parse};
use crate::xml::Element;

/// One way in which a camera sends video.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Profile {
    /// What it is asked for by.
    pub token: String,
    pub name: Option<String>,
    pub encoding: Option<String>,
    /// Width and height, in pixels.
    pub resolution: Option<(u32, u32)>,
}

/// A recorder lists some for each of its channels.
const MOST: usize = 512;

/// # Errors
/// The bytes are no SOAP answer to this question.
pub fn parse_profiles(bytes: &[u8]) -> Result<Reply<Vec<Profile>>, OnvifError> {
    parse(bytes, "GetProfilesResponse", |answer| {
        let profiles = answer.children.iter().filter(|child| child.name == "Profiles");
        profiles.take(MOST).filter_map(of_profile).collect()
    })
}

fn of_profile(profile: &Element) -> Option<Profile> {
    let encoder = profile.find("VideoEncoderConfiguration").or_else(|| profile.find("VideoEncoder"));
    let resolution = encoder.and_then(|encoder| encoder.find("Resolution"));
    let pixels = |name| resolution.and_then(|resolution| resolution.number(name));
    Some(Profile {
        token: profile.attribute("token")?.to_owned(),
        name: profile.child("Name").and_then(|name| name.text_of("Name")).map(str::to_owned),
        encoding: encoder.and_then(|encoder| encoder.text_of("Encoding")).map(str::to_owned),
        resolution: pixels("Width").zip(pixels("Height")),
    })
}

/// The profile that costs camera and network the least, of those whose size is known; else the last,
/// which is the smaller stream by custom.
pub fn smallest(profiles: &[Profile]) -> Option<&Profile> {
    let area =
        |profile: &&Profile| profile.resolution.map(|(width, height)| u64::from(width) * u64::from(height));
    let sized = profiles.iter().filter(|profile| profile.resolution.is_some());
    sized.min_by_key(area).or(profiles.last())
}

/// `None` when the camera answers without an address.
///
/// # Errors
/// The bytes are no SOAP answer to this question.
pub fn parse_stream_uri(bytes: &[u8]) -> Result<Reply<Option<String>>, OnvifError> {
    parse(bytes, "GetStreamUriResponse", uri)
}

/// `None` when the camera answers without an address, as those do that make no pictures.
///
/// # Errors
/// The bytes are no SOAP answer to this question.
pub fn parse_snapshot_uri(bytes: &[u8]) -> Result<Reply<Option<String>>, OnvifError> {
    parse(bytes, "GetSnapshotUriResponse", uri)
}

/// Some break the line inside the address.
fn uri(answer: &Element) -> Option<String> {
    let text: String = answer.text_of("Uri")?.chars().filter(|c| !c.is_control()).collect();
    Some(text.trim().to_owned())
}
