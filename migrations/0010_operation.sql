-- Operation

-- migrate:up
-- What operators did. Orders to retry or cancel are carried out by a worker, which knows the kind's rules.
CREATE TABLE operator_log (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    actor_id   integer,
    via        text NOT NULL, -- 'console' or 'command'
    action     text NOT NULL,
    kind       text,
    row_id     text,
    user_id    integer, -- whose row it is
    created_at timestamptz NOT NULL DEFAULT now(),
    settled_at timestamptz, -- null: a worker is to do it
    outcome    text,
    CONSTRAINT operator_action_known CHECK (action IN ('look', 'retry', 'cancel', 'pause', 'resume', 'export_user', 'erase_user')),
    CONSTRAINT operator_row_named CHECK ((action IN ('look', 'retry', 'cancel')) = (row_id IS NOT NULL)),
    CONSTRAINT operator_settled CHECK ((settled_at IS NULL) = (outcome IS NULL)),
    CONSTRAINT operator_via_known CHECK (via IN ('console', 'command'))
);

CREATE INDEX ix_operator_orders ON operator_log (id) WHERE settled_at IS NULL; -- what workers are to do

-- An account whose owner wants it erased, with everything; an erasure removes this row last.
CREATE TABLE account_erasure (
    account_id   integer PRIMARY KEY,
    requested_at timestamptz NOT NULL DEFAULT now(),
    due_at       timestamptz NOT NULL -- until then it can be taken back
);

-- An object that may lie in the vault although no row names it: one that is being written (due when its writer must be
-- dead), or one that a row has named before (due at once). The sweep removes what is due, so that it never has to list
-- the vault. Publishing an object deletes its entry in the same transaction, and finds it missing when the sweep
-- has been there first.
CREATE TABLE vault_leftovers (
    key            text PRIMARY KEY,
    due_at         timestamptz NOT NULL DEFAULT now(),
    faults         smallint NOT NULL DEFAULT 0,
    removing_until timestamptz, -- NULL: no sweep is at it
    writer         uuid -- the last to announce that it would write it, which may let a row name it
);

CREATE INDEX ix_vault_leftovers_due ON vault_leftovers (due_at); -- the sweep

-- What is known of an object's bytes from one reading, for as long as it has this size and this tag.
CREATE TABLE object_sum (
    key      text PRIMARY KEY,
    size     bigint NOT NULL,
    tag      text NOT NULL,
    modified timestamptz NOT NULL,
    crc32    bigint NOT NULL,
    sha256   text NOT NULL
);

-- The library's files that an archive refers to: the sweep leaves them until the archive itself is removed.
CREATE TABLE archive_reference (
    archive text NOT NULL,
    key     text NOT NULL,
    PRIMARY KEY (key, archive)
);

CREATE INDEX ix_archive_reference_archive ON archive_reference (archive); -- an archive that has been removed

-- What is about to be written on the disk by work that is under way, beside what is announced (library_usage).
CREATE TABLE disk_reservation (
    id    uuid PRIMARY KEY,
    bytes bigint NOT NULL,
    until timestamptz NOT NULL, -- of a process that has died, it counts no longer
    CONSTRAINT disk_reservation_natural CHECK (bytes >= 0)
);

-- Answers of calls that create something, by the caller's Idempotency-Key (http/once.py), for 24 hours.
CREATE TABLE idempotency (
    user_id     integer NOT NULL,
    route       text NOT NULL,
    key         text NOT NULL,
    fingerprint bytea NOT NULL, -- SHA-256 of the path, whom it is about, and the body
    location    text,
    body        bytea, -- NULL: it has a secret, which is not stored
    created_at  timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (user_id, route, key)
);

CREATE INDEX ix_idempotency_created ON idempotency (created_at); -- the daily deletion

-- What is removed with its user. A site may have a view in place of users, which nothing can refer to; see site/deleted_rows.py.
DO $$
DECLARE
    owned text;
BEGIN
    IF (SELECT relkind FROM pg_class WHERE oid = to_regclass('users')) IN ('r', 'p') THEN
        FOREACH owned IN ARRAY '{work,outbox,webhooks,takeouts,batch_download_requests,imports,asset,library_usage,
                                 batch_reports,reports,batch_report_files,pack,job,bulk_change,access_key,browser_session,device_grant,
                                 account_language,saved_view,idempotency,
                                 series,draft,publishing_rule,watermark,watermarked,smart_folder,tag_color,visits,post_report}'::text[] LOOP
            EXECUTE format('ALTER TABLE %I ADD FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE', owned);
        END LOOP;
    END IF;
END $$;

-- migrate:down
DROP TABLE account_erasure, idempotency, disk_reservation, archive_reference, object_sum, vault_leftovers, operator_log;
