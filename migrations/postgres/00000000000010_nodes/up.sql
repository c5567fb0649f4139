-- The processes that serve from this database: a row for each, renewed every few seconds.
CREATE TABLE nodes (
    id uuid PRIMARY KEY,
    name text NOT NULL,
    version text NOT NULL,
    bus text NOT NULL,
    started_at timestamptz NOT NULL,
    seen_at timestamptz NOT NULL
);
GRANT SELECT, INSERT, UPDATE, DELETE ON nodes TO ringhook_engine;
