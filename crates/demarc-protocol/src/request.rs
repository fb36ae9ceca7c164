//! An HTTP request as data.

use std::borrow::Cow;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    pub method: Method,
    /// Path and query, as they go on the wire and into the digest.
    pub target: String,
    pub content_type: Option<Cow<'static, str>>,
    /// What else the device has to be told; names in lower case.
    pub headers: Vec<(&'static str, String)>,
    pub body: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    Get,
    Post,
}

impl Method {
    pub const fn name(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
        }
    }
}

impl Request {
    pub fn get(target: &str) -> Self {
        Self {
            method: Method::Get,
            target: target.to_owned(),
            content_type: None,
            headers: Vec::new(),
            body: String::new(),
        }
    }

    pub(crate) fn post(target: &str, content_type: &'static str, body: String) -> Self {
        Self {
            method: Method::Post,
            target: target.to_owned(),
            content_type: Some(content_type.into()),
            headers: Vec::new(),
            body,
        }
    }
}
