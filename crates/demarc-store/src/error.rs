//! What can go wrong between Demarc and its database file, and what to do about it.

use rusqlite::ErrorCode;
use std::path::{Path, PathBuf};

/// Why the store could not do its part. The text names the file and the remedy.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    #[error("{} is in use by another Demarc; stop it, or give this one its own --state-dir", file.display())]
    InUse { file: PathBuf },
    #[error("{} is locked by another program; close what has it open", file.display())]
    Locked { file: PathBuf },
    #[error("{} cannot be written; remount its disk writable, or give the service's user the right to write there", file.display())]
    ReadOnly { file: PathBuf },
    #[error("no room to write {}; free space on its disk", file.display())]
    Full { file: PathBuf },
    #[error("the disk fails where {} is; look into the kernel's log, and check that this is a file", file.display())]
    Disk { file: PathBuf },
    #[error("cannot open {}; check that its folder exists and that this user may read and write there", file.display())]
    CannotOpen {
        file: PathBuf,
        #[source]
        source: std::io::Error,
    },
    #[error("{} was written by a newer Demarc (schema {found}, this one knows {known}); install that version again", file.display())]
    NewerSchema { file: PathBuf, found: i64, known: i64 },
    #[error("cannot bring the schema of {} up to date; move the file away to start a new one", file.display())]
    Migration {
        file: PathBuf,
        #[source]
        source: Box<rusqlite_migration::Error>,
    },
    #[error("{} is damaged; restart Demarc, which sets it aside and begins a new one", file.display())]
    Damaged { file: PathBuf },
    #[error("{} is damaged and cannot be set aside; move it away by hand", file.display())]
    SetAside {
        file: PathBuf,
        #[source]
        source: std::io::Error,
    },
    #[error("reading {} took longer than two seconds and was stopped; ask for less at once", file.display())]
    TooSlow { file: PathBuf },
    #[error("a row of {} does not hold what it should", file.display())]
    Unreadable {
        file: PathBuf,
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    #[error("SQLite {found} is linked; 3.51.3 is the first that does not corrupt databases such as this")]
    OldSqlite { found: &'static str },
    #[error("database error in {}", file.display())]
    Sql {
        file: PathBuf,
        #[source]
        source: rusqlite::Error,
    },
    #[error("the store has been closed")]
    Closed,
}

impl StoreError {
    pub(crate) fn from_sql(file: &Path, source: rusqlite::Error) -> Self {
        if let Some(error) = source.sqlite_error_code().and_then(|code| Self::from_code(file, code)) {
            return error;
        }
        match source {
            rusqlite::Error::FromSqlConversionFailure(_, _, source) => {
                Self::Unreadable { file: file.to_owned(), source }
            }
            source => Self::Sql { file: file.to_owned(), source },
        }
    }

    pub(crate) fn from_migration(file: &Path, source: rusqlite_migration::Error) -> Self {
        let code = match &source {
            rusqlite_migration::Error::RusqliteError { err, .. } => err.sqlite_error_code(),
            _ => None,
        };
        code.and_then(|code| Self::from_code(file, code))
            .unwrap_or_else(|| Self::Migration { file: file.to_owned(), source: source.into() })
    }

    pub(crate) fn from_io(file: &Path, source: std::io::Error) -> Self {
        let file = file.to_owned();
        match source.kind() {
            std::io::ErrorKind::ReadOnlyFilesystem | std::io::ErrorKind::PermissionDenied => {
                Self::ReadOnly { file }
            }
            std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded => Self::Full { file },
            _ => Self::CannotOpen { file, source },
        }
    }

    /// The conditions of SQLite for which there is a remedy.
    fn from_code(file: &Path, code: ErrorCode) -> Option<Self> {
        let file = file.to_owned();
        match code {
            ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked => Some(Self::Locked { file }),
            ErrorCode::ReadOnly | ErrorCode::PermissionDenied => Some(Self::ReadOnly { file }),
            ErrorCode::DiskFull => Some(Self::Full { file }),
            ErrorCode::CannotOpen => {
                let source = std::io::Error::other("SQLite cannot open the file");
                Some(Self::CannotOpen { file, source })
            }
            ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase => Some(Self::Damaged { file }),
            ErrorCode::SystemIoFailure => Some(Self::Disk { file }),
            ErrorCode::OperationInterrupted => Some(Self::TooSlow { file }),
            _ => None,
        }
    }
}
