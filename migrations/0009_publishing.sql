-- Publishing and sharing

-- migrate:up
-- Posts in an order of their artist's own.
CREATE TABLE series (
    id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    user_id       integer NOT NULL,
    name          text NOT NULL,
    description   text,
    cover_post_id bigint, -- NULL: its first post
    version       integer NOT NULL DEFAULT 1,
    created_at    timestamptz NOT NULL DEFAULT now(),
    updated_at    timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT series_named CHECK (length(name) BETWEEN 1 AND 128),
    CONSTRAINT series_description_short CHECK (length(description) BETWEEN 1 AND 5000)
);
CREATE INDEX ix_series_user ON series (user_id, created_at DESC, id DESC); -- GET /api/pmd/series

-- A post is in one series.
CREATE TABLE series_post (
    post_id   bigint PRIMARY KEY,
    series_id bigint NOT NULL REFERENCES series (id) ON DELETE CASCADE,
    position  double precision NOT NULL
);
DO $$
BEGIN
    IF (SELECT relkind FROM pg_class WHERE oid = to_regclass('posts')) IN ('r', 'p') THEN
        ALTER TABLE series_post
            ADD CONSTRAINT series_post_post_fk FOREIGN KEY (post_id) REFERENCES posts (id) ON DELETE CASCADE;
    END IF;
END $$;
CREATE INDEX ix_series_post_order ON series_post (series_id, position, post_id); -- a series in its order

-- A file on its way to become a post.
CREATE TABLE draft (
    id                bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    user_id           integer NOT NULL,
    asset_id          bigint NOT NULL, -- of a file that may have been purged
    title             text,
    description       text,
    hashtags          text[] NOT NULL DEFAULT '{}',
    alt_text          text,
    content_warnings  text[] NOT NULL DEFAULT '{}',
    license_id        integer,
    ai_disclosure     text,
    ai_opt_out        boolean,
    marks             text, -- what becomes of personal metadata; NULL: not decided
    is_hidden         boolean NOT NULL DEFAULT false, -- whether its post begins hidden
    series_id         bigint,
    position          double precision NOT NULL, -- in the table
    posted_at         timestamptz, -- of its post, of an imported draft; NULL: when it is published
    status            text NOT NULL DEFAULT 'draft',
    due_at            timestamptz,
    is_placed_by_hand boolean NOT NULL DEFAULT false, -- the rule leaves it where it is
    reason            text, -- why it failed, for its artist
    post_id           bigint,
    published_at      timestamptz,
    version           integer NOT NULL DEFAULT 1, -- counts its changes
    created_at        timestamptz NOT NULL DEFAULT now(),
    updated_at        timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT draft_alt_text_short CHECK (length(alt_text) BETWEEN 1 AND 1500),
    CONSTRAINT draft_disclosure_known CHECK (ai_disclosure IN ('none', 'assisted', 'generated')),
    CONSTRAINT draft_failed_explained CHECK ((status = 'failed') = (reason IS NOT NULL)),
    CONSTRAINT draft_marks_known CHECK (marks IN ('strip', 'keep')),
    CONSTRAINT draft_published_dated CHECK ((status = 'published') = (published_at IS NOT NULL)
                                            AND (status = 'published') = (post_id IS NOT NULL)),
    CONSTRAINT draft_scheduled_dated CHECK ((status = 'draft') = (due_at IS NULL)),
    CONSTRAINT draft_status_known CHECK (status IN ('draft', 'scheduled', 'published', 'failed')),
    CONSTRAINT draft_warnings_few CHECK (cardinality(content_warnings) <= 10)
) WITH (fillfactor = 70); -- thousands of rows change at once, in columns without an index
-- One draft of a file, until it is published.
CREATE UNIQUE INDEX ix_draft_asset ON draft (asset_id) WHERE status <> 'published';
-- GET /api/pmd/drafts in the table's order, and all drafts of a user that are not published.
CREATE INDEX ix_draft_table ON draft (user_id, status, position, id);
-- GET /api/pmd/drafts?sort=due, and the calendar.
CREATE INDEX ix_draft_by_due ON draft (user_id, due_at, id) WHERE due_at IS NOT NULL;
-- What is due.
CREATE INDEX ix_draft_due ON draft (due_at) WHERE status = 'scheduled';

