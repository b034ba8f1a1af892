-- Nobody holds a lock while a store is slow: the sweep claims what it removes, and writers what they are about to write.

-- migrate:up
ALTER TABLE vault_leftovers
    ADD COLUMN removing_until timestamptz, -- NULL: no sweep is at it
    ADD COLUMN writer uuid; -- who was the last to say that they would write it, and may let a row name it

-- migrate:down
ALTER TABLE vault_leftovers DROP COLUMN removing_until, DROP COLUMN writer;
