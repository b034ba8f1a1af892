-- A task whose file is better left as it is has ended well: this sentence says why there is no result.

-- migrate:up
ALTER TABLE job ADD COLUMN unchanged_because varchar(500);

-- migrate:down
ALTER TABLE job DROP COLUMN unchanged_because;
