-- The agent's history, incidents and outbox, in SQLite.
-- Times are milliseconds since 1970-01-01T00:00:00Z (`_ms`), durations microseconds (`_us`).
-- Words (phases, symptoms, steps, domains, causes) are the JSON values of the vocabulary.
-- A released migration is never edited: databases that it made stay as it made them.

-- Facts about this database as a whole.
CREATE TABLE meta (
    -- Which fact: 'epoch' is a random name given to this database when it was made, so that numbers
    -- counted in a lost database are never mistaken for numbers counted in this one.
    key   TEXT NOT NULL PRIMARY KEY,
    -- The fact.
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

INSERT INTO meta (key, value) VALUES ('epoch', lower(hex(randomblob(8))));

-- The incidents of this site, each as it stands after its latest transition. Never deleted.
CREATE TABLE incident (
    -- The incident's number, counted from 1.
    id        INTEGER NOT NULL PRIMARY KEY,
    -- When it was opened, in milliseconds.
    opened_ms INTEGER NOT NULL,
    -- When it was closed, in milliseconds; NULL while it is open.
    closed_ms INTEGER,
    -- Whom its verdict blames, for people who query this file by hand.
    domain    TEXT NOT NULL,
    -- The whole incident, as JSON.
    payload   TEXT NOT NULL
) STRICT;

CREATE INDEX incident_open ON incident (id) WHERE closed_ms IS NULL;

-- Every step in an incident's life. Never changed and never deleted: the evidence.
CREATE TABLE incident_transition (
    -- The order in which steps were committed, whatever the clock said.
    seq      INTEGER NOT NULL PRIMARY KEY,
    -- The incident's number.
    incident INTEGER NOT NULL REFERENCES incident (id),
    -- 'opened', 'changed' or 'closed'.
    step     TEXT NOT NULL CHECK (step IN ('opened', 'changed', 'closed')),
    -- When the step was taken, in milliseconds.
    at_ms    INTEGER NOT NULL,
    -- The whole transition, as JSON.
    payload  TEXT NOT NULL,
    -- SHA-256 over the seal of the row before (nothing for the first) and this row's payload, 32 bytes:
    -- a changed, missing or exchanged row breaks the chain.
    seal     BLOB NOT NULL CHECK (length(seal) = 32)
) STRICT;

CREATE INDEX incident_transition_incident ON incident_transition (incident);

-- What has to be told over which channel, and how far that has come.
CREATE TABLE outbox (
    -- The order in which messages were committed.
    id             INTEGER NOT NULL PRIMARY KEY,
    -- The channel's id in the configuration.
    channel        TEXT NOT NULL,
    -- The step to tell.
    transition     INTEGER NOT NULL REFERENCES incident_transition (seq),
    -- The incident of that step; here because messages are ordered per channel and incident.
    incident       INTEGER NOT NULL REFERENCES incident (id),
    -- The step's name; here because a 'closed' is not sent where nothing was opened.
    step           TEXT NOT NULL CHECK (step IN ('opened', 'changed', 'closed')),
    -- 'waiting', 'delivered', or 'dead': given up.
    state          TEXT NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'delivered', 'dead')),
    -- How often delivery was tried and failed, a count.
    attempts       INTEGER NOT NULL DEFAULT 0,
    -- When the message was committed, in milliseconds.
    created_ms     INTEGER NOT NULL,
    -- When delivery was first tried and failed, in milliseconds; NULL before.
    first_tried_ms INTEGER,
    -- Before when delivery is not tried again, in milliseconds.
    next_ms        INTEGER NOT NULL,
    -- When the message was delivered or given up, in milliseconds; NULL while it waits.
    settled_ms     INTEGER,
    -- What went wrong last; NULL when nothing did.
    error          TEXT,
    UNIQUE (channel, transition)
) STRICT;

CREATE INDEX outbox_waiting ON outbox (channel, incident, id) WHERE state = 'waiting';
CREATE INDEX outbox_told ON outbox (incident, channel);

-- The names of the probes, so that an observation carries a small number.
CREATE TABLE probe (
    -- The small number.
    id   INTEGER NOT NULL PRIMARY KEY,
    -- The probe as it is written everywhere: 'camera.ready/entrance'.
    name TEXT NOT NULL UNIQUE
) STRICT;

-- What the probes saw. Ordered by time, so that a round of many probes touches few pages.
CREATE TABLE observation (
    -- When the probe began, in milliseconds.
    at_ms         INTEGER NOT NULL,
    -- Which probe.
    probe         INTEGER NOT NULL REFERENCES probe (id),
    -- Why nothing was measured; NULL when something was.
    missing       TEXT,
    -- The phase in which the probe failed; NULL when it passed or was not carried out.
    phase         TEXT,
    -- How it failed; NULL when it passed or was not carried out.
    symptom       TEXT,
    -- What exactly came back; NULL when it passed or was not carried out.
    detail        TEXT,
    -- Name resolution, in microseconds; NULL when it did not happen.
    dns_us        INTEGER,
    -- Connecting, in microseconds; NULL when it did not happen.
    connect_us    INTEGER,
    -- The TLS handshake, in microseconds; NULL when it did not happen.
    tls_us        INTEGER,
    -- From the request to the first byte of the answer, in microseconds; NULL when it did not happen.
    first_byte_us INTEGER,
    -- The whole probe, in microseconds.
    total_us      INTEGER NOT NULL,
    -- What was learnt on the way, as a JSON array; NULL when it is what this probe's row before says.
    -- Written out at least once an hour.
    readings      TEXT,
    PRIMARY KEY (at_ms, probe),
    CHECK ((phase IS NULL) = (symptom IS NULL) AND (symptom IS NULL OR missing IS NULL))
) STRICT, WITHOUT ROWID;

-- Logins that are not tried again for a while, so that a restart does not lock an account.
CREATE TABLE breaker (
    -- The camera's id in the configuration.
    camera   TEXT NOT NULL,
    -- The account's id in the configuration.
    account  TEXT NOT NULL,
    -- Until when no password is sent, in milliseconds.
    until_ms INTEGER NOT NULL,
    PRIMARY KEY (camera, account)
) STRICT, WITHOUT ROWID;
