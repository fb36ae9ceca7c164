//! Probabilities and weights as a person reads them.

use demarc_model::site::Language;

/// `99.8 %`, `99,8 %`; never "100 %": nothing is that certain.
pub(crate) fn percent(probability: f64, language: Language) -> String {
    let text = format!("{:.1} %", (probability * 100.0).clamp(0.0, 99.9));
    match language {
        Language::English => text,
        Language::German => text.replace('.', ","),
    }
}

/// `+31 dB`; nothing for what weighs nothing.
pub(crate) fn signed_decibans(decibans: f64) -> Option<String> {
    let whole = decibans.round();
    (whole != 0.0).then(|| format!("{whole:+.0} dB"))
}

/// Rounded, without a sign.
pub(crate) fn whole(decibans: f64) -> String {
    format!("{:.0}", decibans.abs())
}
