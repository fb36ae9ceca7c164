//! The second local socket: what the running service is told to do. Only its own user and root may connect.

use demarc_model::id::CameraId;
use demarc_model::identity::Identity;
use serde::{Deserialize, Serialize};
use std::io::{BufRead as _, BufReader, ErrorKind, Read as _, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::UnixListener;
use tokio::sync::{mpsc, oneshot};
use tracing::{debug, warn};

const PATIENCE: Duration = Duration::from_secs(5);
const LONGEST_ORDER: u64 = 4 * 1024;
const LONGEST_REPLY: u64 = 1024 * 1024;

/// One line of JSON to the service.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Order {
    /// The device that answers at this camera's address is the camera from now on.
    Accept(CameraId),
}

/// One line of JSON back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Reply {
    Accepted { before: Identity, now: Identity },
    NothingToAccept,
    UnknownCamera { known: Vec<CameraId> },
}

/// An order and where its reply goes.
pub(crate) type Received = (Order, oneshot::Sender<Reply>);

/// Why the running service could not be told.
#[derive(Debug, thiserror::Error)]
pub enum ControlError {
    #[error("no Demarc is running with the state directory {}", state_dir.display())]
    NotRunning { state_dir: PathBuf },
    #[error("only root and the user of the service may tell it what to do; try `sudo demarc …`")]
    NotPermitted(#[source] std::io::Error),
    #[error("the running Demarc did not answer on {}; look into its log, and try again", socket.display())]
    NoAnswer {
        socket: PathBuf,
        #[source]
        source: std::io::Error,
    },
    #[error("the running Demarc is of another version; use the same program for both")]
    Foreign(#[source] serde_json::Error),
}

pub(crate) fn socket(state_dir: &Path) -> PathBuf {
    state_dir.join("control.sock")
}

/// Opens the socket, for the service's user alone.
pub(crate) fn listen(state_dir: &Path) -> std::io::Result<UnixListener> {
    let socket = socket(state_dir);
    let listener = crate::status::bind(&socket)?;
    std::fs::set_permissions(&socket, std::fs::Permissions::from_mode(0o600))?;
    Ok(listener)
}

/// Hands one order after the other to the owner, until the task is dropped.
pub(crate) async fn serve(listener: UnixListener, orders: mpsc::Sender<Received>) {
    loop {
        let stream = match listener.accept().await {
            Ok((stream, _)) => stream,
            Err(error) => {
                warn!(%error, "the control socket failed");
                tokio::time::sleep(PATIENCE).await;
                continue;
            }
        };
        match tokio::time::timeout(PATIENCE, converse(stream, &orders)).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => debug!(%error, "an order could not be taken"),
            Err(_) => debug!("an order took too long"),
        }
    }
}

async fn converse(
    mut stream: tokio::net::UnixStream,
    orders: &mpsc::Sender<Received>,
) -> std::io::Result<()> {
    let mut line = String::new();
    let (reading, mut writing) = stream.split();
    tokio::io::BufReader::new(reading.take(LONGEST_ORDER)).read_line(&mut line).await?;
    let order = serde_json::from_str(&line)?;
    let (answer, answered) = oneshot::channel();
    let gone = |_| std::io::Error::from(ErrorKind::BrokenPipe);
    orders.send((order, answer)).await.map_err(|_| gone(()))?;
    let reply = answered.await.map_err(|_| gone(()))?;
    let mut json = serde_json::to_vec(&reply)?;
    json.push(b'\n');
    writing.write_all(&json).await?;
    writing.shutdown().await
}

/// Tells the running service something and waits for what becomes of it.
///
/// # Errors
/// No service runs on this state directory, or it does not answer, or this user may not tell it.
pub(crate) fn tell(state_dir: &Path, order: &Order) -> Result<Reply, ControlError> {
    let socket = socket(state_dir);
    let mut stream = UnixStream::connect(&socket).map_err(|error| match error.kind() {
        ErrorKind::PermissionDenied => ControlError::NotPermitted(error),
        ErrorKind::NotFound | ErrorKind::ConnectionRefused => {
            ControlError::NotRunning { state_dir: state_dir.to_owned() }
        }
        _ => ControlError::NoAnswer { socket: socket.clone(), source: error },
    })?;
    let mut line = String::new();
    let exchanged = exchange(&mut stream, order, &mut line);
    exchanged.map_err(|source| ControlError::NoAnswer { socket, source })?;
    serde_json::from_str(&line).map_err(ControlError::Foreign)
}

fn exchange(stream: &mut UnixStream, order: &Order, line: &mut String) -> std::io::Result<()> {
    // The service waits as long as this for itself.
    stream.set_read_timeout(Some(2 * PATIENCE))?;
    let mut json = serde_json::to_vec(order)?;
    json.push(b'\n');
    stream.write_all(&json)?;
    BufReader::new(stream.take(LONGEST_REPLY)).read_line(line)?;
    if line.is_empty() { Err(ErrorKind::UnexpectedEof.into()) } else { Ok(()) }
}
