-- GET /assets?state=: a page by (created_at, id). Without a state ix_asset_user_created has it.
-- Alone in its file: nobody's writing waits while it is made. A database may have it since 0018.

-- migrate:up transaction:false
CREATE INDEX CONCURRENTLY IF NOT EXISTS ix_asset_user_state ON asset (user_id, state, created_at DESC, id DESC);

-- migrate:down
DROP INDEX ix_asset_user_state;
