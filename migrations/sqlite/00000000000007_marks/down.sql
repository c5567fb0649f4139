DROP INDEX bindings_device;
CREATE INDEX bindings_device ON bindings (workspace_id, account_sid, channel, device_id) WHERE device_id IS NOT NULL;
DROP INDEX bindings_address;
CREATE UNIQUE INDEX bindings_address ON bindings (workspace_id, account_sid, channel, address_hash) WHERE NOT shared;
DROP INDEX bindings_address_identity;
CREATE UNIQUE INDEX bindings_address_identity ON bindings (workspace_id, account_sid, channel, address_hash, identity);
