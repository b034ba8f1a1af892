-- The claim: the lowest turn that waits, and the highest that runs.
-- Alone in its file: nobody's writing waits while it is made.

-- migrate:up transaction:false
CREATE INDEX CONCURRENTLY ix_outbox_line ON outbox (channel, status, turn, id)
 WHERE turn IS NOT NULL;

-- migrate:down
DROP INDEX ix_outbox_line;
