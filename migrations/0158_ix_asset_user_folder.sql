-- GET /assets/folders: the folders one after the other, and how many files are in each.
-- Alone in its file: nobody's writing waits while it is made.

-- migrate:up transaction:false
CREATE INDEX CONCURRENTLY ix_asset_user_folder ON asset (user_id, folder, state);

-- migrate:down
DROP INDEX ix_asset_user_folder;
