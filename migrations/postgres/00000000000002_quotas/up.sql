-- What the operator gives one workspace in place of what every workspace has; NULL: what every workspace has.
CREATE TABLE workspace_quotas (
    workspace_id uuid PRIMARY KEY REFERENCES workspaces (id) ON DELETE CASCADE,
    calls_per_second bigint,
    bindings bigint,
    stored_calls bigint,
    sockets bigint,
    event_endpoints bigint,
    members bigint
);
