-- Mails on their way. A body holds links that let their reader in, so it is sealed, and gone once the mail is.
CREATE TABLE mails (
    id uuid PRIMARY KEY,
    kind text NOT NULL,
    recipient text NOT NULL,
    body bytea,
    state text NOT NULL,
    reason text,
    tries integer NOT NULL,
    due_at timestamptz NOT NULL,
    lease_owner uuid,
    created_at timestamptz NOT NULL,
    ended_at timestamptz
);
CREATE INDEX mails_due ON mails (due_at) WHERE state = 'pending';
CREATE INDEX mails_ended ON mails (ended_at) WHERE ended_at IS NOT NULL;
