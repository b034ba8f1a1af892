-- What operators see and do: a kind of work can be paused, its words are told, attempts leave a trace, breakers are seen.

-- migrate:up
-- Written by the workers when they start, from each kind's description; until then these say the usual.
ALTER TABLE work_kinds
    ADD COLUMN queue text,
    ADD COLUMN needs text[] NOT NULL DEFAULT '{}', -- dependencies without which nothing is claimed
    ADD COLUMN failed text NOT NULL DEFAULT 'failed',
    ADD COLUMN title text NOT NULL DEFAULT 'id::text', -- SQL: what a row is called
    ADD COLUMN error text NOT NULL DEFAULT 'error_message', -- SQL: why a row failed
    ADD COLUMN code text NOT NULL DEFAULT 'NULL::text', -- SQL: the same for programs
    ADD COLUMN next_step text NOT NULL DEFAULT '''retry''', -- SQL: what a failed row waits for
    ADD COLUMN came text NOT NULL DEFAULT 'created_at', -- SQL: when a row was written
    ADD COLUMN ended text NOT NULL DEFAULT 'next_attempt_at', -- SQL: when it ended
    -- Nobody claims what is paused.
    ADD COLUMN paused_at timestamptz;

-- What operators did. What says 'retry' or 'cancel' is carried out by a worker, who knows the kind's own rules.
CREATE TABLE operator_log (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    -- No foreign keys: the trail outlives its people. Null: by the command line, or somebody whose name was erased.
    actor_id   integer,
    via        text NOT NULL, -- 'console' or 'command'
    action     text NOT NULL,
    kind       text,
    row_id     text,
    user_id    integer, -- whose row it is
    created_at timestamptz NOT NULL DEFAULT now(),
    settled_at timestamptz, -- null: a worker is to do it
    outcome    text,
    CONSTRAINT operator_via_known CHECK (via IN ('console', 'command')),
    CONSTRAINT operator_action_known CHECK (action IN ('look', 'retry', 'cancel', 'pause', 'resume', 'export_user', 'erase_user')),
    CONSTRAINT operator_row_named CHECK ((action IN ('look', 'retry', 'cancel')) = (row_id IS NOT NULL)),
    CONSTRAINT operator_settled CHECK ((settled_at IS NULL) = (outcome IS NULL))
);
CREATE INDEX ix_operator_orders ON operator_log (id) WHERE settled_at IS NULL; -- what workers are to do
CREATE INDEX ix_operator_row ON operator_log (kind, row_id, id) WHERE row_id IS NOT NULL; -- who did what to a row

-- One line an attempt, for the timeline of a row; forgotten in days, and so without foreign keys.
CREATE TABLE work_attempts (
    id       bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kind     text NOT NULL,
    row_id   text NOT NULL,
    user_id  integer NOT NULL,
    attempt  integer NOT NULL,
    worker   text NOT NULL,
    outcome  text NOT NULL,
    error    text,
    seconds  double precision NOT NULL,
    ended_at timestamptz NOT NULL DEFAULT now(),
    steps    jsonb NOT NULL DEFAULT '[]',
    CONSTRAINT attempt_error_short CHECK (length(error) <= 500)
);
CREATE INDEX ix_work_attempts_row ON work_attempts (kind, row_id, id);
CREATE INDEX ix_work_attempts_user ON work_attempts (user_id); -- whom somebody erases
CREATE INDEX ix_work_attempts_ended ON work_attempts (ended_at); -- what is forgotten

-- The dependencies that a worker process finds away, for as long as it does.
CREATE TABLE work_breakers (
    process    text NOT NULL,
    dependency text NOT NULL,
    state      text NOT NULL,
    error      text,
    since      timestamptz NOT NULL DEFAULT now(),
    asks_at    timestamptz,
    seen_at    timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (process, dependency),
    CONSTRAINT breaker_state_known CHECK (state IN ('open', 'trying'))
);

-- migrate:down
DROP TABLE work_breakers;
DROP TABLE work_attempts;
DROP TABLE operator_log;
ALTER TABLE work_kinds
    DROP COLUMN queue, DROP COLUMN needs, DROP COLUMN failed, DROP COLUMN title, DROP COLUMN error, DROP COLUMN code,
    DROP COLUMN next_step, DROP COLUMN came, DROP COLUMN ended, DROP COLUMN paused_at;
