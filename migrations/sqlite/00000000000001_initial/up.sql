CREATE TABLE workspaces (
    id BLOB NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    slug TEXT NOT NULL UNIQUE,
    owner_email TEXT NOT NULL,
    answer TEXT NOT NULL,
    answer_within_ms INTEGER NOT NULL,
    ring_ttl_seconds INTEGER NOT NULL,
    retention_days INTEGER NOT NULL,
    time_zone TEXT NOT NULL,
    revision INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
) STRICT;

CREATE TABLE webhook_tokens (
    id BLOB NOT NULL PRIMARY KEY,
    workspace_id BLOB NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
    token_hash BLOB NOT NULL UNIQUE,
    token_sealed BLOB NOT NULL,
    created_at INTEGER NOT NULL,
    ends_at INTEGER,
    last_used_at INTEGER
) STRICT;
CREATE INDEX webhook_tokens_workspace ON webhook_tokens (workspace_id);

CREATE TABLE accounts (
    id BLOB NOT NULL PRIMARY KEY,
    workspace_id BLOB NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
    account_sid TEXT NOT NULL,
    friendly_name TEXT NOT NULL,
    status TEXT NOT NULL,
    signature_policy TEXT NOT NULL,
    auth_token BLOB NOT NULL,
    auth_token_secondary BLOB,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    UNIQUE (workspace_id, account_sid)
) STRICT;

CREATE TABLE account_keys (
    id BLOB NOT NULL PRIMARY KEY,
    workspace_id BLOB NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
    account_id BLOB NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    key_sid TEXT NOT NULL,
    secret BLOB NOT NULL,
    created_at INTEGER NOT NULL,
    UNIQUE (account_id, key_sid)
) STRICT;

CREATE TABLE api_keys (
    id BLOB NOT NULL PRIMARY KEY,
    workspace_id BLOB NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    prefix TEXT NOT NULL,
    key_hash BLOB NOT NULL UNIQUE,
    scopes TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER,
    last_used_at INTEGER,
    revoked_at INTEGER
) STRICT;
CREATE INDEX api_keys_workspace ON api_keys (workspace_id);

CREATE TABLE providers (
    id BLOB NOT NULL PRIMARY KEY,
    workspace_id BLOB NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    is_default INTEGER NOT NULL,
    environment TEXT NOT NULL,
    settings TEXT NOT NULL,
    facts TEXT NOT NULL,
    credentials BLOB NOT NULL,
    status TEXT NOT NULL,
    status_reason TEXT,
    expires_at INTEGER,
    changed_at INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
) STRICT;
CREATE INDEX providers_workspace ON providers (workspace_id, id);
CREATE UNIQUE INDEX providers_default ON providers (workspace_id, kind) WHERE is_default;

CREATE TABLE bindings (
    id BLOB NOT NULL PRIMARY KEY,
    workspace_id BLOB NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
    account_sid TEXT NOT NULL,
    identity TEXT NOT NULL,
    channel TEXT NOT NULL,
    address TEXT,
    address_hash BLOB NOT NULL,
    keys BLOB,
    provider_id BLOB REFERENCES providers (id),
    environment TEXT,
    device_id TEXT,
    tags TEXT NOT NULL,
    shared INTEGER NOT NULL,
    status TEXT NOT NULL,
    inactive_reason TEXT,
    inactive_at INTEGER,
    expires_at INTEGER,
    registered_at INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    last_notified_at INTEGER,
    last_accepted_at INTEGER
) STRICT;
CREATE INDEX bindings_identity ON bindings (workspace_id, account_sid, identity);
CREATE INDEX bindings_page ON bindings (workspace_id, id);
CREATE INDEX bindings_provider ON bindings (provider_id);
CREATE INDEX bindings_device ON bindings (workspace_id, account_sid, channel, device_id) WHERE device_id IS NOT NULL;
CREATE UNIQUE INDEX bindings_address ON bindings (workspace_id, account_sid, channel, address_hash) WHERE NOT shared;
CREATE UNIQUE INDEX bindings_address_identity ON bindings (workspace_id, account_sid, channel, address_hash, identity);