-- How an artist publishes: when drafts go out, and the default of what posts do not declare.
CREATE TABLE publishing_rule (
    user_id    integer PRIMARY KEY,
    is_on      boolean NOT NULL DEFAULT false,
    weekdays   smallint[] NOT NULL, -- 1: Monday
    times      time[] NOT NULL, -- of day, in the time zone
    in_turn    text NOT NULL DEFAULT 'table',
    time_zone  text NOT NULL, -- as the IANA names it
    is_paused  boolean NOT NULL DEFAULT false, -- nothing goes out
    ai_opt_out boolean NOT NULL DEFAULT false, -- of posts and files that do not say
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT publishing_rule_order_known CHECK (in_turn IN ('table', 'series')),
    CONSTRAINT publishing_rule_days CHECK (weekdays <@ '{1,2,3,4,5,6,7}'::smallint[] AND cardinality(weekdays) >= 1),
    CONSTRAINT publishing_rule_times CHECK (cardinality(times) BETWEEN 1 AND 24)
);

-- What is drawn over an artist's pictures where others see them: a text, a picture, or nothing any more.
CREATE TABLE watermark (
    user_id    integer PRIMARY KEY,
    text       text,
    picture    bytea, -- a small PNG, made of a file that may be gone by now
    asset_id   bigint, -- that file
    place      text NOT NULL,
    opacity    smallint NOT NULL, -- per cent
    size       smallint NOT NULL, -- per cent of the picture that it is drawn over
    version    integer NOT NULL DEFAULT 1, -- counts its changes
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT watermark_one_thing CHECK (num_nonnulls(text, picture) <= 1 AND (picture IS NULL) = (asset_id IS NULL)),
    CONSTRAINT watermark_text_short CHECK (length(text) BETWEEN 1 AND 60),
    CONSTRAINT watermark_measures CHECK (opacity BETWEEN 1 AND 100 AND size BETWEEN 1 AND 100)
);

-- Previews with it, drawn when somebody first sees them, and again after a month.
CREATE TABLE watermarked (
    user_id    integer NOT NULL,
    source     text NOT NULL, -- a preview's key, or an edition's cover
    version    integer NOT NULL, -- of the watermark
    picture    bytea, -- NULL: it cannot be drawn
    mime_type  text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (user_id, source)
);

-- A link that shows and gives a pack, or a download, to everyone who has it.
CREATE TABLE share_link (
    id                      bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
    code                    text NOT NULL UNIQUE,
    user_id                 integer NOT NULL,
    pack_id                 bigint REFERENCES pack (id) ON DELETE CASCADE,
    bdr_id                  uuid REFERENCES batch_download_requests (id) ON DELETE CASCADE,
    is_public               boolean NOT NULL DEFAULT false,
    password                text,
    expires_at              timestamptz,
    withdrawn_at            timestamptz,
    view_count              bigint NOT NULL DEFAULT 0,
    download_count          bigint NOT NULL DEFAULT 0,
    created_at              timestamptz NOT NULL DEFAULT now(),
    wrong_password_count    bigint NOT NULL DEFAULT 0,
    first_wrong_password_at timestamptz,
    CONSTRAINT share_link_of_one_thing CHECK (num_nonnulls(pack_id, bdr_id) = 1)
);

CREATE INDEX ix_share_link_bdr ON share_link (bdr_id) WHERE bdr_id IS NOT NULL;
CREATE INDEX ix_share_link_pack ON share_link (pack_id) WHERE pack_id IS NOT NULL;
-- A user's links; for robots.txt, who shows something to everybody.
CREATE INDEX ix_share_link_user ON share_link (user_id, is_public, withdrawn_at);

-- Visits are counted without an event.
CREATE TRIGGER share_link_written
    AFTER INSERT OR DELETE OR UPDATE OF is_public, password, expires_at, withdrawn_at ON share_link
    FOR EACH ROW EXECUTE FUNCTION notify_changed('link');

-- How often visitors saw an artist's public pages, and took what is behind them, by day in UTC. Kept for 400 days.
CREATE TABLE visits (
    user_id        integer NOT NULL,
    day            date NOT NULL,
    subject        text NOT NULL,
    subject_id     bigint NOT NULL, -- of a link, or a series, that may be gone by now
    slot           smallint NOT NULL, -- of several rows that grow at the same time; 0: the sum of a day that has passed
    pack_id        bigint, -- which the link leads to
    view_count     bigint NOT NULL,
    download_count bigint NOT NULL,
    PRIMARY KEY (user_id, day, subject, subject_id, slot),
    CONSTRAINT visits_subject_known CHECK (subject IN ('link', 'series'))
) WITH (fillfactor = 50); -- counts grow in place
-- What the counts of a link do not have yet, and what is to be added up.
CREATE INDEX ix_visits_slots ON visits (subject_id, day) WHERE slot > 0;
CREATE INDEX ix_visits_day ON visits (day); -- the upkeep: what is forgotten

-- migrate:down
DROP TABLE visits, share_link, watermarked, watermark, publishing_rule, draft, series_post, series;
