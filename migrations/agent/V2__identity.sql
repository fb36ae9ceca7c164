-- Whom the cameras were met as, so that a restart does not take a stranger for the camera.
CREATE TABLE identity (
    -- The camera's id in the configuration.
    camera      TEXT NOT NULL,
    -- 'pinned': who the camera is. 'stranger': what was seen last in its place; absent while the camera
    -- itself answers.
    standing    TEXT NOT NULL CHECK (standing IN ('pinned', 'stranger')),
    -- SHA-256 of its public key in TLS, 32 bytes; NULL when it showed none.
    key         BLOB CHECK (length(key) = 32),
    -- Its serial number; NULL when it showed none.
    serial      TEXT,
    -- The authentication realm of its web service; NULL when it showed none.
    realm       TEXT,
    -- The authentication realm of its ONVIF service; NULL when it showed none.
    onvif_realm TEXT,
    -- How it wanted to be logged in to: 'basic' or 'digest'; NULL when that is not known.
    login       TEXT CHECK (login IN ('basic', 'digest')),
    PRIMARY KEY (camera, standing)
) STRICT, WITHOUT ROWID;
