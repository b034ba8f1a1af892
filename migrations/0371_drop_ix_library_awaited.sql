-- Nobody reads it, and every arrival of bytes writes it: the disk's reservations are in upload_reservation.

-- migrate:up transaction:false
DROP INDEX CONCURRENTLY IF EXISTS ix_library_awaited;

-- migrate:down
CREATE INDEX IF NOT EXISTS ix_library_awaited ON library_usage (user_id) INCLUDE (awaited_bytes) WHERE awaited_bytes > 0;
