mod clock;
mod login;
mod media;
mod onvif;
mod peer;
mod picture;
mod relays;
mod reolink;
mod storage;
mod stream;
mod tls;
mod trouble;
mod vendors;

use demarc_model::time::Timestamp;

/// 2022-02-20T17:00:00Z.
const AT: Timestamp = Timestamp::from_millis(1_645_376_400_000);
