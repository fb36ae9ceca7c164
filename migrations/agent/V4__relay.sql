-- The relays that each camera says it connects to, so that a restart asks the same at once.
CREATE TABLE relay (
    -- The camera's id in the configuration.
    camera   TEXT    NOT NULL PRIMARY KEY,
    -- Since when the camera tells this list, in milliseconds.
    since_ms INTEGER NOT NULL,
    -- Whether it connects, and its servers in its order, as JSON.
    list     TEXT    NOT NULL
) STRICT, WITHOUT ROWID;
