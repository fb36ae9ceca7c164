//! Names of the things of a site: short, printable, safe in a file name, a URL and a log line.

use std::borrow::Borrow;
use std::fmt;

/// Why a text cannot be an id.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum IdError {
    #[error("an id needs at least one character")]
    Empty,
    #[error("an id has at most 64 characters, this one has {0}")]
    TooLong(usize),
    #[error("an id holds letters a-z, digits, '-', '_' and '.', not {0:?}")]
    Character(char),
}

fn check(text: &str) -> Result<(), IdError> {
    if text.is_empty() {
        return Err(IdError::Empty);
    }
    if text.len() > 64 {
        return Err(IdError::TooLong(text.len()));
    }
    let bad = text.chars().find(|c| !matches!(c, 'a'..='z' | 'A'..='Z' | '0'..='9' | '-' | '_' | '.'));
    bad.map_or(Ok(()), |c| Err(IdError::Character(c)))
}

macro_rules! text_id {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(Box<str>);

        impl $name {
            /// # Errors
            /// The text is empty, longer than 64 characters, or holds a character outside `[A-Za-z0-9._-]`.
            pub fn new(text: &str) -> Result<Self, IdError> {
                check(text).map(|()| Self(text.into()))
            }

            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        // Equal, ordered and hashed as its text is.
        impl Borrow<str> for $name {
            fn borrow(&self) -> &str {
                &self.0
            }
        }

        impl TryFrom<String> for $name {
            type Error = IdError;
            fn try_from(text: String) -> Result<Self, IdError> {
                Self::new(&text)
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> String {
                id.0.into()
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(&self.0)
            }
        }
    )*};
}

text_id! {
    /// One branch.
    SiteId;
    /// One camera of the site.
    CameraId;
    /// A switch, PoE source or VLAN that several cameras share.
    SegmentId;
    /// An Internet address that shares nothing with the vendor.
    ControlId;
    /// A camera vendor, as its profile is called: `axis`.
    VendorId;
    /// One host of a vendor's profile.
    EndpointId;
    /// A region of a vendor's cloud: `eu`.
    RegionId;
    /// A vendor service as the customer sees it: `remote-access`, `login`, `website`.
    CapabilityId;
    /// A way in which a person is told.
    ChannelId;
    /// A user name and password that cameras share.
    AccountId;
}

/// An incident's number at its site, counted from 1 and never reused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
#[serde(transparent)]
pub struct IncidentId(pub u64);

impl fmt::Display for IncidentId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "#{}", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accepts_names_and_refuses_what_would_need_escaping() {
        let cases = [
            ("entrance", None),
            ("se-mmo-0412.b_2", None),
            ("", Some(IdError::Empty)),
            ("käse", Some(IdError::Character('ä'))),
            ("a/b", Some(IdError::Character('/'))),
            ("a b", Some(IdError::Character(' '))),
        ];
        for (text, expected) in cases {
            assert_eq!(CameraId::new(text).err(), expected, "{text:?}");
        }
        assert_eq!(CameraId::new(&"x".repeat(65)).err(), Some(IdError::TooLong(65)));
    }
}
