-- A task's result is called as no other result of its user's: the free number is found by their names.
-- Alone in its file: nobody's writing waits while it is made.

-- migrate:up transaction:false
CREATE INDEX CONCURRENTLY IF NOT EXISTS ix_asset_made_name ON asset (user_id, name) WHERE parent_asset_id IS NOT NULL;

-- migrate:down
DROP INDEX ix_asset_made_name;
