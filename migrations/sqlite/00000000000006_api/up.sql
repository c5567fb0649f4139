-- Deliveries are listed by binding, and by what went wrong.
CREATE INDEX deliveries_binding ON deliveries (binding_id, notification_id);
CREATE INDEX deliveries_trouble ON deliveries (workspace_id, state, notification_id)
    WHERE state IN ('dead', 'misconfigured', 'failed', 'expired');

-- What a POST under an `Idempotency-Key` was answered; without a status it is still being worked on.
CREATE TABLE idempotency_keys (
    workspace_id BLOB NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
    key_hash BLOB NOT NULL,
    request_hash BLOB NOT NULL,
    begun_at INTEGER NOT NULL,
    status INTEGER,
    answer BLOB,
    PRIMARY KEY (workspace_id, key_hash)
) STRICT;
CREATE INDEX idempotency_keys_begun ON idempotency_keys (begun_at);
