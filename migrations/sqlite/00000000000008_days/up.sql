-- On Postgres the log is partitioned by day. SQLite has no partitions, and needs none: it is one file of one process,
-- whose log goes in bites. The statement says that this migration was done.
SELECT 1;
