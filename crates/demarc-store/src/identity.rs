//! Whom the cameras were met as, remembered so that a restart does not take a stranger for a camera.

use crate::column::Word;
use crate::{ReadStore, Store, StoreError};
use demarc_model::id::CameraId;
use demarc_model::identity::{Identity, KeyHash};
use demarc_model::text::DeviceText;
use rusqlite::{Row, Transaction, named_params};

const IDENTITIES: &str = "SELECT camera, standing, key, serial, realm, onvif_realm, login FROM identity
    ORDER BY camera, standing";
const FORGET: &str = "DELETE FROM identity WHERE camera = :camera";
const SAVE: &str = "INSERT INTO identity (camera, standing, key, serial, realm, onvif_realm, login)
    VALUES (:camera, :standing, :key, :serial, :realm, :onvif_realm, :login)";

const PINNED: &str = "pinned";
const STRANGER: &str = "stranger";

/// Who a camera is, and what was seen last in its place, if that was not the camera.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Met {
    pub camera: CameraId,
    pub pinned: Identity,
    pub stranger: Option<Identity>,
}

impl Store {
    /// Remembers who these cameras are, in the place of what was remembered of them before.
    ///
    /// # Errors
    /// The database cannot be written; then nothing of it is.
    pub async fn save_identities(&self, all: Vec<Met>) -> Result<(), StoreError> {
        self.call(move |writer| {
            let transaction = writer.connection.transaction()?;
            for met in &all {
                transaction.execute(FORGET, named_params! { ":camera": met.camera.as_str() })?;
                insert(&transaction, &met.camera, PINNED, &met.pinned)?;
                if let Some(stranger) = &met.stranger {
                    insert(&transaction, &met.camera, STRANGER, stranger)?;
                }
            }
            transaction.commit()
        })
        .await
    }
}

impl ReadStore {
    /// # Errors
    /// The database cannot be read.
    pub fn identities(&self) -> Result<Vec<Met>, StoreError> {
        self.query(|connection| {
            let mut statement = connection.prepare(IDENTITIES)?;
            let mut rows = statement.query([])?;
            let mut all: Vec<Met> = Vec::new();
            while let Some(row) = rows.next()? {
                let Word(camera): Word<CameraId> = row.get(0)?;
                let standing: String = row.get(1)?;
                let identity = identity(row)?;
                // A camera's rows follow each other, the pinned one first.
                match all.last_mut().filter(|met| met.camera == camera && standing == STRANGER) {
                    Some(met) => met.stranger = Some(identity),
                    None => all.push(Met { camera, pinned: identity, stranger: None }),
                }
            }
            Ok(all)
        })
    }
}

fn insert(
    transaction: &Transaction<'_>,
    camera: &CameraId,
    standing: &str,
    identity: &Identity,
) -> rusqlite::Result<()> {
    let text = |text: &Option<DeviceText>| text.as_ref().map(|text| text.as_str().to_owned());
    let values = named_params! {
        ":camera": camera.as_str(),
        ":standing": standing,
        ":key": identity.key.map(|key| key.0),
        ":serial": text(&identity.serial),
        ":realm": text(&identity.realm),
        ":onvif_realm": text(&identity.onvif_realm),
        ":login": identity.login.map(Word),
    };
    transaction.execute(SAVE, values).map(drop)
}

fn identity(row: &Row<'_>) -> rusqlite::Result<Identity> {
    let text = |column| Ok::<_, rusqlite::Error>(row.get::<_, Option<String>>(column)?.map(DeviceText::from));
    Ok(Identity {
        key: row.get::<_, Option<[u8; 32]>>(2)?.map(KeyHash),
        serial: text(3)?,
        realm: text(4)?,
        onvif_realm: text(5)?,
        login: row.get::<_, Option<Word<_>>>(6)?.map(|Word(login)| login),
    })
}
