-- The relays that each camera says it connects to, so that a restart asks the same at once.
CREATE TABLE relay (
    -- The camera's id in the configuration.
    camera   TEXT    NOT NULL PRIMARY KEY,
    -- Since when the camera tells this list, in milliseconds.
    since_ms INTEGER NOT NULL,
    -- Whether it connects, and its servers in its order, as JSON.
    list     TEXT    NOT NULL
) STRICT, WITHOUT ROWID;

-- The relays that only cameras name and that have answered here: what never answered counts for nothing, and
-- a restart is not to forget which did.
CREATE TABLE relay_answer (
    -- Its name or its address, and its port: 'relay.example:443', '[2001:db8::1]:443'.
    server TEXT NOT NULL PRIMARY KEY
) STRICT, WITHOUT ROWID;
