//! For how long a copy of the page has lain in caches, RFC 9111 section 5.1.

use crate::http::Response;
use ::http::header;

/// In seconds; nothing where no cache says it, or not in digits.
pub(super) fn of(response: &Response) -> u32 {
    let age = response.headers.get(header::AGE).and_then(|value| value.to_str().ok());
    age.and_then(seconds).unwrap_or(0)
}

/// The first of a list. One that is too great is the greatest there is (section 1.2.2), for 0 would be fresh.
fn seconds(text: &str) -> Option<u32> {
    let first = text.split(',').next()?.trim();
    let is_number = !first.is_empty() && first.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| first.parse().unwrap_or(u32::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Fault S08 of the table of hostile input.
    #[test]
    fn an_age_beyond_all_numbers_is_great_and_not_none() {
        let cases = [
            ("0", Some(0)),
            (" 86400 ", Some(86_400)),
            ("0086400", Some(86_400)),
            ("4294967295", Some(u32::MAX)),
            ("4294967296", Some(u32::MAX)),
            ("99999999999", Some(u32::MAX)),
            ("340282366920938463463374607431768211456", Some(u32::MAX)),
            ("86400, 5", Some(86_400)),
            ("-1", None),
            ("+5", None),
            ("1.5", None),
            ("soon", None),
            ("", None),
        ];
        for (text, expected) in cases {
            assert_eq!(seconds(text), expected, "{text}");
        }
    }
}
