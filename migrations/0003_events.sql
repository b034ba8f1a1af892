-- Events

-- migrate:up
-- Every change of a row, by psql too, notifies the subscribers in the changing transaction, and the table of changes what is more
-- than progress. Ids only: NOTIFY's payload is short, and readers take the state from the tables. Arguments: the kind, and
-- the column with the key of an archive, which is left to the sweep when the row drops it; no kind: it does that alone.
CREATE FUNCTION notify_changed() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
    was     jsonb := CASE WHEN TG_OP <> 'INSERT' THEN to_jsonb(OLD) END;
    becomes jsonb := CASE WHEN TG_OP <> 'DELETE' THEN to_jsonb(NEW) END;
    changed jsonb := coalesce(becomes, was);
    event   text;
    progress CONSTANT text[] := '{progress,step,processed_count,missing,successful_files,failed_files,total_files}';
BEGIN
    IF TG_NARGS > 1 AND was ->> TG_ARGV[1] IS DISTINCT FROM becomes ->> TG_ARGV[1] THEN
        INSERT INTO vault_leftovers (key) SELECT was ->> TG_ARGV[1] WHERE was ->> TG_ARGV[1] IS NOT NULL
            ON CONFLICT (key) DO UPDATE SET due_at = now();
    END IF;
    IF TG_ARGV[0] = '' THEN
        RETURN NULL;
    END IF;
    PERFORM pg_notify('pmd_changed', concat_ws(' ', changed ->> 'user_id', TG_ARGV[0], changed ->> 'id'));
    -- What it is a part of is shown with it: the archives of a takeout, the build of a pack.
    PERFORM pg_notify('pmd_changed', concat_ws(' ', changed ->> 'user_id', whole, changed ->> (whole || '_id')))
       FROM unnest('{takeout,pack}'::text[]) AS whole
      WHERE changed ->> (whole || '_id') IS NOT NULL;
    event := CASE
        WHEN was IS NULL THEN 'made'
        WHEN becomes IS NULL OR coalesce(becomes ->> 'deleted_at', becomes ->> 'withdrawn_at') IS NOT NULL THEN 'removed'
        WHEN becomes ->> 'status' IS DISTINCT FROM was ->> 'status' THEN
            CASE WHEN becomes ->> 'status' IN ('pending', 'processing', 'running') THEN 'changed' ELSE becomes ->> 'status' END
        WHEN becomes ->> 'edition' IS DISTINCT FROM was ->> 'edition' THEN 'built'
        WHEN TG_ARGV[0] = 'takeout' AND becomes ->> 'completed_at' IS DISTINCT FROM was ->> 'completed_at' THEN 'completed'
        WHEN becomes - progress IS DISTINCT FROM was - progress THEN 'changed' END;
    IF event IS NOT NULL THEN
        INSERT INTO changes (user_id, kind, event, subjects)
        VALUES ((changed ->> 'user_id')::integer, TG_ARGV[0], event, ARRAY[changed ->> 'id']);
    END IF;
    RETURN NULL;
END $$;

-- Messages have a table of their own: written in the transaction that they report on, sent by work of their own.
CREATE TABLE outbox (
    id               bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    channel          text NOT NULL DEFAULT 'mail',
    topic            text NOT NULL, -- the name of its template
    user_id          integer NOT NULL, -- to whom; other channels keep the order of one user's
    about            text NOT NULL, -- the id of the row that it reports on
    deduplication_key text NOT NULL, -- which state of that row: each is reported once
    payload          jsonb NOT NULL DEFAULT '{}',
    status           text NOT NULL DEFAULT 'due',
    error_message    text,
    created_at       timestamptz NOT NULL DEFAULT now(),
    sending_at       timestamptz,
    settled_at       timestamptz,
    CONSTRAINT outbox_once UNIQUE (channel, topic, about, deduplication_key),
    CONSTRAINT outbox_channel_known CHECK (channel IN ('mail', 'webhook')),
    CONSTRAINT outbox_error_short CHECK (length(error_message) <= 500),
    CONSTRAINT outbox_sending_dated CHECK (status <> 'sending' OR (sending_at IS NOT NULL)),
    CONSTRAINT outbox_settled_dated CHECK ((status IN ('due', 'connecting', 'sending')) = (settled_at IS NULL)),
    CONSTRAINT outbox_status_known CHECK (status IN ('due', 'connecting', 'sending', 'sent', 'failed', 'unknown', 'dropped', 'off'))
);

-- The upkeep: what is forgotten; and, among the mails that are not settled, those whose worker died while sending.
CREATE INDEX ix_outbox_settled ON outbox (settled_at, sending_at);
-- The messages to a user: for the timeline of their work, for erasing them, and for the foreign key's cascade.
CREATE INDEX ix_outbox_user ON outbox (user_id);

-- Where a user's changes are sent.
CREATE TABLE webhooks (
    id              bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    user_id         integer NOT NULL,
    url             text NOT NULL,
    events          text[] NOT NULL, -- post.hidden
    secret          text NOT NULL,
    previous_secret text, -- signs as well until then
    previous_until  timestamptz,
    disabled_at     timestamptz,
    disabled_by     text, -- why, for its owner; NULL: they did it
    first_failed_at timestamptz,
    installation    text NOT NULL, -- whose snapshots these are
    seen            pg_snapshot NOT NULL, -- up to which changes have been made deliveries
    seen_at         timestamptz NOT NULL DEFAULT now(),
    created_at      timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT webhook_disabled_dated CHECK (disabled_by IS NULL OR disabled_at IS NOT NULL),
    CONSTRAINT webhook_previous_dated CHECK ((previous_secret IS NULL) = (previous_until IS NULL))
);
CREATE INDEX ix_webhooks_user ON webhooks (user_id); -- GET /api/pmd/webhooks, and users who have any

-- What is sent to them, and what they answered. Those of one webhook are sent in order of their ids, one at a time.
CREATE TABLE webhook_deliveries (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    webhook_id  bigint NOT NULL REFERENCES webhooks (id) ON DELETE CASCADE,
    message_id  text NOT NULL, -- the same when it is sent again
    event       text NOT NULL,
    subjects    text[] NOT NULL,
    at          timestamptz NOT NULL, -- of what happened
    is_manual   boolean NOT NULL DEFAULT false, -- its owner sends it: at once, and once
    status      text NOT NULL DEFAULT 'due' CHECK (status IN ('due', 'sent', 'failed')),
    attempts    integer NOT NULL DEFAULT 0,
    due_at      timestamptz NOT NULL DEFAULT now(), -- the next attempt
    tried_at    timestamptz, -- the last one
    answer_code integer,
    answer_body text, -- its beginning
    answer_ms   integer,
    error       text CHECK (length(error) <= 500), -- of the last attempt
    created_at  timestamptz NOT NULL DEFAULT now()
);
-- The next one.
CREATE INDEX ix_webhook_deliveries_due ON webhook_deliveries (webhook_id, is_manual DESC, id) WHERE status = 'due';
-- GET /api/pmd/webhooks/{webhook_id}/deliveries, newest first.
CREATE INDEX ix_webhook_deliveries_list ON webhook_deliveries (webhook_id, id DESC);
-- The upkeep: what is forgotten.
CREATE INDEX ix_webhook_deliveries_settled ON webhook_deliveries (created_at) WHERE status <> 'due';

-- migrate:down
DROP TABLE webhook_deliveries, webhooks, outbox;
DROP FUNCTION notify_changed();
