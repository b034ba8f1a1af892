-- The files that one request has sent, for the console's timeline; a file's look is found by the request's id in the log.
-- Alone in its file: nobody's writing waits while it is made.

-- migrate:up transaction:false
CREATE INDEX CONCURRENTLY ix_batch_files_request ON batch_report_files (request_id)
 WHERE request_id IS NOT NULL;

-- migrate:down
DROP INDEX ix_batch_files_request;
