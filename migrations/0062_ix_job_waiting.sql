-- How many tasks of whoever asks wait: counted at every request for tasks.
-- Alone in its file: nobody's writing waits while it is made.

-- migrate:up transaction:false
CREATE INDEX CONCURRENTLY ix_job_waiting ON job (requested_by) WHERE status = 'pending';

-- migrate:down
DROP INDEX ix_job_waiting;
