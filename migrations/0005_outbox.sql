-- Messages have a table of their own: written in the transaction whose news they are, sent by a job of theirs.

-- migrate:up
CREATE TABLE outbox (
    id               bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    channel          text NOT NULL DEFAULT 'mail',
    topic            text NOT NULL, -- what it says: the name of its template
    user_id          integer NOT NULL, -- to whom; other channels keep the order of one user's
    about            text NOT NULL, -- the id of the row whose news it is
    news             text NOT NULL, -- which of that row's news; the same news is told once
    payload          jsonb NOT NULL DEFAULT '{}',
    status           text NOT NULL DEFAULT 'due',
    error_message    text,
    created_at       timestamptz NOT NULL DEFAULT now(),
    sending_at       timestamptz,
    settled_at       timestamptz,
    attempt          integer NOT NULL DEFAULT 0,
    faults           smallint NOT NULL DEFAULT 0,
    expired_leases   smallint NOT NULL DEFAULT 0,
    lease_token      uuid,
    lease_expires_at timestamptz,
    next_attempt_at  timestamptz NOT NULL DEFAULT now(),

    CONSTRAINT outbox_news_once UNIQUE (channel, topic, about, news),
    CONSTRAINT outbox_channel_known CHECK (channel IN ('mail', 'webhook')),
    CONSTRAINT outbox_status_known CHECK (status IN (
        'due', 'connecting', 'sending', 'sent', 'failed', 'unknown', 'dropped', 'off')),
    CONSTRAINT outbox_leased_connecting CHECK ((status = 'connecting') = (lease_token IS NOT NULL)),
    CONSTRAINT outbox_lease_whole CHECK ((lease_token IS NULL) = (lease_expires_at IS NULL)),
    CONSTRAINT outbox_sending_dated CHECK (status <> 'sending' OR sending_at IS NOT NULL),
    CONSTRAINT outbox_settled_dated CHECK ((status IN ('due', 'connecting', 'sending')) = (settled_at IS NULL)),
    CONSTRAINT outbox_error_short CHECK (length(error_message) <= 500)
);
-- The sweep: what is due, what a dead worker left behind, what may have gone out.
CREATE INDEX ix_outbox_unsettled ON outbox (status, next_attempt_at) WHERE status IN ('due', 'connecting', 'sending');
-- Claims count a user's running rows, and look for the next.
CREATE INDEX ix_outbox_user_unsettled ON outbox (user_id, status, next_attempt_at)
    WHERE status IN ('due', 'connecting', 'sending');
CREATE INDEX ix_outbox_settled ON outbox (settled_at) WHERE settled_at IS NOT NULL; -- what is forgotten

-- A site may put a view in the place of users, and nothing can refer to a view.
DO $$
BEGIN
    IF (SELECT relkind FROM pg_class WHERE oid = to_regclass('users')) IN ('r', 'p') THEN
        ALTER TABLE outbox ADD CONSTRAINT outbox_user_fk FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE;
    END IF;
END $$;

INSERT INTO outbox (topic, user_id, about, news, status, faults, next_attempt_at, sending_at)
SELECT 'bdr_' || status, user_id, id::text, attempt::text, email_status, email_tries, email_at,
       CASE email_status WHEN 'sending' THEN email_at END
  FROM batch_download_requests
 WHERE email_status IN ('due', 'sending') AND status IN ('ready', 'failed') AND deleted_at IS NULL;

ALTER TABLE batch_download_requests DROP COLUMN email_status, DROP COLUMN email_tries, DROP COLUMN email_at;

-- migrate:down
ALTER TABLE batch_download_requests
    ADD COLUMN email_status varchar(20),
    ADD COLUMN email_tries smallint NOT NULL DEFAULT 0,
    ADD COLUMN email_at timestamptz,
    ADD CONSTRAINT bdr_email_known CHECK (email_status IN ('due', 'sending', 'sent', 'failed', 'unknown', 'off')),
    ADD CONSTRAINT bdr_email_dated CHECK (email_status IS NULL OR email_at IS NOT NULL);
CREATE INDEX ix_bdr_email ON batch_download_requests (email_at) WHERE email_status IN ('due', 'sending');

UPDATE batch_download_requests AS request
   SET email_status = CASE outbox.status WHEN 'connecting' THEN 'due' ELSE outbox.status END,
       email_tries = outbox.faults, email_at = coalesce(outbox.sending_at, outbox.next_attempt_at)
  FROM outbox
 WHERE outbox.channel = 'mail' AND outbox.about = request.id::text AND outbox.news = request.attempt::text
   AND outbox.status IN ('due', 'connecting', 'sending');

DROP TABLE outbox;
