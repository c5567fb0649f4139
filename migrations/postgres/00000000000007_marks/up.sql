-- What tells bindings apart comes right after the workspace. With account and channel before it, every one of these
-- indexes served a query for any other of them as well, and Postgres, while it knew nothing of a young table, took the
-- wrong one: it read all bindings of an account for each of a thousand addresses.
DROP INDEX bindings_device;
CREATE INDEX bindings_device ON bindings (workspace_id, device_id, account_sid, channel) WHERE device_id IS NOT NULL;
DROP INDEX bindings_address;
CREATE UNIQUE INDEX bindings_address ON bindings (workspace_id, address_hash, account_sid, channel) WHERE NOT shared;
DROP INDEX bindings_address_identity;
CREATE UNIQUE INDEX bindings_address_identity ON bindings (workspace_id, address_hash, account_sid, channel, identity);
