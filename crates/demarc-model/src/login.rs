//! What a refused password leads to.

use crate::time::Timestamp;

/// A time in which no password is sent to a camera, so that it does not lock the account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LoginPause {
    pub until: Timestamp,
    /// Whether the camera refused the password for certain; otherwise it may have, and nobody is blamed.
    pub rejected: bool,
}
