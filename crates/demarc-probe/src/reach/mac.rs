//! Hardware addresses of Ethernet.

use std::fmt;

/// The address of one device. Written as twelve hexadecimal digits in upper case, as on the labels of
/// cameras, whose serial number it often is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Mac([u8; 6]);

impl Mac {
    /// Nothing for what no device has: all zeros, and the addresses of groups.
    pub(crate) fn of_device(bytes: [u8; 6]) -> Option<Self> {
        (bytes != [0; 6] && bytes[0] & 1 == 0).then_some(Self(bytes))
    }

    /// As the kernel writes it: `b8:a4:4f:00:00:01`.
    pub(crate) fn read(text: &str) -> Option<Self> {
        let mut bytes = [0; 6];
        hex::decode_to_slice(text.replace(':', ""), &mut bytes).ok()?;
        Self::of_device(bytes)
    }
}

impl fmt::Display for Mac {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode_upper(self.0))
    }
}
