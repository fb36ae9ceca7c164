//! XML from strangers, as a small tree of local names and text.
//!
//! Prefixes are not resolved, because cameras use prefixes they never bound. A document type is
//! refused: no device needs one, and entities are how a small answer becomes a large one.

use quick_xml::events::attributes::Attribute;
use quick_xml::events::{BytesRef, BytesStart, Event};
use quick_xml::{Reader, XmlVersion};
use std::borrow::Cow;

/// Why an answer could not be read as XML.
#[derive(Debug, thiserror::Error)]
pub enum XmlError {
    #[error("not well-formed XML")]
    Malformed(#[source] quick_xml::Error),
    #[error("the XML ends before its first element does")]
    Incomplete,
    #[error("the XML holds a document type, which no device needs")]
    DocumentType,
    #[error("the XML is nested deeper than {DEEPEST} levels")]
    TooDeep,
    #[error("the XML has too many elements, attributes or namespaces")]
    TooMany,
}

#[derive(Debug, Default)]
pub(crate) struct Element {
    /// Without prefix.
    pub(crate) name: String,
    pub(crate) text: String,
    /// Without prefixes, and without declarations of namespaces.
    pub(crate) attributes: Vec<(String, String)>,
    pub(crate) children: Vec<Self>,
}

const DEEPEST: usize = 64;
const MOST_NODES: usize = 50_000;
const MOST_ATTRIBUTES: usize = 256;
const MOST_NAMESPACES: usize = 128;

impl Element {
    pub(crate) fn child(&self, name: &str) -> Option<&Self> {
        self.children.iter().find(|child| child.name == name)
    }

    /// This element or the first of that name below it.
    pub(crate) fn find(&self, name: &str) -> Option<&Self> {
        if self.name == name {
            return Some(self);
        }
        self.children.iter().find_map(|child| child.find(name))
    }

    /// The text of every element of that name, here and below.
    pub(crate) fn texts<'a>(&'a self, name: &str, out: &mut Vec<&'a str>) {
        if self.name == name {
            out.push(self.text.trim());
        }
        for child in &self.children {
            child.texts(name, out);
        }
    }

    pub(crate) fn text_of(&self, name: &str) -> Option<&str> {
        self.find(name).map(|element| element.text.trim()).filter(|text| !text.is_empty())
    }

    /// The text of that name when it can stand for a device: said once or always the same, and in
    /// characters that arrived whole.
    pub(crate) fn identity(&self, name: &str) -> Option<&str> {
        let mut texts = Vec::new();
        self.texts(name, &mut texts);
        let first = texts.first().copied()?;
        let certain = texts.iter().all(|text| *text == first) && !first.contains('\u{fffd}');
        (certain && !first.is_empty()).then_some(first)
    }

    /// Every element of that name, here and below.
    pub(crate) fn all(&self, name: &str) -> Vec<&Self> {
        let mut found = Vec::new();
        self.gather(name, &mut found);
        found
    }

    fn gather<'a>(&'a self, name: &str, found: &mut Vec<&'a Self>) {
        if self.name == name {
            found.push(self);
        }
        for child in &self.children {
            child.gather(name, found);
        }
    }

    pub(crate) fn attribute(&self, name: &str) -> Option<&str> {
        let value = self.attributes.iter().find(|(key, _)| key == name).map(|(_, value)| value.trim());
        value.filter(|value| !value.is_empty())
    }

    /// A number in the text of that name.
    pub(crate) fn number<T: std::str::FromStr>(&self, name: &str) -> Option<T> {
        self.text_of(name)?.parse().ok()
    }

    /// `true` or `1`, `false` or `0`, in the text of that name.
    pub(crate) fn flag(&self, name: &str) -> Option<bool> {
        match self.text_of(name)? {
            "true" | "1" => Some(true),
            "false" | "0" => Some(false),
            _ => None,
        }
    }
}

/// Reads the first element; noise before and after it is ignored, as is the declared encoding,
/// which cameras get wrong: UTF-16 is what begins with its mark, and nothing else.
pub(crate) fn read(bytes: &[u8]) -> Result<Element, XmlError> {
    let text = decode(bytes);
    let start = text.find('<').ok_or(XmlError::Incomplete)?;
    let mut reader = Reader::from_str(&text[start..]);
    reader.config_mut().allow_dangling_amp = true;
    let mut tree = Tree::default();
    loop {
        match reader.read_event().map_err(XmlError::Malformed)? {
            Event::Start(tag) => tree.open(&tag)?,
            Event::Empty(tag) => {
                tree.open(&tag)?;
                if let Some(root) = tree.close() {
                    return Ok(root);
                }
            }
            Event::End(_) => {
                if let Some(root) = tree.close() {
                    return Ok(root);
                }
            }
            Event::Text(text) => tree.push(&text.xml10_content())?,
            Event::CData(text) => tree.push(&text.xml10_content())?,
            Event::GeneralRef(entity) => tree.push(&resolve(&entity))?,
            Event::DocType(_) => return Err(XmlError::DocumentType),
            Event::Comment(_) | Event::Decl(_) | Event::PI(_) => tree.count(1)?,
            Event::Eof => return Err(XmlError::Incomplete),
        }
    }
}

fn decode(bytes: &[u8]) -> Cow<'_, str> {
    match bytes {
        [0xff, 0xfe, units @ ..] => utf16(units, u16::from_le_bytes).into(),
        [0xfe, 0xff, units @ ..] => utf16(units, u16::from_be_bytes).into(),
        _ => String::from_utf8_lossy(bytes),
    }
}

