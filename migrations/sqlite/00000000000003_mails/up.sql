-- Mails on their way. A body holds links that let their reader in, so it is sealed, and gone once the mail is.
CREATE TABLE mails (
    id BLOB NOT NULL PRIMARY KEY,
    kind TEXT NOT NULL,
    recipient TEXT NOT NULL,
    body BLOB,
    state TEXT NOT NULL,
    reason TEXT,
    tries INTEGER NOT NULL,
    due_at INTEGER NOT NULL,
    lease_owner BLOB,
    created_at INTEGER NOT NULL,
    ended_at INTEGER
) STRICT;
CREATE INDEX mails_due ON mails (due_at) WHERE state = 'pending';
CREATE INDEX mails_ended ON mails (ended_at) WHERE ended_at IS NOT NULL;
