-- What fails costs too: how often a request has been asked for on the day of its allowance, whatever became of it.

-- migrate:up
ALTER TABLE batch_download_requests
    ADD COLUMN asked_before smallint NOT NULL DEFAULT 0,
    ADD CONSTRAINT bdr_asked_natural CHECK (asked_before >= 0);

-- migrate:down
ALTER TABLE batch_download_requests DROP COLUMN asked_before;
