//! Passwords and signing secrets, read from where the configuration says they are.
//!
//! A secret never stands in the configuration itself, is never shown, and is never looked for
//! anywhere else than where it was said to be.

use super::document::{Data, Entry};
use super::read::Reader;
use secrecy::SecretString;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

const LARGEST: u64 = 64 * 1024;
const HOW: &str = "{ file = \"…\" }, { env = \"…\" } or { credential = \"…\" }";

/// What the process was given: the folder that relative names start from, and its environment.
#[derive(Clone, Copy)]
pub(crate) struct Host<'a> {
    pub folder: &'a Path,
    pub env: &'a dyn Fn(&str) -> Option<String>,
}

/// What is wrong with a secret, and what to do.
struct Fault {
    what: String,
    remedy: String,
}

/// Reads the secret that the key refers to.
pub(crate) fn read(section: &Reader<'_>, name: &str, host: Host<'_>) -> Option<SecretString> {
    let at = section.key_place(name);
    let secret = match &section.value(name)?.data {
        Data::Text(_) => Err(Fault {
            what: format!("`{name}` holds the secret itself"),
            remedy: format!("put it into a file that only demarc can read, and write {name} = {HOW}"),
        }),
        Data::Table(table) => match table.entries().collect::<Vec<_>>().as_slice() {
            [(place, entry)] => fetch(section, place, entry, host),
            _ => Err(Fault {
                what: format!("`{name}` must name exactly one place"),
                remedy: format!("write {name} = {HOW}"),
            }),
        },
        other => Err(Fault {
            what: format!("`{name}` is {}, not the place of a secret", other.phrase()),
            remedy: format!("write {name} = {HOW}"),
        }),
    };
    secret
        .map_err(|Fault { what, remedy }| section.ledger().report(at, what, remedy))
        // The problem is in the ledger by now.
        .ok()
}

fn fetch(section: &Reader<'_>, place: &str, entry: &Entry, host: Host<'_>) -> Result<SecretString, Fault> {
    let Data::Text(name) = &entry.value.data else {
        return Err(Fault {
            what: format!("`{place}` is {}, not text", entry.value.data.phrase()),
            remedy: format!("write {HOW}"),
        });
    };
    match place {
        "file" => {
            let path = host.folder.join(name);
            warn_when_open(section, entry, &path);
            from_file(
                &path,
                &format!("create it, or: sudo chown demarc {0} && sudo chmod 400 {0}", path.display()),
            )
        }
        "env" => from_env(name, host),
        "credential" => from_credential(name, host),
        _ => Err(Fault { what: "a secret has no such place".into(), remedy: format!("write {HOW}") }),
    }
}

fn from_env(name: &str, host: Host<'_>) -> Result<SecretString, Fault> {
    let value = (host.env)(name).filter(|value| !value.is_empty());
    value.map(SecretString::from).ok_or_else(|| Fault {
        what: format!("the environment variable {name} is not set"),
        remedy: "set it for the service (EnvironmentFile=), or use { file = \"…\" }".into(),
    })
}

fn from_credential(name: &str, host: Host<'_>) -> Result<SecretString, Fault> {
    if name.is_empty() || name.contains('/') || name.starts_with('.') {
        return Err(Fault {
            what: "a credential is a bare name".into(),
            remedy: "write the NAME of LoadCredential=NAME:… in the service".into(),
        });
    }
    let remedy = format!("add to the service: LoadCredential={name}:/etc/demarc/{name}");
    let folder = (host.env)("CREDENTIALS_DIRECTORY").ok_or_else(|| Fault {
        what: format!("the credential {name} was not passed: $CREDENTIALS_DIRECTORY is not set"),
        remedy: remedy.clone(),
    })?;
    from_file(&PathBuf::from(folder).join(name), &remedy)
}

fn from_file(path: &Path, remedy: &str) -> Result<SecretString, Fault> {
    let fault = |why: &str| Fault {
        what: format!("the secret in {} cannot be used: {why}", path.display()),
        remedy: remedy.to_owned(),
    };
    let size = fs::metadata(path).map_err(|error| fault(&error.to_string()))?.len();
    if size > LARGEST {
        return Err(fault("it is larger than 64 KiB"));
    }
    let mut text = fs::read_to_string(path).map_err(|error| fault(&error.to_string()))?;
    let kept = text.strip_suffix('\n').map_or(text.len(), |line| line.trim_end_matches('\r').len());
    text.truncate(kept);
    if text.is_empty() {
        return Err(fault("it is empty"));
    }
    Ok(SecretString::from(text))
}

fn warn_when_open(section: &Reader<'_>, entry: &Entry, path: &Path) {
    let readable_by_others = fs::metadata(path).is_ok_and(|meta| meta.permissions().mode() & 0o004 != 0);
    if readable_by_others {
        section.ledger().warn(
            entry.value.at,
            format!("every user of this computer can read {}", path.display()),
            format!("sudo chmod o-r {}", path.display()),
        );
    }
}