CREATE TABLE notifications (
    id BLOB NOT NULL PRIMARY KEY,
    workspace_id BLOB NOT NULL,
    account_sid TEXT NOT NULL,
    identity TEXT NOT NULL,
    call_sid TEXT NOT NULL,
    message_id TEXT NOT NULL,
    message_type TEXT NOT NULL,
    payload TEXT NOT NULL,
    idempotency_token TEXT,
    test INTEGER NOT NULL,
    received_at INTEGER NOT NULL,
    outcome TEXT NOT NULL,
    reason TEXT,
    detail TEXT,
    answer_status INTEGER,
    answer_after_ms INTEGER,
    ended_at INTEGER
) STRICT;
CREATE INDEX notifications_page ON notifications (workspace_id, id);
CREATE INDEX notifications_identity ON notifications (workspace_id, account_sid, identity, id);
CREATE INDEX notifications_call ON notifications (workspace_id, call_sid);
CREATE INDEX notifications_open ON notifications (id) WHERE outcome = 'in_progress';

CREATE TABLE deliveries (
    id BLOB NOT NULL PRIMARY KEY,
    workspace_id BLOB NOT NULL,
    notification_id BLOB NOT NULL,
    binding_id BLOB NOT NULL,
    channel TEXT NOT NULL,
    provider_id BLOB,
    device_id TEXT,
    state TEXT NOT NULL,
    cause TEXT,
    reason TEXT,
    tries INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    next_attempt_at INTEGER NOT NULL,
    lease_owner BLOB,
    lease_until INTEGER,
    ended_at INTEGER,
    acknowledged_after_ms INTEGER
) STRICT;
CREATE INDEX deliveries_notification ON deliveries (notification_id);
CREATE INDEX deliveries_due ON deliveries (lease_until) WHERE state = 'pending';

CREATE TABLE attempts (
    id BLOB NOT NULL PRIMARY KEY,
    workspace_id BLOB NOT NULL,
    notification_id BLOB NOT NULL,
    delivery_id BLOB NOT NULL,
    at INTEGER NOT NULL,
    outcome TEXT NOT NULL,
    cause TEXT,
    status INTEGER,
    reason TEXT,
    detail TEXT,
    left_out TEXT NOT NULL,
    provider_message_id TEXT,
    latency_ms INTEGER NOT NULL
) STRICT;
CREATE INDEX attempts_notification ON attempts (notification_id);

-- Who was answered what, by message: apart from the log, so that the log can be partitioned by day.
CREATE TABLE repeats (
    workspace_id BLOB NOT NULL,
    account_sid TEXT NOT NULL,
    message_id TEXT NOT NULL,
    notification_id BLOB NOT NULL,
    received_at INTEGER NOT NULL,
    answer_status INTEGER,
    answer_bindings INTEGER,
    answer_accepted INTEGER,
    PRIMARY KEY (workspace_id, account_sid, message_id)
) STRICT;
CREATE INDEX repeats_received ON repeats (received_at);

-- The raw bodies of calls that may still ring, encrypted; a row is gone soon after its call is too old.
CREATE TABLE payloads (
    notification_id BLOB NOT NULL PRIMARY KEY,
    workspace_id BLOB NOT NULL,
    account_sid TEXT NOT NULL,
    identity TEXT NOT NULL,
    message_id TEXT NOT NULL,
    received_at INTEGER NOT NULL,
    keep_until INTEGER NOT NULL,
    body BLOB NOT NULL
) STRICT;
CREATE INDEX payloads_identity ON payloads (workspace_id, account_sid, identity);
CREATE INDEX payloads_keep_until ON payloads (keep_until);

-- One sealed word per master key, to notice at start that the key is not this database's.
CREATE TABLE seals (
    name TEXT NOT NULL PRIMARY KEY,
    sealed BLOB NOT NULL
) STRICT;
