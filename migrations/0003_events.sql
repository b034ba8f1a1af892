-- Events

-- migrate:up
-- Every change of a row, by psql too, notifies the subscribers in its transaction. Ids only: NOTIFY's payload is
-- short, and readers take the state from the tables. Names are qualified: the caller's search path is unknown.
-- Arguments: the kind, and the column of the id (“id” by default).
CREATE FUNCTION notify_changed() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    changed record;
    changed_id text;
BEGIN
    IF TG_OP = 'DELETE' THEN changed := OLD; ELSE changed := NEW; END IF;
    IF TG_NARGS > 1 THEN
        changed_id := pg_catalog.to_jsonb(changed) ->> TG_ARGV[1];
    ELSE
        changed_id := changed.id::text;
    END IF;
    PERFORM pg_catalog.pg_notify('pmd_changed', changed.user_id::text || ' ' || TG_ARGV[0] || ' ' || changed_id);
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

-- The upkeep: mails whose worker died while sending.
CREATE INDEX ix_outbox_sending ON outbox (sending_at) WHERE status = 'sending';
-- what is forgotten
CREATE INDEX ix_outbox_settled ON outbox (settled_at) WHERE settled_at IS NOT NULL;
-- The messages to a user: for the timeline of their work, for erasing them, and for the foreign key's cascade.
CREATE INDEX ix_outbox_user ON outbox (user_id);


-- A site may have a view in place of users, which nothing can refer to; see site/deleted_rows.py.
DO $$
BEGIN
    IF (SELECT relkind FROM pg_class WHERE oid = to_regclass('users')) IN ('r', 'p') THEN
        ALTER TABLE outbox
            ADD CONSTRAINT outbox_user_fk FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE;
    END IF;
END $$;

-- migrate:down
DROP TABLE outbox;
DROP FUNCTION notify_changed();
