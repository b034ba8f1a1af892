-- What is about to be written on the disk by work that is under way, beside what is announced (library_usage).

-- migrate:up
CREATE TABLE disk_promise (
    id    uuid PRIMARY KEY,
    bytes bigint NOT NULL,
    until timestamptz NOT NULL, -- of a process that has died, it counts no longer
    CONSTRAINT disk_promise_natural CHECK (bytes >= 0)
);

-- migrate:down
DROP TABLE disk_promise;
