-- ix_asset_user_themed begins as it did.
-- Alone in its file: nobody's writing waits while it goes.

-- migrate:up transaction:false
DROP INDEX CONCURRENTLY ix_asset_user_theme;

-- migrate:down
CREATE INDEX ix_asset_user_theme ON asset (user_id, theme) WHERE deleted_at IS NULL;
