-- Background work: one table of what is to be done, its fair order, what became of it, and the periodic steps.
-- docs/architecture.md explains it; the package pmd_service.work has every statement.

-- migrate:up

-- The kinds of work. Workers write their kinds' rows when they start; operators pause them.
CREATE TABLE work_kinds (
    name      text PRIMARY KEY,
    queue     text NOT NULL, -- in Redis, on which its tickets are announced
    needs     text[] NOT NULL DEFAULT '{}', -- dependencies without which none is claimed: store, mail
    per_user  integer NOT NULL CHECK (per_user > 0), -- rows of one user that may run concurrently
    in_order  boolean NOT NULL DEFAULT false, -- a user's rows run one after the other, by id
    paused_at timestamptz,
    CONSTRAINT work_kinds_one_by_one CHECK (NOT in_order OR per_user = 1)
);

-- What is to be done, is being done, or has failed and can be restarted. A row that ended well, or whose subject was
-- cancelled, is deleted. The subject is a row of another table, which has a status of its own for its owner.
CREATE TABLE work (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kind        text NOT NULL,
    subject     text NOT NULL, -- the id of its subject
    user_id     integer NOT NULL, -- its owner, in whose turn it runs
    title       text NOT NULL, -- for operators
    state       text NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'running', 'failed')),
    due_at      timestamptz NOT NULL DEFAULT clock_timestamp(),
    turn        double precision, -- its place in the order; null: not due, or its owner has as many as may run
    attempt     integer NOT NULL DEFAULT 0,
    faults      integer NOT NULL DEFAULT 0, -- attempts that failed through its own fault
    expired     integer NOT NULL DEFAULT 0, -- attempts whose worker died
    token       uuid, -- of the running attempt; a worker without it may not change the row
    lease_until timestamptz, -- when others may take the row over, unless its worker renews the lease
    claimed_at  timestamptz,
    error       text CHECK (length(error) <= 500), -- of the last attempt that failed
    code        text, -- of a failed row: why, for programs
    next_step   text CHECK (next_step IN ('retry', 'user', 'address')), -- what a failed row needs
    request_id  text, -- the HTTP request that caused it
    created_at  timestamptz NOT NULL DEFAULT now(),
    ended_at    timestamptz, -- of a failed row
    UNIQUE (kind, subject),
    CONSTRAINT work_leased CHECK ((state = 'running') = (token IS NOT NULL)
                                  AND (token IS NULL) = (lease_until IS NULL)),
    CONSTRAINT work_failed CHECK ((state = 'failed') = (ended_at IS NOT NULL) AND (state <> 'failed' OR turn IS NULL))
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.02);
-- The claim: the row with the lowest turn.
CREATE INDEX ix_work_line ON work (kind, turn, id) WHERE state = 'waiting' AND turn IS NOT NULL;
CREATE INDEX ix_work_turns ON work (kind, user_id) WHERE turn IS NOT NULL; -- how many rows of a user have a turn
-- The user's next rows.
CREATE INDEX ix_work_behind ON work (kind, user_id, due_at, id) WHERE state = 'waiting' AND turn IS NULL;
-- The highest turn that runs; leases that have expired.
CREATE INDEX ix_work_running ON work (kind, turn) WHERE state = 'running';

-- How much of a kind a user has had, in turns: one for each row, and one more for each second beyond its first.
CREATE TABLE work_accounts (
    kind     text NOT NULL,
    user_id  integer NOT NULL,
    turn     double precision NOT NULL DEFAULT 1, -- the user's next
    wakes_at timestamptz, -- when a row becomes due for which there is a place already
    PRIMARY KEY (kind, user_id)
);
-- Where a new user starts while no other work runs or waits.
CREATE INDEX ix_work_accounts_turn ON work_accounts (kind, turn);
-- Rows that have become due by time alone.
CREATE INDEX ix_work_accounts_wakes ON work_accounts (wakes_at) WHERE wakes_at IS NOT NULL;

