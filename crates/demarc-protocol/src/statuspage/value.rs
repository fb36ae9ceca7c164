//! Members of JSON objects, of which none has to be there.

use super::PageError;
use serde_json::Value;

/// The text at this pointer; empty when it is none.
pub(super) fn text<'a>(object: &'a Value, pointer: &str) -> &'a str {
    object.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}

/// The members of a list. One that is not there is empty; an object's values count as its members,
/// because some pages write a list that way.
pub(super) fn list<'a>(object: &'a Value, pointer: &str) -> Result<Vec<&'a Value>, PageError> {
    match object.pointer(pointer) {
        None | Some(Value::Null) => Ok(Vec::new()),
        Some(Value::Array(members)) => Ok(members.iter().collect()),
        Some(Value::Object(members)) => Ok(members.values().collect()),
        Some(Value::Bool(_) | Value::Number(_) | Value::String(_)) => Err(PageError::NoList),
    }
}

/// A code that some versions write as a number and others as text.
pub(super) fn code(object: &Value, pointer: &str) -> Option<i64> {
    match object.pointer(pointer)? {
        Value::Number(number) => number.as_i64(),
        Value::String(text) => text.trim().parse().ok(),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    }
}
