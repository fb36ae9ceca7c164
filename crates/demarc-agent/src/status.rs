//! The local socket: whoever connects gets the current snapshot as one JSON document.

use crate::snapshot::Snapshot;
use std::io::Read as _;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio::io::AsyncWriteExt as _;
use tokio::net::UnixListener;
use tokio::sync::watch;
use tracing::{debug, warn};

const PATIENCE: Duration = Duration::from_secs(2);
const LARGEST_ANSWER: u64 = 64 * 1024 * 1024;

/// Why the running service could not be asked.
#[derive(Debug, thiserror::Error)]
pub enum StatusError {
    #[error("no Demarc is running with the state directory {}; start it with `demarc run`, or name another with --state-dir", state_dir.display())]
    NotRunning {
        state_dir: PathBuf,
        #[source]
        source: std::io::Error,
    },
    #[error("the running Demarc did not answer on {}", socket.display())]
    NoAnswer {
        socket: PathBuf,
        #[source]
        source: std::io::Error,
    },
    #[error("the running Demarc is of another version; use the same program for both")]
    Foreign(#[source] serde_json::Error),
}

pub(crate) fn socket(state_dir: &Path) -> PathBuf {
    state_dir.join("demarc.sock")
}

pub(crate) fn listen(state_dir: &Path) -> std::io::Result<UnixListener> {
    bind(&socket(state_dir))
}

/// Opens a socket, in the place of one that a killed agent left behind.
pub(crate) fn bind(socket: &Path) -> std::io::Result<UnixListener> {
    match std::fs::remove_file(socket) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error),
        Ok(()) | Err(_) => {}
    }
    UnixListener::bind(socket)
}

/// Answers one connection after the other until the task is dropped.
pub(crate) async fn serve(listener: UnixListener, snapshots: watch::Receiver<Snapshot>) {
    loop {
        let mut stream = match listener.accept().await {
            Ok((stream, _)) => stream,
            Err(error) => {
                warn!(%error, "the status socket failed");
                tokio::time::sleep(PATIENCE).await;
                continue;
            }
        };
        let json = serde_json::to_vec(&*snapshots.borrow()).expect("a snapshot has no unserialisable value");
        let answer = async {
            stream.write_all(&json).await?;
            stream.shutdown().await
        };
        if !matches!(tokio::time::timeout(PATIENCE, answer).await, Ok(Ok(()))) {
            debug!("a status reader went away");
        }
    }
}

/// Asks the running service what it knows.
///
/// # Errors
/// No service runs on this state directory, or it does not answer.
pub fn ask(state_dir: &Path) -> Result<Snapshot, StatusError> {
    let socket = socket(state_dir);
    let mut stream = UnixStream::connect(&socket)
        .map_err(|source| StatusError::NotRunning { state_dir: state_dir.to_owned(), source })?;
    let mut json = Vec::new();
    let read = stream
        .set_read_timeout(Some(PATIENCE))
        .and_then(|()| std::io::Read::by_ref(&mut stream).take(LARGEST_ANSWER).read_to_end(&mut json));
    read.map_err(|source| StatusError::NoAnswer { socket, source })?;
    serde_json::from_slice(&json).map_err(StatusError::Foreign)
}
