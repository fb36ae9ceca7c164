//! `[relay-check]`: the user's own way through the vendor's relay to the branch.

use super::camera::Account;
use super::read::{Document, Reader};
use super::secret::{self, Host};
use super::values;
use super::vendor::VendorProfile;
use demarc_model::id::{CapabilityId, EndpointId};
use demarc_model::site::{Endpoint, NamedBy, Transport};
use demarc_probe::spec::RelayLogin;
use secrecy::{ExposeSecret as _, SecretString};

/// What it is called among the vendor's endpoints.
pub(crate) const ENDPOINT: &str = "relay-check";

#[derive(Debug, Clone)]
pub struct Relay {
    pub url: SecretString,
    /// Of the vendor's profile.
    pub capability: CapabilityId,
    pub login: Option<RelayLogin>,
    /// The status of a healthy answer.
    pub status: u16,
    /// Its media type, when only one will do.
    pub content_type: Option<String>,
    /// Whether the name may have a private address.
    pub private: bool,
    host: String,
}

impl Relay {
    /// It as one of the vendor's hosts.
    pub(super) fn endpoint(&self) -> Endpoint {
        let id = EndpointId::new(ENDPOINT).expect("the id of the relay check is an id");
        Endpoint {
            id,
            host: self.host.clone(),
            region: None,
            transport: Transport::Tcp,
            named_by: NamedBy::Vendor,
        }
    }
}

pub(super) fn read(
    document: Document<'_>,
    host: Host<'_>,
    vendor: Option<&VendorProfile>,
    accounts: Option<&[Account]>,
) -> Option<Relay> {
    if !document.has("relay-check") {
        return None;
    }
    let section = document.one("relay-check");
    let url = section.parsed("url", |text| values::url(text, &["https"]));
    let capability = capability(&section, vendor);
    let login = login(&section, host, accounts);
    let status = section.number("expect-status").and_then(|status| u16::try_from(status).ok());
    let content_type = section.text("expect-type");
    if content_type.as_deref().is_some_and(|text| !is_media_type(text)) {
        let remedy = "write for example: expect-type = \"image/jpeg\"";
        section.report("expect-type", "this is not a media type without parameters".into(), remedy.into());
    }
    let private = section.flag("private");
    let url = url?;
    let host = url::Url::parse(&url).ok()?.host_str()?.to_owned();
    Some(Relay {
        url: url.into(),
        capability: capability?,
        login: login?,
        status: status?,
        private: private?,
        content_type,
        host,
    })
}

fn capability(section: &Reader<'_>, vendor: Option<&VendorProfile>) -> Option<CapabilityId> {
    let Some(vendor) = vendor else {
        let _unjudged = section.text("capability");
        section.ledger().report(
            section.at,
            "[relay-check] is evidence about a vendor, and the site has none".into(),
            "add `vendor` to [site], or remove [relay-check]".into(),
        );
        return None;
    };
    if vendor.endpoints.iter().any(|endpoint| endpoint.id.as_str() == ENDPOINT) {
        section.ledger().report(
            section.at,
            format!("the profile {} has an endpoint `{ENDPOINT}` of its own", vendor.file.display()),
            "give that endpoint another id".into(),
        );
    }
    let known: Vec<&str> = vendor.capabilities.iter().map(|capability| capability.id.as_str()).collect();
    let text = values::reference(section, "capability", &known, "[[capability]] in the profile with id")?;
    CapabilityId::new(&text).ok()
}

/// `Some(None)` where nothing is shown.
#[expect(clippy::option_option, reason = "no login, and a login that cannot be used, are two things")]
fn login(section: &Reader<'_>, host: Host<'_>, accounts: Option<&[Account]>) -> Option<Option<RelayLogin>> {
    let (account, with_token) = (section.text("account"), section.is_set("token"));
    if account.is_some() && with_token {
        section.report("token", "only one login can be shown".into(), "remove `account` or `token`".into());
    }
    if with_token {
        let token = secret::read(section, "token", host)?;
        if !token.expose_secret().bytes().all(|byte| byte.is_ascii_graphic()) {
            let what = "a bearer token has neither spaces nor other characters than ASCII's";
            section.ledger().report(section.key_place("token"), what.into(), "write the token alone".into());
            return None;
        }
        return Some(Some(RelayLogin::Bearer(token)));
    }
    if !section.is_set("account") {
        return Some(None);
    }
    // Whatever is wrong with an account itself is told there.
    let accounts = accounts?;
    let known: Vec<&str> = accounts.iter().map(|account| account.id.as_str()).collect();
    let name = values::reference(section, "account", &known, "[[account]] with name")?;
    let account = accounts.iter().find(|account| account.id.as_str() == name)?;
    if account.username.contains(':') {
        section.report(
            "account",
            "Basic cannot carry a user name with a colon".into(),
            "use a `token`, or an account with another user name".into(),
        );
        return None;
    }
    let (username, password) = (account.username.clone(), account.password.clone());
    Some(Some(RelayLogin::Basic { username, password }))
}

/// A type and a subtype, without parameters: RFC 9110 section 8.3.1.
fn is_media_type(text: &str) -> bool {
    let token = |part: &str| {
        let fits = |b: u8| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b);
        !part.is_empty() && part.bytes().all(fits)
    };
    text.split_once('/').is_some_and(|(kind, subkind)| token(kind) && token(subkind))
}
