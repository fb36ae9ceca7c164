-- The page that a message belongs to, by the incident that opened it: its own, or an earlier one of the
-- same component whose end was not told yet when it came again. Messages are ordered per channel and page.
ALTER TABLE outbox RENAME COLUMN incident TO page;

-- While the end of an incident is held back: the component that it blamed, by which it is known when it
-- comes again. NULL in every other message.
ALTER TABLE outbox ADD COLUMN held TEXT;

CREATE INDEX outbox_held ON outbox (channel, held) WHERE held IS NOT NULL;
