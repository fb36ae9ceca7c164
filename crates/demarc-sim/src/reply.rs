//! HTTP answers as this crate's servers give them.

use crate::clock::http_date;
use bytes::Bytes;
use demarc_model::time::Timestamp;
use http_body_util::Full;
use hyper::header::{CONTENT_TYPE, DATE, HeaderName, HeaderValue, WWW_AUTHENTICATE};
use hyper::{Response, StatusCode};

pub(crate) type Reply = Response<Full<Bytes>>;

pub(crate) fn empty(status: StatusCode) -> Reply {
    let mut reply = Response::new(Full::default());
    *reply.status_mut() = status;
    reply
}

pub(crate) fn with_body(status: StatusCode, kind: &'static str, body: Vec<u8>) -> Reply {
    let mut reply = Response::new(Full::from(body));
    *reply.status_mut() = status;
    reply.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    reply
}

pub(crate) fn html(status: StatusCode) -> Reply {
    let reason = status.canonical_reason().unwrap_or_default();
    let page =
        format!("<HTML><HEAD><TITLE>{0} {1}</TITLE></HEAD><BODY>{1}</BODY></HTML>", status.as_u16(), reason);
    with_body(status, "text/html; charset=ISO-8859-1", page.into_bytes())
}

/// A 401 with these challenges, in this order.
pub(crate) fn unauthorized(challenges: Vec<String>) -> Reply {
    let mut reply = html(StatusCode::UNAUTHORIZED);
    for challenge in challenges {
        add(&mut reply, WWW_AUTHENTICATE, &challenge);
    }
    reply
}

pub(crate) fn add(reply: &mut Reply, name: HeaderName, value: &str) {
    let value = HeaderValue::from_str(value).expect("this crate's header values are printable");
    reply.headers_mut().append(name, value);
}

/// Dates an answer by the clock of the one who gives it.
pub(crate) fn dated(mut reply: Reply, time: Timestamp) -> Reply {
    add(&mut reply, DATE, &http_date(time));
    reply
}
