//! The JSON Schemas of `demarc.toml` and of vendor profiles, for editors and generators.

use super::keys::site::SECTIONS;
use super::keys::{Fallback, Form, Key, Kind, Section, profile};
use serde_json::{Map, Value, json};

/// JSON Schema 2020-12 of the whole configuration; a drop-in file alone may lack what others hold.
pub fn schema() -> Value {
    let mut properties = Map::new();
    let mut variants = Vec::new();
    for section in SECTIONS.iter().filter(|section| !section.keys.is_empty()) {
        match (section.variant, section.path.split_once('.')) {
            (Some(_), _) => variants.push(object(section)),
            (None, Some((parent, name))) => properties[parent]["properties"][name] = in_form(section),
            (None, None) => {
                properties.insert(section.path.to_owned(), in_form(section));
            }
        }
    }
    let channels = json!({ "type": "array", "items": { "oneOf": variants } });
    properties.insert("channel".to_owned(), channels);
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "demarc.toml",
        "type": "object",
        "properties": properties,
        "required": ["site", "camera"],
        "additionalProperties": false,
    })
}

/// JSON Schema 2020-12 of a vendor profile, `vendors/*.toml`.
pub fn profile_schema() -> Value {
    let (top, others): (Vec<&Section>, Vec<&Section>) =
        profile::SECTIONS.iter().partition(|section| section.path.is_empty());
    let mut schema = top.first().map_or_else(|| json!({ "properties": {} }), |section| object(section));
    for section in others {
        schema["properties"][section.path] = match section.path {
            "endpoint" => json!({ "type": "array", "minItems": 1, "items": object(section) }),
            _ => in_form(section),
        };
    }
    schema["$schema"] = json!("https://json-schema.org/draft/2020-12/schema");
    schema["title"] = json!("vendors/*.toml");
    schema
}

fn in_form(section: &Section) -> Value {
    match section.form {
        Form::One => object(section),
        Form::Many if section.path == "camera" => {
            json!({ "type": "array", "minItems": 1, "items": object(section) })
        }
        Form::Many => json!({ "type": "array", "items": object(section) }),
    }
}

fn object(section: &Section) -> Value {
    let properties = section.keys.iter().map(|key| (key.name.to_owned(), property(section, key)));
    let required = section.keys.iter().filter(|key| matches!(key.fallback, Fallback::Required(_)));
    json!({
        "type": "object",
        "description": section.doc,
        "properties": properties.collect::<Map<_, _>>(),
        "required": required.map(|key| key.name).collect::<Vec<_>>(),
        "additionalProperties": false,
    })
}

fn property(section: &Section, key: &Key) -> Value {
    let mut value = match (key.name, section.variant) {
        ("type", Some(variant)) => json!({ "const": variant }),
        _ => of_kind(key.kind),
    };
    value["description"] = json!(key.doc);
    match key.fallback {
        Fallback::Text(text) => value["default"] = json!(text),
        Fallback::Texts(texts) => value["default"] = json!(texts),
        Fallback::Number(number) => value["default"] = json!(number),
        Fallback::Flag(flag) => value["default"] = json!(flag),
        Fallback::Required(_) | Fallback::Absent(_) => {}
    }
    value
}

fn of_kind(kind: Kind) -> Value {
    match kind {
        Kind::Id => json!({ "type": "string", "pattern": "^[A-Za-z0-9._-]{1,64}$" }),
        Kind::Text | Kind::MailAddress | Kind::Host | Kind::File | Kind::Address(_) | Kind::Server(_) => {
            json!({ "type": "string", "minLength": 1 })
        }
        Kind::Port => json!({ "type": "integer", "minimum": 1, "maximum": 65_535 }),
        Kind::Duration { .. } => json!({ "type": "string", "pattern": "^[0-9]+(ms|s|m|h|d)$" }),
        Kind::Integer { least, most } => json!({ "type": "integer", "minimum": least, "maximum": most }),
        Kind::Choice(words) => json!({ "enum": words }),
        Kind::Flag => json!({ "type": "boolean" }),
        Kind::AutoFlag => json!({ "enum": ["auto", true, false] }),
        Kind::Url(schemes) => json!({ "type": "string", "pattern": format!("^({})://", schemes.join("|")) }),
        Kind::UrlPath(words) => {
            let words = words.iter().map(|word| format!("|^{word}$")).collect::<String>();
            json!({ "type": "string", "pattern": format!("^/{words}") })
        }
        Kind::Secret => json!({
            "type": "object",
            "properties": {
                "file": { "type": "string" },
                "env": { "type": "string" },
                "credential": { "type": "string" },
            },
            "minProperties": 1,
            "maxProperties": 1,
            "additionalProperties": false,
        }),
        Kind::Texts => json!({ "type": "array", "items": { "type": "string", "minLength": 1 } }),
    }
}
