-- A link's owner is told when somebody guesses its password: how many were wrong, and since when.

-- migrate:up
ALTER TABLE share_link
    ADD COLUMN wrong_passwords       bigint NOT NULL DEFAULT 0,
    ADD COLUMN wrong_passwords_since timestamptz;

-- migrate:down
ALTER TABLE share_link
    DROP COLUMN wrong_passwords,
    DROP COLUMN wrong_passwords_since;
