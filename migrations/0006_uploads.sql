-- Uploads

-- migrate:up
-- A site may own a table called reports with another meaning; ours is known by its comment.
DO $$
BEGIN
    IF to_regclass(format('%I.reports', current_schema())) IS NOT NULL
       AND obj_description(to_regclass(format('%I.reports', current_schema())), 'pg_class')
           IS DISTINCT FROM 'created by pmd migrate' THEN
        RAISE EXCEPTION 'schema "%" has a table "reports" that is not ours: let another schema stand first in the search_path',
            current_schema();
    END IF;
END $$;

-- An upload: seed 004's `batch_reports`, every column, constraint and index by name, and what this service adds.
CREATE TABLE batch_reports (
    id                 uuid DEFAULT gen_random_uuid() PRIMARY KEY,
    total_files        integer NOT NULL,
    successful_files   integer NOT NULL DEFAULT 0,
    failed_files       integer NOT NULL DEFAULT 0,
    processing_time_ms integer,
    summary_data       jsonb,
    status             varchar(20) NOT NULL DEFAULT 'processing',
    created_at         timestamptz NOT NULL DEFAULT now(),
    expires_at         timestamptz NOT NULL DEFAULT (now() + interval '24 hours'),
    user_id            integer NOT NULL,
    requested_by       integer NOT NULL,
    name               varchar(255),
    defaults           jsonb NOT NULL DEFAULT '{}',
    cancelled          boolean NOT NULL DEFAULT false,
    completed_at       timestamptz,
    undone_at          timestamptz,
    report_days        integer NOT NULL DEFAULT 30, -- how long its page lives once it has settled
    is_parts           boolean NOT NULL DEFAULT false,
    CONSTRAINT batch_counts_natural CHECK (successful_files >= 0 AND failed_files >= 0),
    CONSTRAINT batch_settled CHECK (CASE status
        WHEN 'processing' THEN completed_at IS NULL
        WHEN 'completed' THEN completed_at IS NOT NULL AND successful_files = total_files
        WHEN 'failed' THEN completed_at IS NOT NULL AND failed_files = total_files
        WHEN 'partial' THEN completed_at IS NOT NULL AND successful_files > 0 AND failed_files > 0
                            AND successful_files + failed_files = total_files
        ELSE true END),
    CONSTRAINT batch_time_natural CHECK (processing_time_ms >= 0),
    CONSTRAINT batch_total_range CHECK (total_files >= 1 AND total_files <= 1000000),
    CONSTRAINT check_file_counts CHECK ((successful_files + failed_files) <= total_files),
    CONSTRAINT check_status CHECK (status IN ('processing', 'completed', 'partial', 'failed'))
);

-- Seed 004 has it.
CREATE INDEX idx_batch_reports_created_at ON batch_reports (created_at DESC);
-- Seed 004 has it by the status alone. What has come to its end, for the sweep.
CREATE INDEX idx_batch_reports_status ON batch_reports (status, expires_at);
-- Seed 004 has it.
CREATE INDEX idx_batch_summary_data ON batch_reports USING gin (summary_data);
-- The list of a user's uploads, newest first.
CREATE INDEX ix_batch_user_created ON batch_reports (user_id, created_at DESC, id DESC);

CREATE TRIGGER upload_written
    AFTER INSERT OR DELETE OR UPDATE OF status, total_files, successful_files, failed_files, cancelled, expires_at,
        undone_at, name ON batch_reports
    FOR EACH ROW EXECUTE FUNCTION notify_changed('upload');

