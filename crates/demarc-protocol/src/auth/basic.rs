//! Basic (RFC 7617): the password itself, which only somebody may get who is known to be the camera.

use super::digest::Login;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// Whether the password itself may be handed over. The caller answers for the way it takes: TLS, and the
/// key that was met first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Basic {
    #[default]
    Refused,
    Permitted,
}

/// The value of the `Authorization` header, in UTF-8. The user name must not hold a colon.
pub fn answer(login: Login<'_>) -> Vec<u8> {
    let pair = format!("{}:{}", login.username, login.password);
    format!("Basic {}", STANDARD.encode(pair)).into_bytes()
}
