-- GET /assets?theme=: a page by (created_at, id), and how many there are.
-- Alone in its file: nobody's writing waits while it is made.

-- migrate:up transaction:false
CREATE INDEX CONCURRENTLY ix_asset_user_themed ON asset (user_id, theme, created_at DESC, id DESC);

-- migrate:down
DROP INDEX ix_asset_user_themed;
