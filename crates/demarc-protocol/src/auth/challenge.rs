//! Reads `WWW-Authenticate`: strictly where a device keeps to the grammar, leniently where it does not.
//!
//! Values are bytes, because realms arrive in UTF-8, Latin-1 and GBK, and must be hashed as sent.

/// One scheme that a device offers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Challenge {
    pub scheme: String,
    /// In the order sent; names in lower case, values unquoted and unescaped.
    pub params: Vec<(String, Vec<u8>)>,
}

impl Challenge {
    /// The first value of that name; some devices send a parameter twice.
    pub fn param(&self, name: &str) -> Option<&[u8]> {
        self.params.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_slice())
    }

    pub fn is(&self, scheme: &str) -> bool {
        self.scheme.eq_ignore_ascii_case(scheme)
    }
}

/// Longer header values are cut: none is honest, and the lenient reader looks ahead.
const LONGEST: usize = 8192;

/// Reads every challenge of every header value. What cannot be read is left out.
pub fn read<'a>(headers: impl IntoIterator<Item = &'a [u8]>) -> Vec<Challenge> {
    let cut = headers.into_iter().map(|value| &value[..value.len().min(LONGEST)]);
    cut.flat_map(|value| read_strictly(value).unwrap_or_else(|| read_leniently(value))).collect()
}

fn read_strictly(value: &[u8]) -> Option<Vec<Challenge>> {
    let text = std::str::from_utf8(value).ok()?;
    let parsed = http_auth::parse_challenges(text).ok()?;
    // By the grammar a single quote is part of the word; no device means it so.
    let quoted = |challenge: &http_auth::ChallengeRef<'_>| {
        challenge.params.iter().any(|(_, value)| value.as_escaped().starts_with('\''))
    };
    if parsed.iter().any(quoted) {
        return None;
    }
    Some(parsed.iter().map(from_ref).collect())
}

fn from_ref(parsed: &http_auth::ChallengeRef<'_>) -> Challenge {
    let param = |(name, value): &(&str, http_auth::ParamValue<'_>)| {
        (name.to_ascii_lowercase(), value.to_unescaped().into_bytes())
    };
    Challenge { scheme: parsed.scheme.to_owned(), params: parsed.params.iter().map(param).collect() }
}

/// Accepts missing commas, `;` for `,`, unescaped quotes inside quotes, single quotes, unquoted
/// blanks, token68 data and any byte in a value.
fn read_leniently(value: &[u8]) -> Vec<Challenge> {
    let mut found: Vec<Challenge> = Vec::new();
    let mut rest = Rest { bytes: value, at: 0 };
    loop {
        let separated = rest.skip_separators() || rest.at == 0 || found.is_empty();
        let word = rest.word();
        if word.is_empty() && rest.at >= value.len() {
            return found;
        }
        rest.skip_blanks();
        if rest.peek() == Some(b'=') {
            rest.at += 1;
            let value = rest.value();
            if let Some(challenge) = found.last_mut() {
                challenge.params.push((lower(word), value));
            }
        } else if word.is_empty() {
            rest.at += 1;
        } else if let Some(qop) = unquoted_qop(found.last_mut(), word) {
            qop.push(b',');
            qop.extend_from_slice(word);
        } else if (separated && is_scheme(word)) || is_known_scheme(word) {
            let scheme = String::from_utf8_lossy(word).into_owned();
            found.push(Challenge { scheme, params: Vec::new() });
        }
    }
}

/// `qop=auth,auth-int` without quotes: the second word belongs to the first.
fn unquoted_qop<'a>(challenge: Option<&'a mut Challenge>, word: &[u8]) -> Option<&'a mut Vec<u8>> {
    let (name, value) = challenge?.params.last_mut()?;
    (name == "qop" && matches!(word, b"auth" | b"auth-int")).then_some(value)
}

fn is_scheme(word: &[u8]) -> bool {
    word.iter().all(|byte| byte.is_ascii_alphanumeric() || *byte == b'-')
}

fn is_known_scheme(word: &[u8]) -> bool {
    ["digest", "basic", "bearer", "negotiate", "ntlm"].iter().any(|s| word.eq_ignore_ascii_case(s.as_bytes()))
}

fn lower(word: &[u8]) -> String {
    String::from_utf8_lossy(word).to_ascii_lowercase()
}

fn is_word(byte: u8) -> bool {
    !matches!(byte, b' ' | b'\t' | b',' | b';' | b'=' | b'"')
}

fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t')
}

#[derive(Clone, Copy)]
struct Rest<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Rest<'a> {
    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn take_while(&mut self, wanted: impl Fn(u8) -> bool) -> &'a [u8] {
        let tail = self.bytes.get(self.at..).unwrap_or_default();
        let taken = tail.iter().take_while(|byte| wanted(**byte)).count();
        self.at += taken;
        &tail[..taken]
    }

    fn skip_blanks(&mut self) {
        self.take_while(is_blank);
    }

    /// Whether a comma or semicolon was among what was skipped.
    fn skip_separators(&mut self) -> bool {
        self.take_while(|b| is_blank(b) || matches!(b, b',' | b';')).iter().any(|b| !is_blank(*b))
    }

    fn word(&mut self) -> &'a [u8] {
        self.take_while(is_word)
    }

    fn value(&mut self) -> Vec<u8> {
        self.skip_blanks();
        match self.peek() {
            Some(quote @ (b'"' | b'\'')) => {
                self.at += 1;
                self.quoted(quote)
            }
            _ => self.unquoted(),
        }
    }

    /// A quote closes when what follows could go on after a value; so `"say "hi" twice"` is one value.
    fn quoted(&mut self, quote: u8) -> Vec<u8> {
        let mut value = Vec::new();
        while let Some(byte) = self.peek() {
            self.at += 1;
            match byte {
                b'\\' => {
                    value.extend(self.peek());
                    self.at += 1;
                }
                _ if byte == quote && self.ends_value() => break,
                _ => value.push(byte),
            }
        }
        value
    }

    fn unquoted(&mut self) -> Vec<u8> {
        let start = self.at;
        while self.peek().is_some() && !self.ends_value() {
            self.at += 1;
        }
        let end = self.at.min(self.bytes.len());
        self.bytes.get(start..end).unwrap_or_default().trim_ascii_end().to_vec()
    }

    /// Whether a value may end here: before a separator, the end, `name=` or a known scheme.
    fn ends_value(&self) -> bool {
        let mut ahead = *self;
        ahead.skip_blanks();
        if matches!(ahead.peek(), None | Some(b',' | b';')) {
            return true;
        }
        let glued = ahead.at == self.at;
        let follows_quote =
            self.at.checked_sub(1).and_then(|i| self.bytes.get(i)).is_some_and(|b| matches!(b, b'"' | b'\''));
        if glued && !follows_quote {
            return false;
        }
        let word = ahead.word();
        ahead.skip_blanks();
        !word.is_empty() && (ahead.peek() == Some(b'=') || is_known_scheme(word))
    }
}
