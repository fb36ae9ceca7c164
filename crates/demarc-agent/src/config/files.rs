//! File names in the configuration: relative ones start from the configuration's own folder.

use super::read::Reader;
use std::fs::File;
use std::path::{Path, PathBuf};

/// The file that a key names; reports one that cannot be opened.
pub(super) fn readable(section: &Reader<'_>, name: &str, folder: &Path) -> Option<PathBuf> {
    let path = folder.join(section.text(name)?);
    let opened = File::open(&path).and_then(|file| file.metadata());
    let why = match opened {
        Ok(meta) if meta.is_file() => return Some(path),
        Ok(_) => "it is not a file".to_owned(),
        Err(error) => error.to_string(),
    };
    let remedy = format!("see that the user `demarc` may read it: ls -l {}", path.display());
    section.report(name, format!("{} cannot be read: {why}", path.display()), remedy);
    None
}
