//! How a probe failed, in the order in which a probe can fail.

/// What a probe ran into. The order is the order of a probe's stages: a name is resolved before a
/// connection is made, a connection before TLS, TLS before HTTP. When several faults act on one
/// probe, the earliest of their symptoms is the one that is seen; diagnosis rests on this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Symptom {
    /// The resolver did not answer, or its port is closed.
    NameSilent,
    /// The resolver answered SERVFAIL or REFUSED.
    NameServfail,
    /// The resolver says that there is no such name or no address for it.
    NameMissing,
    /// The answer cannot be right: a private address for a public name, an address for a name that does not exist.
    NameWrong,
    /// Nothing came back.
    Timeout,
    /// A router or this host said that there is no way there.
    Unreachable,
    /// The connection was refused or reset.
    Refused,
    /// The certificate is not the one expected: issuer, name or pin.
    TlsUntrusted,
    /// The certificate is out of its dates.
    TlsExpired,
    /// No TLS version or cipher in common.
    TlsOld,
    /// The handshake began and stopped: what an MTU black hole does.
    TlsStall,
    /// Connected, then no answer within the deadline, or the connection was closed without one.
    Hung,
    /// HTTP 5xx other than 503.
    ServerError,
    /// HTTP 503, RTSP 453: alive and out of resources.
    Busy,
    /// A redirect where none belongs, or another page than the one asked for: a portal's signature.
    Redirected,
    /// An answer that is not the protocol spoken, or is over its limits.
    Garbage,
    /// HTTP 403: the client is blocked or lacks the role.
    LockedOut,
    /// The password was refused after a fresh nonce.
    Rejected,
    /// Only authentication schemes that are not spoken here are offered.
    SchemeUnknown,
    /// The clock is off.
    Clock,
    /// The device says that it is starting.
    Booting,
    /// The device has no users: it was reset.
    FactoryReset,
    /// Another device answers at this address.
    IdentityChanged,
    /// Two devices answer at this address in turn.
    Conflict,
    /// The session plays, and no packets come.
    NoVideo,
    /// The picture does not change.
    Frozen,
    /// The picture is dark, covered or of one colour.
    Dark,
    /// The camera says that it has no connection to its cloud.
    Offline,
    /// The wire is flooded with broadcasts.
    Storm,
    /// The thing reports itself unfit: no carrier, no route, no room, read-only.
    Unfit,
    /// Answered, far slower than it should.
    Slow,
    /// As it should be.
    Passed,
}

impl Symptom {
    pub const ALL: [Self; 32] = [
        Self::NameSilent,
        Self::NameServfail,
        Self::NameMissing,
        Self::NameWrong,
        Self::Timeout,
        Self::Unreachable,
        Self::Refused,
        Self::TlsUntrusted,
        Self::TlsExpired,
        Self::TlsOld,
        Self::TlsStall,
        Self::Hung,
        Self::ServerError,
        Self::Busy,
        Self::Redirected,
        Self::Garbage,
        Self::LockedOut,
        Self::Rejected,
        Self::SchemeUnknown,
        Self::Clock,
        Self::Booting,
        Self::FactoryReset,
        Self::IdentityChanged,
        Self::Conflict,
        Self::NoVideo,
        Self::Frozen,
        Self::Dark,
        Self::Offline,
        Self::Storm,
        Self::Unfit,
        Self::Slow,
        Self::Passed,
    ];
    pub const COUNT: usize = Self::ALL.len();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_lists_every_symptom_in_order() {
        for (index, symptom) in Symptom::ALL.into_iter().enumerate() {
            assert_eq!(symptom as usize, index);
        }
        assert_eq!(Symptom::ALL.last(), Some(&Symptom::Passed));
    }
}