-- The report of a probed file: seed 004's `reports`, every column, constraint and index by name.
CREATE TABLE reports (
    id         uuid DEFAULT gen_random_uuid() PRIMARY KEY,
    batch_id   uuid,
    user_id    integer NOT NULL,
    asset_id   bigint REFERENCES asset (id) ON DELETE SET NULL,
    outcome    varchar(20) NOT NULL,
    file_name  varchar(255) NOT NULL,
    hash       text NOT NULL,
    facts      jsonb NOT NULL DEFAULT '{}',
    findings   jsonb NOT NULL DEFAULT '[]',
    created_at timestamptz NOT NULL DEFAULT now(),
    dhash      bit(64) GENERATED ALWAYS AS (
        CASE WHEN facts ->> 'dhash' ~ '^[0-9a-f]{16}$' THEN ('x' || (facts ->> 'dhash'))::bit(64) END) STORED,
    CONSTRAINT fk_reports_batch FOREIGN KEY (batch_id) REFERENCES batch_reports (id) ON DELETE SET NULL,
    CONSTRAINT report_facts_object CHECK (jsonb_typeof(facts) = 'object'),
    CONSTRAINT report_findings_list CHECK (jsonb_typeof(findings) = 'array'),
    CONSTRAINT report_hash_sha256 CHECK (hash ~ '^[0-9a-f]{64}$'),
    CONSTRAINT report_outcome_known CHECK (outcome IN ('added', 'already_there', 'restored', 'probed_again'))
);
COMMENT ON TABLE reports IS 'created by pmd migrate';

-- Seed 004 has it: the reports of an upload.
CREATE INDEX idx_reports_batch_id ON reports (batch_id);
-- An asset's reports, newest first.
CREATE INDEX ix_reports_asset ON reports (asset_id, created_at DESC);
-- GET /assets/{id}: what looks the same. One of four bands of 16 bits differs in one bit at most.
CREATE INDEX ix_reports_dhash_0 ON reports (user_id, ((((dhash)::bigint >> 0) & (65535)::bigint))) INCLUDE (asset_id, dhash)
    WHERE dhash IS NOT NULL;
-- GET /assets/{id}: what looks the same. One of four bands of 16 bits differs in one bit at most.
CREATE INDEX ix_reports_dhash_1 ON reports (user_id, ((((dhash)::bigint >> 16) & (65535)::bigint))) INCLUDE (asset_id, dhash)
    WHERE dhash IS NOT NULL;
-- GET /assets/{id}: what looks the same. One of four bands of 16 bits differs in one bit at most.
CREATE INDEX ix_reports_dhash_2 ON reports (user_id, ((((dhash)::bigint >> 32) & (65535)::bigint))) INCLUDE (asset_id, dhash)
    WHERE dhash IS NOT NULL;
-- GET /assets/{id}: what looks the same. One of four bands of 16 bits differs in one bit at most.
CREATE INDEX ix_reports_dhash_3 ON reports (user_id, ((((dhash)::bigint >> 48) & (65535)::bigint))) INCLUDE (asset_id, dhash)
    WHERE dhash IS NOT NULL;

-- A file of an upload: seed 004's `batch_report_files`, every column, constraint and index by name, and what this service adds.
CREATE TABLE batch_report_files (
    id                uuid DEFAULT gen_random_uuid() PRIMARY KEY,
    batch_id          uuid NOT NULL,
    report_id         uuid,
    file_name         varchar(255) NOT NULL,
    file_size         bigint,
    file_type         varchar(10),
    processing_status varchar(20) NOT NULL,
    error_message     text,
    processing_order  integer NOT NULL,
    created_at        timestamptz NOT NULL DEFAULT now(),
    relative_path     text,
    mtime             bigint, -- milliseconds since 1970, as browsers have it
    expected_hash     text,
    received_bytes    bigint NOT NULL DEFAULT 0, -- durable, but for a moment while they arrive
    received_hash     text, -- of the bytes as they were received, where that was in one go
    received_crc32    bigint,
    error_code        varchar(40),
    receiving_ms      integer NOT NULL DEFAULT 0,
    probe_ms        integer NOT NULL DEFAULT 0,
    follows           uuid, -- the line of the same upload with the same bytes, whose outcome this one shares
    lease_token       uuid, -- of the request that receives it
    lease_until       timestamptz,
    user_id           integer NOT NULL,
    settled_at        timestamptz,
    received_at       timestamptz,
    is_received       boolean NOT NULL DEFAULT false, -- all bytes are here, and it is probed
    concat            text,
    metadata          text,
    is_deferred       boolean NOT NULL DEFAULT false,
    CONSTRAINT batch_file_order UNIQUE (batch_id, processing_order),
    CONSTRAINT batch_file_follows FOREIGN KEY (follows) REFERENCES batch_report_files (id) ON DELETE CASCADE,
    CONSTRAINT fk_batch FOREIGN KEY (batch_id) REFERENCES batch_reports (id) ON DELETE CASCADE,
    CONSTRAINT fk_report FOREIGN KEY (report_id) REFERENCES reports (id) ON DELETE SET NULL,
    CONSTRAINT batch_file_explained CHECK ((processing_status = 'failed') = (error_message IS NOT NULL)),
    CONSTRAINT batch_file_hashes CHECK (expected_hash ~ '^[0-9a-f]{64}$' AND received_hash ~ '^[0-9a-f]{64}$'),
    CONSTRAINT batch_file_received CHECK (received_bytes >= 0 AND (received_bytes <= COALESCE(file_size, received_bytes))),
    CONSTRAINT batch_file_part CHECK (NOT is_received OR concat IS DISTINCT FROM 'partial'),
    CONSTRAINT batch_file_lease CHECK ((lease_token IS NULL) = (lease_until IS NULL)),
    CONSTRAINT batch_file_settled CHECK ((processing_status IN ('success', 'failed')) = (settled_at IS NOT NULL)),
    CONSTRAINT check_processing_status CHECK (processing_status IN ('pending', 'processing', 'success', 'failed'))
);

