-- Whether the camera refused the password for certain (1), or may have (0).
ALTER TABLE breaker ADD COLUMN rejected INTEGER NOT NULL DEFAULT 0 CHECK (rejected IN (0, 1));

-- What is usual of each camera's pictures: a few numbers, from which no picture can be made.
CREATE TABLE picture (
    -- The camera's id in the configuration.
    camera TEXT NOT NULL PRIMARY KEY,
    -- The numbers, as JSON.
    habits TEXT NOT NULL
) STRICT, WITHOUT ROWID;
