-- The log by day. Ids are UUIDv7: they begin with the millisecond of their making, so a range of ids is a range of time.
-- What belongs to one call lies by the call's id, so that it is read from one day and goes with it.
--
-- What is there already becomes the partition of everything before the day after tomorrow (UTC), as it is: no row is
-- copied, no index is built. It costs one read of the three tables from end to end, during which calls go on, and a swap of
-- milliseconds, for which it waits at most five seconds behind others; then it gives up and can be run again. The past
-- goes when its last day is older than what any workspace keeps; until then its old rows are deleted in bites, as they
-- were. On an empty database there is no past.
--
-- Deliveries and attempts have their key in each partition and not above them: a key above them would have to hold the
-- call's id too, and building that index on what is there would hold up every call.

-- That no row of the past is too young, said at first for new rows, in an instant.
BEGIN;
SET LOCAL lock_timeout = '5s';
DO $$
DECLARE
    bound uuid := (lpad(to_hex((extract(epoch FROM date_trunc('day', now() AT TIME ZONE 'UTC') + interval '2 days') * 1000)::bigint), 12, '0')
        || repeat('0', 20))::uuid;
BEGIN
    ALTER TABLE notifications DROP CONSTRAINT IF EXISTS notifications_past;
    ALTER TABLE deliveries DROP CONSTRAINT IF EXISTS deliveries_past;
    ALTER TABLE attempts DROP CONSTRAINT IF EXISTS attempts_past;
    EXECUTE format('ALTER TABLE notifications ADD CONSTRAINT notifications_past CHECK (id < %L) NOT VALID', bound);
    EXECUTE format('ALTER TABLE deliveries ADD CONSTRAINT deliveries_past CHECK (notification_id < %L) NOT VALID', bound);
    EXECUTE format('ALTER TABLE attempts ADD CONSTRAINT attempts_past CHECK (notification_id < %L) NOT VALID', bound);
END;
$$;
COMMIT;

-- Then for all of them: this reads the tables, and holds up nobody.
BEGIN;
ALTER TABLE notifications VALIDATE CONSTRAINT notifications_past;
COMMIT;
BEGIN;
ALTER TABLE deliveries VALIDATE CONSTRAINT deliveries_past;
COMMIT;
BEGIN;
ALTER TABLE attempts VALIDATE CONSTRAINT attempts_past;
COMMIT;

-- The swap. The past is taken in without being read, for its constraint says what it holds, and with its own indexes,
-- for they are the same.
BEGIN;
SET LOCAL lock_timeout = '5s';
LOCK TABLE notifications, deliveries, attempts IN ACCESS EXCLUSIVE MODE;

ALTER TABLE notifications RENAME TO notifications_past;
ALTER INDEX notifications_pkey RENAME TO notifications_past_pkey;
ALTER INDEX notifications_page RENAME TO notifications_past_page;
ALTER INDEX notifications_identity RENAME TO notifications_past_identity;
ALTER INDEX notifications_account RENAME TO notifications_past_account;
ALTER INDEX notifications_call RENAME TO notifications_past_call;
ALTER INDEX notifications_message RENAME TO notifications_past_message;
ALTER INDEX notifications_open RENAME TO notifications_past_open;
ALTER INDEX notifications_trouble RENAME TO notifications_past_trouble;
CREATE TABLE notifications (LIKE notifications_past, PRIMARY KEY (id)) PARTITION BY RANGE (id);
CREATE INDEX notifications_page ON notifications (workspace_id, id);
CREATE INDEX notifications_identity ON notifications (workspace_id, identity, id);
CREATE INDEX notifications_account ON notifications (workspace_id, account_sid, id);
CREATE INDEX notifications_call ON notifications (workspace_id, call_sid);
CREATE INDEX notifications_message ON notifications (workspace_id, message_id);
CREATE INDEX notifications_open ON notifications (id) WHERE outcome = 'in_progress';
CREATE INDEX notifications_trouble ON notifications (workspace_id, outcome, id)
    WHERE outcome NOT IN ('accepted', 'in_progress');
CREATE TABLE notifications_default PARTITION OF notifications DEFAULT;

ALTER TABLE deliveries RENAME TO deliveries_past;
ALTER INDEX deliveries_pkey RENAME TO deliveries_past_pkey;
ALTER INDEX deliveries_notification RENAME TO deliveries_past_notification;
ALTER INDEX deliveries_due RENAME TO deliveries_past_due;
ALTER INDEX deliveries_binding RENAME TO deliveries_past_binding;
ALTER INDEX deliveries_trouble RENAME TO deliveries_past_trouble;
CREATE TABLE deliveries (LIKE deliveries_past) PARTITION BY RANGE (notification_id);
CREATE INDEX deliveries_notification ON deliveries (notification_id);
CREATE INDEX deliveries_due ON deliveries (lease_until) WHERE state = 'pending';
CREATE INDEX deliveries_binding ON deliveries (binding_id, notification_id);
CREATE INDEX deliveries_trouble ON deliveries (workspace_id, state, notification_id)
    WHERE state IN ('dead', 'misconfigured', 'failed', 'expired');
CREATE TABLE deliveries_default PARTITION OF deliveries (PRIMARY KEY (id)) DEFAULT;

ALTER TABLE attempts RENAME TO attempts_past;
ALTER INDEX attempts_pkey RENAME TO attempts_past_pkey;
ALTER INDEX attempts_notification RENAME TO attempts_past_notification;
CREATE TABLE attempts (LIKE attempts_past) PARTITION BY RANGE (notification_id);
CREATE INDEX attempts_notification ON attempts (notification_id);
CREATE TABLE attempts_default PARTITION OF attempts (PRIMARY KEY (id)) DEFAULT;

DO $$
DECLARE
    bound uuid := (lpad(to_hex((extract(epoch FROM date_trunc('day', now() AT TIME ZONE 'UTC') + interval '2 days') * 1000)::bigint), 12, '0')
        || repeat('0', 20))::uuid;
    name text;
    is_empty boolean;
BEGIN
    FOREACH name IN ARRAY ARRAY['notifications', 'deliveries', 'attempts'] LOOP
        EXECUTE format('SELECT NOT EXISTS (SELECT FROM %I)', name || '_past') INTO is_empty;
        IF is_empty THEN
            EXECUTE format('DROP TABLE %I', name || '_past');
        ELSE
            EXECUTE format('ALTER TABLE %I ATTACH PARTITION %I FOR VALUES FROM (MINVALUE) TO (%L)', name, name || '_past', bound);
            EXECUTE format('ALTER TABLE %I DROP CONSTRAINT %I', name || '_past', name || '_past');
        END IF;
    END LOOP;
END;
$$;
COMMIT;