-- Claim the row of a kind with the lowest turn, for so many seconds; or renew the lease of the running row with a token,
-- for a process that goes on with it. No row: nothing is due.
CREATE FUNCTION claim_work(of_kind text, seconds double precision, takes_suspects boolean, adopted uuid) RETURNS SETOF work
LANGUAGE plpgsql ROWS 1 SET search_path FROM CURRENT AS $$
BEGIN
    IF adopted IS NOT NULL THEN
        RETURN QUERY UPDATE work SET lease_until = now() + make_interval(secs => seconds)
                      WHERE kind = of_kind AND state = 'running' AND token = adopted RETURNING *;
        RETURN;
    END IF;
    RETURN QUERY
        UPDATE work
           SET state = 'running', attempt = attempt + 1, token = gen_random_uuid(),
               lease_until = now() + make_interval(secs => seconds), claimed_at = clock_timestamp()
         WHERE id = (SELECT id FROM work
                      WHERE kind = of_kind AND state = 'waiting' AND turn IS NOT NULL
                        AND (expired < 2 OR takes_suspects) -- work/lease.py: SUSPECT_AFTER
                        AND NOT EXISTS (SELECT FROM work_kinds WHERE name = of_kind AND paused_at IS NOT NULL)
                      ORDER BY turn, id LIMIT 1 FOR UPDATE SKIP LOCKED)
        RETURNING *;
END $$;

-- Give turns to as many of a user's due rows as may run beside those that have one. Start-time fair queueing: the next
-- turn of a user is after what they have had, and not before what runs now.
CREATE FUNCTION work_line_up(of_kind text, of_user integer, cost double precision DEFAULT 0) RETURNS void
LANGUAGE plpgsql SET search_path FROM CURRENT SET enable_seqscan TO off SET jit TO off AS $$
DECLARE
    is_ordered boolean;
    free       integer;
    next_turn  double precision;
    next_ids   bigint[];
    next_due   timestamptz;
BEGIN
    INSERT INTO work_accounts (kind, user_id) VALUES (of_kind, of_user) ON CONFLICT DO NOTHING;
    -- The last lock of its transaction: its holder waits for no other.
    SELECT turn + cost INTO next_turn FROM work_accounts WHERE kind = of_kind AND user_id = of_user FOR UPDATE;
    -- Before its first worker has started, a kind has no row.
    SELECT coalesce(max(per_user), 1) - (SELECT count(*) FROM work
                                          WHERE kind = of_kind AND user_id = of_user AND turn IS NOT NULL),
           coalesce(bool_or(in_order), true)
      INTO free, is_ordered FROM work_kinds WHERE name = of_kind;
    IF free > 0 THEN
        -- Rows that another transaction has locked are lined up at its end. clock_timestamp(): rows that others have
        -- committed meanwhile may be younger than our transaction.
        IF is_ordered THEN
            SELECT array_agg(id ORDER BY id) INTO next_ids
              FROM (SELECT id FROM work
                     WHERE id = (SELECT min(id) FROM work
                                  WHERE kind = of_kind AND user_id = of_user AND state = 'waiting' AND turn IS NULL)
                       AND due_at <= clock_timestamp() FOR UPDATE SKIP LOCKED) AS due;
        ELSE
            SELECT array_agg(id ORDER BY due_at, id) INTO next_ids
              FROM (SELECT id, due_at FROM work
                     WHERE kind = of_kind AND user_id = of_user AND state = 'waiting' AND turn IS NULL
                       AND due_at <= clock_timestamp()
                     ORDER BY due_at, id LIMIT free FOR UPDATE SKIP LOCKED) AS due;
        END IF;
        IF next_ids IS NOT NULL THEN
            next_turn := greatest(next_turn, coalesce(
                (SELECT max(turn) FROM work WHERE kind = of_kind AND state = 'running' AND turn IS NOT NULL),
                (SELECT min(turn) FROM work WHERE kind = of_kind AND state = 'waiting' AND turn IS NOT NULL),
                (SELECT max(turn) FROM work_accounts WHERE kind = of_kind)));
            UPDATE work SET turn = next_turn + place - 1
              FROM unnest(next_ids) WITH ORDINALITY AS line (id, place)
             WHERE work.id = line.id;
            next_turn := next_turn + cardinality(next_ids);
        END IF;
        IF coalesce(cardinality(next_ids), 0) < free THEN
            SELECT due_at INTO next_due FROM work
             WHERE kind = of_kind AND user_id = of_user AND state = 'waiting' AND turn IS NULL
             ORDER BY CASE WHEN is_ordered THEN id END, due_at, id LIMIT 1;
        END IF;
    END IF;
    UPDATE work_accounts SET turn = next_turn, wakes_at = next_due
     WHERE kind = of_kind AND user_id = of_user AND (turn, wakes_at) IS DISTINCT FROM (next_turn, next_due);