fn utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> String {
    let (pairs, _) = bytes.as_chunks::<2>();
    let units: Vec<u16> = pairs.iter().map(|pair| unit(*pair)).collect();
    String::from_utf16_lossy(&units)
}

/// Unknown entities stay as they are written.
fn resolve(entity: &BytesRef<'_>) -> String {
    match quick_xml::escape::resolve_predefined_entity(entity) {
        Some(text) => text.to_owned(),
        None => match entity.resolve_char_ref() {
            Ok(Some(c)) => c.to_string(),
            Ok(None) | Err(_) => format!("&{};", &**entity),
        },
    }
}

fn named(attribute: &Attribute<'_>) -> (String, String) {
    let value = attribute.normalized_value(XmlVersion::Implicit1_0);
    let value = value.map_or_else(|_| attribute.value.to_string(), Cow::into_owned);
    (attribute.key.local_name().as_ref().to_owned(), value)
}

#[derive(Default)]
struct Tree {
    open: Vec<Element>,
    nodes: usize,
    namespaces: usize,
}

impl Tree {
    fn open(&mut self, tag: &BytesStart<'_>) -> Result<(), XmlError> {
        if self.open.len() >= DEEPEST {
            return Err(XmlError::TooDeep);
        }
        let mut seen = 0;
        let mut attributes = Vec::new();
        for attribute in tag.attributes().with_checks(false) {
            seen += 1;
            let Ok(attribute) = attribute else { continue };
            if attribute.key.as_ref().starts_with("xmlns") {
                self.namespaces += 1;
            } else {
                attributes.push(named(&attribute));
            }
            if seen > MOST_ATTRIBUTES || self.namespaces > MOST_NAMESPACES {
                return Err(XmlError::TooMany);
            }
        }
        let name = tag.local_name().as_ref().to_owned();
        self.open.push(Element { name, attributes, ..Element::default() });
        self.count(1 + seen)
    }

    /// The document, when this was its first element.
    fn close(&mut self) -> Option<Element> {
        let done = self.open.pop()?;
        let Some(parent) = self.open.last_mut() else { return Some(done) };
        parent.children.push(done);
        None
    }

    fn push(&mut self, text: &str) -> Result<(), XmlError> {
        if let Some(element) = self.open.last_mut() {
            element.text.push_str(text);
        }
        self.count(1)
    }

    fn count(&mut self, more: usize) -> Result<(), XmlError> {
        self.nodes += more;
        if self.nodes > MOST_NODES { Err(XmlError::TooMany) } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn outline(element: &Element) -> String {
        let children: Vec<_> = element.children.iter().map(outline).collect();
        format!("{}[{}{}]", element.name, element.text.trim(), children.join(""))
    }

    fn read_outline(text: &str) -> String {
        match read(text.as_bytes()) {
            Ok(element) => outline(&element),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn reads_the_xml_that_cameras_send() {
        let deep = |n: usize| format!("{}{}", "<a>".repeat(n), "</a>".repeat(n));
        let many = "the XML has too many elements, attributes or namespaces";
        let attributes = |n: usize| format!("<a {}/>", "b='c' ".repeat(n));
        let namespaces = |n: usize| format!("<a>{}</a>", "<b xmlns:x='y'/>".repeat(n));
        let cases = [
            (
                r#"<?xml version="1.0"?><e:A xmlns:e="x"><e:B>1 &amp; 2</e:B></e:A>"#.to_owned(),
                "A[B[1 & 2]]".to_owned(),
            ),
            ("<x:A><y:B/></x:A>".to_owned(), "A[B[]]".to_owned()),
            (
                "\u{feff}noise\0<A>\u{201d}<![CDATA[<t>]]>&#65;&eacute;</A>noise<".to_owned(),
                "A[\u{201d}<t>A&eacute;]".to_owned(),
            ),
            ("<?xml version=\u{201d}1.0\u{201d} encoding='utf-16'?><A/>".to_owned(), "A[]".to_owned()),
            ("<html><p>x<br></html>".to_owned(), "not well-formed XML".to_owned()),
            ("<A><B>".to_owned(), "the XML ends before its first element does".to_owned()),
            (String::new(), "the XML ends before its first element does".to_owned()),
            (
                r#"<!DOCTYPE a [<!ENTITY x "yy">]><A>&x;</A>"#.to_owned(),
                "the XML holds a document type, which no device needs".to_owned(),
            ),
            (deep(65), "the XML is nested deeper than 64 levels".to_owned()),
            (attributes(257), many.to_owned()),
            (attributes(256), "a[]".to_owned()),
            (namespaces(129), many.to_owned()),
            (format!("<a>{}</a>", "<b/>".repeat(50_000)), many.to_owned()),
        ];
        for (text, expected) in cases {
            assert_eq!(read_outline(&text), expected, "{}", text.chars().take(60).collect::<String>());
        }
        assert!(read(deep(64).as_bytes()).is_ok());
    }

    proptest! {
        #[test]
        fn no_answer_is_too_strange(text in r#"(<a>|</a>|<b c="d"/>|<!--|<!\[CDATA\[|&[a-z#0-9;]{0,4}|[<>"'/!?\[\]-]|\PC){0,60}"#) {
            _ = read(text.as_bytes());
        }
    }
}
