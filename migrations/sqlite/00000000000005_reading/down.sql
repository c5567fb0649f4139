DROP TABLE rollups;
DROP INDEX bindings_inactive;
DROP INDEX bindings_identity;
CREATE INDEX bindings_identity ON bindings (workspace_id, account_sid, identity);
DROP INDEX notifications_trouble;
DROP INDEX notifications_message;
DROP INDEX notifications_account;
DROP INDEX notifications_identity;
CREATE INDEX notifications_identity ON notifications (workspace_id, account_sid, identity, id);