-- Seed 004 has it by the upload alone. The files of an upload, and which of them another line of it brings.
CREATE INDEX idx_batch_files_batch_id ON batch_report_files (batch_id, expected_hash);
-- Seed 004 has it: a report's file, when the report is deleted.
CREATE INDEX idx_batch_files_report_id ON batch_report_files (report_id);
CREATE INDEX idx_batch_files_status ON batch_report_files (processing_status); -- Seed 004 has it
-- The lines that wait for the same bytes under another name.
CREATE INDEX ix_batch_files_follows ON batch_report_files (follows) WHERE follows IS NOT NULL;

-- What uploads still wait for is reserved on the disk only while it comes: for a minute after it was announced, and after
-- each arrival of bytes. Announcing alone counts for one minute an hour, so that no user blocks others by it.
CREATE FUNCTION lines_written() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO library_usage AS usage
               (user_id, size_bytes, reserved_files, reserved_bytes, awaited_bytes, awaited_until, announced_at)
        SELECT user_id, 0, count(*), coalesce(sum(file_size), 0), coalesce(sum(file_size - received_bytes), 0),
               now() + interval '1 minute', now()
          FROM added
         WHERE processing_status IN ('pending', 'processing') AND follows IS NULL
         GROUP BY user_id
         ORDER BY user_id
            ON CONFLICT (user_id) DO UPDATE
           SET reserved_files = usage.reserved_files + excluded.reserved_files,
               reserved_bytes = usage.reserved_bytes + excluded.reserved_bytes,
               awaited_bytes = usage.awaited_bytes + excluded.awaited_bytes,
               awaited_until = CASE WHEN usage.announced_at < now() - interval '1 hour'
                                    THEN excluded.awaited_until ELSE usage.awaited_until END,
               announced_at = CASE WHEN usage.announced_at < now() - interval '1 hour'
                                   THEN excluded.announced_at ELSE usage.announced_at END;
    ELSIF TG_OP = 'DELETE' THEN
        UPDATE library_usage AS usage
           SET reserved_files = reserved_files - files, reserved_bytes = reserved_bytes - bytes,
               awaited_bytes = awaited_bytes - awaited
          FROM (SELECT user_id, count(*) AS files, coalesce(sum(file_size), 0) AS bytes,
                       coalesce(sum(file_size - received_bytes), 0) AS awaited
                  FROM removed
                 WHERE processing_status IN ('pending', 'processing') AND follows IS NULL
                 GROUP BY user_id) AS settled
         WHERE usage.user_id = settled.user_id;
    ELSE
        UPDATE library_usage AS usage
           SET reserved_files = reserved_files + files, reserved_bytes = reserved_bytes + bytes,
               awaited_bytes = awaited_bytes + awaited,
               awaited_until = CASE WHEN is_arriving THEN now() + interval '1 minute' ELSE awaited_until END,
               announced_at = CASE WHEN is_arriving THEN '-infinity' ELSE announced_at END
          FROM (SELECT user_id, sum(sign) AS files, coalesce(sum(sign * file_size), 0) AS bytes,
                       coalesce(sum(sign * (file_size - received_bytes)), 0) AS awaited,
                       sum(sign * received_bytes) > 0 AS is_arriving
                  FROM (SELECT 1 AS sign, * FROM added UNION ALL SELECT -1, * FROM removed) AS line
                 WHERE processing_status IN ('pending', 'processing') AND follows IS NULL
                 GROUP BY user_id) AS moved
         WHERE usage.user_id = moved.user_id AND (files, bytes, awaited) IS DISTINCT FROM (0, 0, 0);
        -- Leases are not reported.
        PERFORM pg_notify('pmd_changed', user_id || ' upload ' || batch_id)
           FROM (SELECT DISTINCT added.user_id, added.batch_id FROM added JOIN removed USING (id)
                  WHERE (added.received_bytes, added.processing_status)
                        IS DISTINCT FROM (removed.received_bytes, removed.processing_status)) AS changed;
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER lines_added AFTER INSERT ON batch_report_files
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION lines_written();
CREATE TRIGGER lines_changed AFTER UPDATE ON batch_report_files
    REFERENCING OLD TABLE AS removed NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION lines_written();
