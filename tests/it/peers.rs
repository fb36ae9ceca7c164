//! Where `scripts/test-peers` puts what others wrote and Debian does not have.

use std::path::{Path, PathBuf};

/// With the packages of PyPI in it.
pub(crate) fn python() -> PathBuf {
    folder().join("bin/python")
}

/// A package of npm.
pub(crate) fn node_package(name: &str) -> PathBuf {
    folder().join("node_modules").join(name)
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join("../test-peers")
}
