-- Whom the step blames, by which it is known when it comes again under a page that still stands.
-- NULL where nobody is blamed.
ALTER TABLE outbox ADD COLUMN component TEXT;

-- In the message that opens a page: what is wrong with how many, such as 'segment', and since when, in
-- milliseconds. What is wrong with others of its kin since the same time goes on under the page. NULL in
-- every other message, and where the fault is of one thing alone.
ALTER TABLE outbox ADD COLUMN kin TEXT;
ALTER TABLE outbox ADD COLUMN since_ms INTEGER;

-- The incidents that are open under each page, each as often as it has messages.
CREATE VIEW open_under_page (channel, page, incident, component) AS
    SELECT outbox.channel, outbox.page, incident.id, outbox.component
    FROM outbox
        JOIN incident_transition ON incident_transition.seq = outbox.transition
        JOIN incident ON incident.id = incident_transition.incident
    WHERE incident.closed_ms IS NULL;
