-- Why a moderator hid something, and actions by the pattern of their names: each feature has its own (SPEC section 4).

-- migrate:up
ALTER TABLE audit_log
    ADD COLUMN reason text,
    ADD CONSTRAINT audit_reason_short CHECK (length(reason) BETWEEN 1 AND 500),
    DROP CONSTRAINT audit_action_known,
    ADD CONSTRAINT audit_action_known CHECK (action ~ '^[a-z]+(_[a-z]+)*$' AND length(action) <= 40);

-- migrate:down
DELETE FROM audit_log
 WHERE action NOT IN ('hide', 'unhide', 'delete', 'restore', 'license', 'request_download', 'retry_download',
                      'cancel_download', 'delete_download');
ALTER TABLE audit_log
    DROP CONSTRAINT audit_action_known,
    ADD CONSTRAINT audit_action_known CHECK (action IN (
        'hide', 'unhide', 'delete', 'restore', 'license', 'request_download', 'retry_download', 'cancel_download',
        'delete_download')),
    DROP COLUMN reason;
