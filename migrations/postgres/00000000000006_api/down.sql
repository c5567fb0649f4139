DROP TABLE idempotency_keys;
DROP INDEX deliveries_trouble;
DROP INDEX deliveries_binding;