CREATE TRIGGER lines_removed AFTER DELETE ON batch_report_files
    REFERENCING OLD TABLE AS removed FOR EACH STATEMENT EXECUTE FUNCTION lines_written();

-- An import of an archive of the library: a report of what it has, and what its owner lets it make, both as work.
CREATE TABLE imports (
    id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    user_id       integer NOT NULL,
    requested_by  integer NOT NULL,
    asset_id      bigint NOT NULL, -- the archive; no reference, as a purge would search this table for each file
    name          text NOT NULL,
    stage         text NOT NULL DEFAULT 'report',
    status        text NOT NULL DEFAULT 'pending',
    wanted_form   text, -- chosen by hand; NULL: it is recognized
    form          text,
    report        jsonb NOT NULL DEFAULT '{}', -- how many of what, by reason; and the licences that are named
    choices       jsonb NOT NULL DEFAULT '{}',
    item_count    integer NOT NULL DEFAULT 0,
    done_number   integer NOT NULL DEFAULT 0, -- items up to here are done
    made_count    integer NOT NULL DEFAULT 0,
    failed_count  integer NOT NULL DEFAULT 0,
    error_message text,
    created_at    timestamptz NOT NULL DEFAULT now(),
    completed_at  timestamptz,
    CONSTRAINT import_stage_known CHECK (stage IN ('report', 'import', 'undo')),
    CONSTRAINT import_status_known CHECK (status IN ('pending', 'running', 'completed', 'failed', 'cancelled'))
);
-- GET /imports: a user's, newest first.
CREATE INDEX ix_imports_user_created ON imports (user_id, created_at DESC, id DESC);

-- What an archive has: a row of its import's report.
CREATE TABLE import_item (
    import_id bigint NOT NULL REFERENCES imports (id) ON DELETE CASCADE,
    number    integer NOT NULL, -- from 1; files, series, posts, packs, drafts, settings
    outcome   text NOT NULL,
    reason    text,
    item      jsonb NOT NULL, -- as the archive describes it
    state     text NOT NULL DEFAULT 'planned',
    made_kind text, -- “file”, “series”, “post”, “draft”, “pack” or “setting”
    made_id   bigint, -- of that
    asset_id  bigint, -- of a file that was added for a draft
    message   text, -- why it was not made
    PRIMARY KEY (import_id, number),
    CONSTRAINT import_outcome_known CHECK (outcome IN ('make', 'change', 'present', 'double', 'skip', 'lose')),
    CONSTRAINT import_state_known CHECK (state IN ('planned', 'made', 'present', 'failed', 'undone'))
);

-- migrate:down
DROP TABLE import_item, imports, batch_report_files, reports, batch_reports;
DROP FUNCTION lines_written();