END $$;

-- At the end of a transaction that has added or ended work, by any statement.
CREATE FUNCTION work_changed() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
    changed record;
    account text;
    cost    double precision := 0;
BEGIN
    IF TG_OP = 'INSERT' THEN changed := NEW; ELSE changed := OLD; END IF;
    IF TG_OP <> 'UPDATE' AND changed.turn IS NULL AND changed.state <> 'waiting' THEN
        RETURN NULL; -- its user's turn does not depend on it
    END IF;
    IF changed.claimed_at IS NOT NULL THEN
        cost := greatest(extract(epoch FROM clock_timestamp() - changed.claimed_at) - 1, 0);
    END IF;
    -- The first row of a transaction lines all of them up.
    account := changed.kind || ' ' || changed.user_id;
    IF cost > 0 OR current_setting('pmd.lined_up', true) IS DISTINCT FROM account THEN
        PERFORM work_line_up(changed.kind, changed.user_id, cost), set_config('pmd.lined_up', account, true);
    END IF;
    RETURN NULL;
END $$;

-- Not the claim, after which a row keeps its turn.
CREATE CONSTRAINT TRIGGER work_returned AFTER UPDATE ON work DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
    WHEN (NEW.turn IS NULL
          AND (OLD.turn IS NOT NULL
               OR NEW.state = 'failed' AND OLD.state = 'waiting'
               OR NEW.state = 'waiting' AND (OLD.state, OLD.due_at) IS DISTINCT FROM (NEW.state, NEW.due_at)))
    EXECUTE FUNCTION work_changed();
CREATE CONSTRAINT TRIGGER work_added_or_ended AFTER INSERT OR DELETE ON work DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
    EXECUTE FUNCTION work_changed();

-- A record of each attempt, for the console; kept for two weeks.
CREATE TABLE work_attempts (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kind       text NOT NULL,
    subject    text NOT NULL,
    user_id    integer NOT NULL,
    title      text NOT NULL,
    attempt    integer NOT NULL,
    worker     text NOT NULL, -- host and process
    outcome    text NOT NULL,
    error      text CHECK (length(error) <= 500),
    seconds    double precision NOT NULL,
    steps      jsonb NOT NULL DEFAULT '[]', -- base/trace.py
    request_id text,
    created_at timestamptz NOT NULL, -- of the work
    ended_at   timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX ix_work_attempts_subject ON work_attempts (kind, subject, id); -- the attempts at one row of work
-- The console: everything that one request has caused.
CREATE INDEX ix_work_attempts_request ON work_attempts (request_id) WHERE request_id IS NOT NULL;

-- Dependencies that a worker finds unavailable; a row for each process and dependency.
CREATE TABLE work_breakers (
    process    text NOT NULL,
    dependency text NOT NULL,
    state      text NOT NULL CHECK (state IN ('open', 'trying')),
    error      text,
    since      timestamptz NOT NULL DEFAULT now(),
    probe_at   timestamptz, -- the next probe
    seen_at    timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (process, dependency)
);

-- Periodic steps of the upkeep: one process at a time runs each, under a lease.
CREATE TABLE upkeep_steps (
    name     text PRIMARY KEY,
    due_at   timestamptz NOT NULL DEFAULT now(),
    token    uuid, -- of the process that runs it
    ended_at timestamptz,
    error    text
);

-- migrate:down
DROP FUNCTION claim_work(text, double precision, boolean, uuid);
DROP TABLE upkeep_steps, work_breakers, work_attempts, work, work_accounts, work_kinds;
DROP FUNCTION work_changed(), work_line_up(text, integer, double precision);
