-- The log is searched by whoever was called, by message, and by what went wrong; bindings by identity alone.
DROP INDEX notifications_identity;
CREATE INDEX notifications_identity ON notifications (workspace_id, identity, id);
CREATE INDEX notifications_account ON notifications (workspace_id, account_sid, id);
CREATE INDEX notifications_message ON notifications (workspace_id, message_id);
CREATE INDEX notifications_trouble ON notifications (workspace_id, outcome, id)
    WHERE outcome NOT IN ('accepted', 'in_progress');
DROP INDEX bindings_identity;
CREATE INDEX bindings_identity ON bindings (workspace_id, identity, account_sid);
CREATE INDEX bindings_inactive ON bindings (workspace_id, id) WHERE status = 'inactive';

-- What happened in a minute or an hour of one workspace, counted once it is over.
CREATE TABLE rollups (
    workspace_id BLOB NOT NULL,
    span TEXT NOT NULL,
    at INTEGER NOT NULL,
    counts TEXT NOT NULL,
    PRIMARY KEY (workspace_id, span, at)
) STRICT;
CREATE INDEX rollups_at ON rollups (span, at);
