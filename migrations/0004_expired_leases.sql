-- Losses are called what they are, as in the other tables of work; and a user's unfinished requests are found at once.

-- migrate:up
ALTER TABLE batch_download_requests RENAME COLUMN losses TO expired_leases;

-- Every claim counts the user's running requests, and every end looks for the user's next.
CREATE INDEX ix_bdr_user_unfinished ON batch_download_requests (user_id, status, next_attempt_at)
    WHERE status IN ('pending', 'processing');

-- migrate:down
DROP INDEX ix_bdr_user_unfinished;
ALTER TABLE batch_download_requests RENAME COLUMN expired_leases TO losses;
