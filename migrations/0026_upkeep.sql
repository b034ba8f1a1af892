-- Upkeep: one process at a time is at each step, wherever it runs.

-- migrate:up
-- A claim puts a step's next time beyond its limit, and its end to its period: a process that was killed or frozen over
-- a step is replaced when that has passed. Some ten rows: no index is needed beside the key's.
CREATE TABLE upkeep_steps (
    name       text PRIMARY KEY,
    due_at     timestamptz NOT NULL DEFAULT now(),
    token      uuid, -- the claim that may settle it
    began_at   timestamptz,
    ended_at   timestamptz, -- of the last run that came to its end
    error      text -- of that run; NULL: it went well
);

-- migrate:down
DROP TABLE upkeep_steps;
