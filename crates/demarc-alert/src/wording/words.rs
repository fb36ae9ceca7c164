//! A text in every language, so that none can be forgotten.

use demarc_model::site::Language;

/// The same in each language.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Words {
    english: &'static str,
    german: &'static str,
}

pub(crate) const fn words(english: &'static str, german: &'static str) -> Words {
    Words { english, german }
}

impl Words {
    pub(crate) const fn to(self, language: Language) -> &'static str {
        match language {
            Language::English => self.english,
            Language::German => self.german,
        }
    }
}

/// Text in the quotation marks of the language.
pub(crate) fn quoted(text: &str, language: Language) -> String {
    match language {
        Language::English => format!("\"{text}\""),
        Language::German => format!("„{text}“"),
    }
}
