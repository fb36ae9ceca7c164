-- Snapshots of cameras, kept as evidence of pictures that stand still or show nothing; only where the
-- configuration gives them room.
CREATE TABLE snapshot (
    -- The camera's id in the configuration.
    camera TEXT NOT NULL,
    -- When it was taken.
    at_ms INTEGER NOT NULL,
    -- What the look that it belongs to found: good, frozen or dark.
    shows TEXT NOT NULL,
    -- As the camera sent it.
    jpeg BLOB NOT NULL,
    PRIMARY KEY (camera, at_ms)
) STRICT;

CREATE INDEX snapshot_at ON snapshot (at_ms);
