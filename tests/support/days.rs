//! Days of the log that lie in the past, before the program was there to make them.

use crate::database::{Backend, Database};

impl Database {
    /// Makes the partitions of so many days before today, and today's, but for those of `missing`, so many days ago. Where
    /// tables are whole there is nothing to make.
    pub async fn make_past_days(&self, days: u64, missing: &[u64]) {
        if self.backend() == Backend::Sqlite {
            return;
        }
        let missing: Vec<_> = missing.iter().map(u64::to_string).collect();
        let made = format!(
            "DO $$
            DECLARE
                day timestamp;
                name text;
                bound text := $b$SELECT (lpad(to_hex((extract(epoch FROM $1) * 1000)::bigint), 12, '0') || repeat('0', 20))::uuid$b$;
                low uuid;
                high uuid;
            BEGIN
                FOR number IN 0..{days} LOOP
                    CONTINUE WHEN number = ANY ('{{{}}}'::int[]);
                    day := date_trunc('day', now() AT TIME ZONE 'UTC') - number * interval '1 day';
                    EXECUTE bound INTO low USING day;
                    EXECUTE bound INTO high USING day + interval '1 day';
                    FOREACH name IN ARRAY ARRAY['notifications', 'deliveries', 'attempts'] LOOP
                        EXECUTE format('CREATE TABLE IF NOT EXISTS %I PARTITION OF %I %s FOR VALUES FROM (%L) TO (%L)',
                            name || to_char(day, '_YYYYMMDD'), name,
                            CASE name WHEN 'notifications' THEN '' ELSE '(PRIMARY KEY (id))' END, low, high);
                    END LOOP;
                END LOOP;
            END;
            $$",
            missing.join(",")
        );
        self.execute(&made).await;
    }
}
