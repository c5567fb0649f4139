CREATE TABLE users (
    id uuid PRIMARY KEY,
    email text NOT NULL UNIQUE,
    email_verified_at timestamptz,
    password_hash text,
    totp_secret bytea,
    totp_step bigint NOT NULL,
    disabled_at timestamptz,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL
);

CREATE TABLE sessions (
    id uuid PRIMARY KEY,
    user_id uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    token_hash bytea NOT NULL UNIQUE,
    device text NOT NULL,
    address text NOT NULL,
    created_at timestamptz NOT NULL,
    last_seen_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL
);
CREATE INDEX sessions_user ON sessions (user_id);
CREATE INDEX sessions_expiry ON sessions (expires_at);

CREATE TABLE tickets (
    id uuid PRIMARY KEY,
    purpose text NOT NULL,
    user_id uuid REFERENCES users (id) ON DELETE CASCADE,
    email text,
    token_hash bytea NOT NULL UNIQUE,
    data bytea NOT NULL,
    tries integer NOT NULL,
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    used_at timestamptz
);
CREATE INDEX tickets_user ON tickets (user_id);
CREATE INDEX tickets_email ON tickets (email);
CREATE INDEX tickets_expiry ON tickets (expires_at);

CREATE TABLE recovery_codes (
    id uuid PRIMARY KEY,
    user_id uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    code_hash bytea NOT NULL,
    created_at timestamptz NOT NULL,
    used_at timestamptz,
    UNIQUE (user_id, code_hash)
);

CREATE TABLE passkeys (
    id uuid PRIMARY KEY,
    user_id uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    credential_id bytea NOT NULL UNIQUE,
    name text NOT NULL,
    credential text NOT NULL,
    created_at timestamptz NOT NULL,
    last_used_at timestamptz
);
CREATE INDEX passkeys_user ON passkeys (user_id);

CREATE TABLE oidc_subjects (
    id uuid PRIMARY KEY,
    user_id uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    issuer text NOT NULL,
    subject text NOT NULL,
    created_at timestamptz NOT NULL,
    last_used_at timestamptz,
    UNIQUE (issuer, subject)
);
CREATE INDEX oidc_subjects_user ON oidc_subjects (user_id);

CREATE TABLE members (
    workspace_id uuid NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
    user_id uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    role text NOT NULL,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (workspace_id, user_id)
);
CREATE INDEX members_user ON members (user_id);

CREATE TABLE invitations (
    id uuid PRIMARY KEY,
    workspace_id uuid NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
    email text NOT NULL,
    role text NOT NULL,
    token_hash bytea NOT NULL UNIQUE,
    invited_by text NOT NULL,
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    accepted_at timestamptz,
    withdrawn_at timestamptz
);
CREATE INDEX invitations_workspace ON invitations (workspace_id);

CREATE TABLE former_slugs (
    slug text PRIMARY KEY,
    workspace_id uuid NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
    created_at timestamptz NOT NULL
);
CREATE INDEX former_slugs_workspace ON former_slugs (workspace_id);

CREATE TABLE audit_entries (
    id uuid PRIMARY KEY,
    workspace_id uuid,
    user_id uuid,
    actor text NOT NULL,
    action text NOT NULL,
    target text NOT NULL,
    changes jsonb NOT NULL,
    address text NOT NULL,
    at timestamptz NOT NULL
);
CREATE INDEX audit_entries_workspace ON audit_entries (workspace_id, id);
CREATE INDEX audit_entries_user ON audit_entries (user_id, id);
CREATE FUNCTION audit_entries_stay() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'audit entries are never changed';
END;
$$;
CREATE TRIGGER audit_entries_stay BEFORE UPDATE ON audit_entries
    FOR EACH ROW EXECUTE FUNCTION audit_entries_stay();

ALTER TABLE workspaces DROP COLUMN owner_email;
ALTER TABLE workspaces ADD COLUMN disabled_at timestamptz;
ALTER TABLE workspaces ADD COLUMN deletes_at timestamptz;
CREATE INDEX workspaces_deletion ON workspaces (deletes_at);
