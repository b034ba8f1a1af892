-- GET /assets?label=: a page by (created_at, id) of the few files that have a colour, and how many there are. Alone in its
-- file: nobody's writing waits while it is made.

-- migrate:up transaction:false
CREATE INDEX CONCURRENTLY ix_asset_user_label ON asset (user_id, label, created_at DESC, id DESC) WHERE label IS NOT NULL;

-- migrate:down
DROP INDEX ix_asset_user_label;
