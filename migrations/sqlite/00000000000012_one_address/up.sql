-- One key in place of two: a shared address is unique for each identity, any other in all. Each key over a hash falls on a
-- page of its own for every binding that is written, which is what an import of very many waits for.
DROP INDEX bindings_address;
DROP INDEX bindings_address_identity;
CREATE UNIQUE INDEX bindings_address ON bindings (workspace_id, address_hash, account_sid, channel, (CASE WHEN shared THEN identity ELSE '' END));
