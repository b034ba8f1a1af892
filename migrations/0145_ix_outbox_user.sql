-- What a user was told, for the timeline of their work, for whoever erases them, and for the foreign key's cascade.
-- Alone in its file: nobody's writing waits while it is made.

-- migrate:up transaction:false
CREATE INDEX CONCURRENTLY ix_outbox_user ON outbox (user_id);

-- migrate:down
DROP INDEX ix_outbox_user;
