-- What the operator gives one workspace in place of what every workspace has; NULL: what every workspace has.
CREATE TABLE workspace_quotas (
    workspace_id BLOB NOT NULL PRIMARY KEY REFERENCES workspaces (id) ON DELETE CASCADE,
    calls_per_second INTEGER,
    bindings INTEGER,
    stored_calls INTEGER,
    sockets INTEGER,
    event_endpoints INTEGER,
    members INTEGER
) STRICT;
