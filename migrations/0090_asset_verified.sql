-- When a library's file was last compared with its SHA-256: by the scrub, or when it came in.

-- migrate:up
-- Beside the files' rows and not in them: a look at a file is no news of the library, and writes no index of it.
CREATE TABLE asset_verified (
    asset_id    integer PRIMARY KEY REFERENCES asset (id) ON DELETE CASCADE,
    verified_at timestamptz NOT NULL, -- the last time that its bytes were what they are to be
    due_at      timestamptz NOT NULL, -- of the next look
    fault       text, -- what the last look found; NULL: nothing wrong
    CONSTRAINT asset_fault_known CHECK (fault IN ('lost', 'other_bytes', 'unreadable'))
);
CREATE INDEX ix_asset_verified_due ON asset_verified (due_at); -- the scrub
CREATE INDEX ix_asset_verified_fault ON asset_verified (asset_id) WHERE fault IS NOT NULL; -- what operators look at

-- migrate:down
DROP TABLE asset_verified;
