-- One table for all days again. Every row is copied, and every call waits until that is done.
BEGIN;
LOCK TABLE notifications, deliveries, attempts IN ACCESS EXCLUSIVE MODE;

CREATE TABLE notifications_all (LIKE notifications);
INSERT INTO notifications_all SELECT * FROM notifications;
DROP TABLE notifications;
ALTER TABLE notifications_all RENAME TO notifications;
ALTER TABLE notifications ADD CONSTRAINT notifications_pkey PRIMARY KEY (id);
CREATE INDEX notifications_page ON notifications (workspace_id, id);
CREATE INDEX notifications_identity ON notifications (workspace_id, identity, id);
CREATE INDEX notifications_account ON notifications (workspace_id, account_sid, id);
CREATE INDEX notifications_call ON notifications (workspace_id, call_sid);
CREATE INDEX notifications_message ON notifications (workspace_id, message_id);
CREATE INDEX notifications_open ON notifications (id) WHERE outcome = 'in_progress';
CREATE INDEX notifications_trouble ON notifications (workspace_id, outcome, id)
    WHERE outcome NOT IN ('accepted', 'in_progress');

CREATE TABLE deliveries_all (LIKE deliveries);
INSERT INTO deliveries_all SELECT * FROM deliveries;
DROP TABLE deliveries;
ALTER TABLE deliveries_all RENAME TO deliveries;
ALTER TABLE deliveries ADD CONSTRAINT deliveries_pkey PRIMARY KEY (id);
CREATE INDEX deliveries_notification ON deliveries (notification_id);
CREATE INDEX deliveries_due ON deliveries (lease_until) WHERE state = 'pending';
CREATE INDEX deliveries_binding ON deliveries (binding_id, notification_id);
CREATE INDEX deliveries_trouble ON deliveries (workspace_id, state, notification_id)
    WHERE state IN ('dead', 'misconfigured', 'failed', 'expired');

CREATE TABLE attempts_all (LIKE attempts);
INSERT INTO attempts_all SELECT * FROM attempts;
DROP TABLE attempts;
ALTER TABLE attempts_all RENAME TO attempts;
ALTER TABLE attempts ADD CONSTRAINT attempts_pkey PRIMARY KEY (id);
CREATE INDEX attempts_notification ON attempts (notification_id);
COMMIT;
