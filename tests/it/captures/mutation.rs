//! Damage to answers, the same in every run, and answers that are made to hurt.

/// Marsaglia's xorshift: enough to choose places by.
struct Chance(u64);

impl Chance {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn below(&mut self, bound: usize) -> usize {
        usize::try_from(self.next() % bound.max(1) as u64).unwrap()
    }
}

/// Pieces that parsers trip over.
const PIECES: [&[u8]; 20] = [
    b"<",
    b">",
    b"</",
    b"/>",
    b"<![CDATA[",
    b"]]>",
    b"<!--",
    b"&#x10ffff;",
    b"&#0;",
    b"&amp",
    b"\"",
    b"\\u0000",
    b"{",
    b"[",
    b"99999999999999999999",
    b"-1",
    b"\0",
    b"\xff\xfe",
    b"\xc3",
    b"=\r\n",
];

/// One to eight changes: bytes flipped, cut out, doubled, or pieces put in.
pub(crate) fn damage(bytes: &[u8], seed: u64) -> Vec<u8> {
    let mut chance = Chance(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
    let mut bytes = bytes.to_vec();
    for _ in 0..=chance.below(8) {
        let at = chance.below(bytes.len() + 1);
        let end = (at + chance.below(40)).min(bytes.len());
        match chance.below(5) {
            0 => {
                if let Some(byte) = bytes.get_mut(at) {
                    *byte ^= 1 << chance.below(8);
                }
            }
            1 => drop(bytes.drain(at..end)),
            2 => {
                let piece = bytes[at..end].to_vec();
                bytes.splice(at..at, piece);
            }
            3 => {
                let piece = PIECES[chance.below(PIECES.len())];
                bytes.splice(at..at, piece.iter().copied());
            }
            _ => {
                let piece = PIECES[chance.below(PIECES.len())];
                bytes.splice(at..end, piece.iter().copied());
            }
        }
    }
    bytes
}

/// Bodies of about this many bytes.
pub(crate) fn hostile(large: usize) -> Vec<(&'static str, Vec<u8>)> {
    let filled = |piece: &str| piece.repeat(large / piece.len());
    let soap = |inside: &str| format!("<E><Body><GetScopesResponse>{inside}</GetScopesResponse></Body></E>");
    let laughs = r#"<!DOCTYPE a [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]><E><Body>&b;</Body></E>"#;
    let outside = r#"<!DOCTYPE a [<!ENTITY % x SYSTEM "file:///etc/hostname">%x;]><E/>"#;
    let texts = [
        ("a billion laughs", laughs.to_owned()),
        ("an entity from outside", outside.to_owned()),
        ("depth", filled("<a>")),
        ("depth in JSON", filled("[")),
        ("attributes", format!("<E {}/>", filled("a='b' "))),
        ("namespaces", format!("<E>{}</E>", filled("<a xmlns:b='c'/>"))),
        ("one long attribute", format!("<E a='{}'/>", filled("x"))),
        ("an endless comment", format!("<E><!--{}", filled("- "))),
        ("an endless section", format!("<E><![CDATA[{}", filled("]"))),
        ("an endless instruction", format!("<?{}", filled("? "))),
        ("many scopes", soap(&filled("<ScopeItem>onvif://www.onvif.org/location/a%20b</ScopeItem>"))),
        ("escapes", soap(&format!("<ScopeItem>onvif://www.onvif.org/name/{}</ScopeItem>", filled("%41")))),
        ("many values", format!(r#"{{"data":[{}0]}}"#, filled("0,"))),
        ("a long text", format!(r#"{{"data":{{"systemready":"{}"}}}}"#, filled("y"))),
        ("many lines", filled("a=b\n")),
        ("many disks", (0..large / 25).map(|n| format!("list.info[{n}].Name=x\n")).collect()),
        ("one line", filled("a")),
        ("nothing but blanks", filled(" \r\n")),
    ];
    texts.into_iter().map(|(name, text)| (name, text.into_bytes())).collect()
}
