//! What is in the database before the program comes, written by few statements.

use super::{CALLS, DAYS, KEPT, WORKSPACES};

/// Calls on all of the days: every second one to two devices, with an attempt each.
pub fn statements(sid: &str) -> String {
    let id = |last: &str| {
        format!(
            "(lpad(to_hex(ms), 12, '0') || '7' || lpad(to_hex(i & 4095), 3, '0') || '8' || lpad(to_hex({last}), 15, '0'))::uuid"
        )
    };
    let (call, delivery, attempt) = (id("i"), id("(i * 4 + d)"), id("(i * 4 + d + 2)"));
    let outcome =
        "CASE WHEN i % 100 < 50 THEN 'accepted' WHEN i % 100 < 52 THEN 'failed' ELSE 'no_binding' END";
    let state = "CASE WHEN i % 100 < 50 THEN 'accepted' ELSE 'failed' END";
    let last = WORKSPACES - 1;
    format!(
        r"
INSERT INTO workspaces SELECT gen_random_uuid(), name, slug || i, answer, answer_within_ms, ring_ttl_seconds, {KEPT},
    time_zone, revision, now(), updated_at, disabled_at, deletes_at FROM workspaces, generate_series(1, {last}) AS i;
CREATE TABLE own AS SELECT row_number() OVER (ORDER BY created_at, id) - 1 AS number, id AS workspace FROM workspaces;
CREATE TABLE made AS SELECT i, workspace,
    (extract(epoch FROM now()) * 1000)::bigint - 600000 - i * ({DAYS} * 86400000 / {CALLS}) AS ms
    FROM generate_series(0, {CALLS} - 1) AS i JOIN own ON number = i % {WORKSPACES};
INSERT INTO notifications SELECT {call}, workspace, '{sid}', 'user' || i % 20000, 'CA' || i, 'WB' || i, 'twilio.voice.call',
    '{{}}', NULL, false, to_timestamp(ms / 1000.0), {outcome}, NULL, NULL, 200, 9, to_timestamp(ms / 1000.0) FROM made;
INSERT INTO repeats SELECT workspace, '{sid}', 'WB' || i, {call}, to_timestamp(ms / 1000.0), 200, 1, 1 FROM made;
INSERT INTO deliveries SELECT {delivery}, workspace, {call}, {binding}, 'fcm', NULL, NULL, {state}, NULL, NULL, 1,
    to_timestamp(ms / 1000.0), to_timestamp(ms / 1000.0), to_timestamp(ms / 1000.0), NULL, NULL, to_timestamp(ms / 1000.0), NULL
    FROM made, generate_series(0, 1) AS d WHERE i % 100 < 52 AND (d = 0 OR i % 2 = 0);
INSERT INTO attempts SELECT {attempt}, workspace, {call}, {delivery}, to_timestamp(ms / 1000.0), 'accepted', NULL, 200, NULL,
    NULL, '[]', NULL, 9 FROM made, generate_series(0, 1) AS d WHERE i % 100 < 52 AND (d = 0 OR i % 2 = 0);
INSERT INTO bindings (id, workspace_id, account_sid, identity, channel, address, address_hash, tags, shared, status,
    registered_at, created_at, updated_at) SELECT {binding}, workspace, '{sid}', 'user' || i, 'fcm', 'phone' || i,
    sha256(i::text::bytea), '[]', false, 'active', now(), now(), now() FROM made WHERE i < 20000;
INSERT INTO rollups SELECT workspace, span, date_trunc(span, now()) - interval '1 hour', '{{}}' FROM own,
    unnest(ARRAY['minute', 'hour']) AS span;
DROP TABLE made;
DROP TABLE own;
ANALYZE;",
        binding = "('00000000-0000-7000-8000-' || lpad(to_hex(i % 20000), 12, '0'))::uuid",
    )
}
