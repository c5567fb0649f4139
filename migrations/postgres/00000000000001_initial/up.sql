CREATE TABLE workspaces (
    id uuid PRIMARY KEY,
    name text NOT NULL,
    slug text NOT NULL UNIQUE,
    owner_email text NOT NULL,
    answer text NOT NULL,
    answer_within_ms integer NOT NULL,
    ring_ttl_seconds integer NOT NULL,
    retention_days integer NOT NULL,
    time_zone text NOT NULL,
    revision bigint NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL
);

CREATE TABLE webhook_tokens (
    id uuid PRIMARY KEY,
    workspace_id uuid NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
    token_hash bytea NOT NULL UNIQUE,
    token_sealed bytea NOT NULL,
    created_at timestamptz NOT NULL,
    ends_at timestamptz,
    last_used_at timestamptz
);
CREATE INDEX webhook_tokens_workspace ON webhook_tokens (workspace_id);

CREATE TABLE accounts (
    id uuid PRIMARY KEY,
    workspace_id uuid NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
    account_sid text NOT NULL,
    friendly_name text NOT NULL,
    status text NOT NULL,
    signature_policy text NOT NULL,
    auth_token bytea NOT NULL,
    auth_token_secondary bytea,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    UNIQUE (workspace_id, account_sid)
);

CREATE TABLE account_keys (
    id uuid PRIMARY KEY,
    workspace_id uuid NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
    account_id uuid NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    key_sid text NOT NULL,
    secret bytea NOT NULL,
    created_at timestamptz NOT NULL,
    UNIQUE (account_id, key_sid)
);

CREATE TABLE api_keys (
    id uuid PRIMARY KEY,
    workspace_id uuid NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
    name text NOT NULL,
    prefix text NOT NULL,
    key_hash bytea NOT NULL UNIQUE,
    scopes text NOT NULL,
    created_at timestamptz NOT NULL,
    expires_at timestamptz,
    last_used_at timestamptz,
    revoked_at timestamptz
);
CREATE INDEX api_keys_workspace ON api_keys (workspace_id);

CREATE TABLE providers (
    id uuid PRIMARY KEY,
    workspace_id uuid NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
    kind text NOT NULL,
    name text NOT NULL,
    is_default boolean NOT NULL,
    environment text NOT NULL,
    settings jsonb NOT NULL,
    facts jsonb NOT NULL,
    credentials bytea NOT NULL,
    status text NOT NULL,
    status_reason text,
    expires_at timestamptz,
    changed_at timestamptz NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL
);
CREATE INDEX providers_workspace ON providers (workspace_id, id);
CREATE UNIQUE INDEX providers_default ON providers (workspace_id, kind) WHERE is_default;

CREATE TABLE bindings (
    id uuid PRIMARY KEY,
    workspace_id uuid NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
    account_sid text NOT NULL,
    identity text NOT NULL,
    channel text NOT NULL,
    address text,
    address_hash bytea NOT NULL,
    keys bytea,
    provider_id uuid REFERENCES providers (id),
    environment text,
    device_id text,
    tags jsonb NOT NULL,
    shared boolean NOT NULL,
    status text NOT NULL,
    inactive_reason text,
    inactive_at timestamptz,
    expires_at timestamptz,
    registered_at timestamptz NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    last_notified_at timestamptz,
    last_accepted_at timestamptz
);
CREATE INDEX bindings_identity ON bindings (workspace_id, account_sid, identity);
CREATE INDEX bindings_page ON bindings (workspace_id, id);
CREATE INDEX bindings_provider ON bindings (provider_id);
CREATE INDEX bindings_device ON bindings (workspace_id, account_sid, channel, device_id) WHERE device_id IS NOT NULL;
CREATE UNIQUE INDEX bindings_address ON bindings (workspace_id, account_sid, channel, address_hash) WHERE NOT shared;
CREATE UNIQUE INDEX bindings_address_identity ON bindings (workspace_id, account_sid, channel, address_hash, identity);

CREATE TABLE notifications (
    id uuid PRIMARY KEY,
    workspace_id uuid NOT NULL,
    account_sid text NOT NULL,
    identity text NOT NULL,
    call_sid text NOT NULL,
    message_id text NOT NULL,
    message_type text NOT NULL,
    payload text NOT NULL,
    idempotency_token text,
    test boolean NOT NULL,
    received_at timestamptz NOT NULL,
    outcome text NOT NULL,
    reason text,
    detail text,
    answer_status integer,
    answer_after_ms integer,
    ended_at timestamptz
);
CREATE INDEX notifications_page ON notifications (workspace_id, id);
CREATE INDEX notifications_identity ON notifications (workspace_id, account_sid, identity, id);
CREATE INDEX notifications_call ON notifications (workspace_id, call_sid);
CREATE INDEX notifications_open ON notifications (id) WHERE outcome = 'in_progress';

CREATE TABLE deliveries (
    id uuid PRIMARY KEY,
    workspace_id uuid NOT NULL,
    notification_id uuid NOT NULL,
    binding_id uuid NOT NULL,
    channel text NOT NULL,
    provider_id uuid,
    device_id text,
    state text NOT NULL,
    cause text,
    reason text,
    tries integer NOT NULL,
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    next_attempt_at timestamptz NOT NULL,
    lease_owner uuid,
    lease_until timestamptz,
    ended_at timestamptz,
    acknowledged_after_ms integer
);
CREATE INDEX deliveries_notification ON deliveries (notification_id);
CREATE INDEX deliveries_due ON deliveries (lease_until) WHERE state = 'pending';

CREATE TABLE attempts (
    id uuid PRIMARY KEY,
    workspace_id uuid NOT NULL,
    notification_id uuid NOT NULL,
    delivery_id uuid NOT NULL,
    at timestamptz NOT NULL,
    outcome text NOT NULL,
    cause text,
    status integer,
    reason text,
    detail text,
    left_out jsonb NOT NULL,
    provider_message_id text,
    latency_ms integer NOT NULL
);
CREATE INDEX attempts_notification ON attempts (notification_id);

-- Who was answered what, by message: apart from the log, so that the log can be partitioned by day.
CREATE TABLE repeats (
    workspace_id uuid NOT NULL,
    account_sid text NOT NULL,
    message_id text NOT NULL,
    notification_id uuid NOT NULL,
    received_at timestamptz NOT NULL,
    answer_status integer,
    answer_bindings integer,
    answer_accepted integer,
    PRIMARY KEY (workspace_id, account_sid, message_id)
);
CREATE INDEX repeats_received ON repeats (received_at);

-- The raw bodies of calls that may still ring, encrypted; a row is gone soon after its call is too old.
CREATE TABLE payloads (
    notification_id uuid PRIMARY KEY,
    workspace_id uuid NOT NULL,
    account_sid text NOT NULL,
    identity text NOT NULL,
    message_id text NOT NULL,
    received_at timestamptz NOT NULL,
    keep_until timestamptz NOT NULL,
    body bytea NOT NULL
);
CREATE INDEX payloads_identity ON payloads (workspace_id, account_sid, identity);
CREATE INDEX payloads_keep_until ON payloads (keep_until);

-- One sealed word per master key, to notice at start that the key is not this database's.
CREATE TABLE seals (
    name text PRIMARY KEY,
    sealed bytea NOT NULL
);
