//! What Postgres did for each statement, from a server's log: plans as `auto_explain` writes them, with what was read.

use std::collections::BTreeMap;

use serde_json::Value;

/// Lets a server write the plan of every statement into its log.
pub const SETTINGS: [&str; 7] = [
    "session_preload_libraries=auto_explain",
    "auto_explain.log_min_duration=0",
    "auto_explain.log_format=json",
    "auto_explain.log_analyze=on",
    "auto_explain.log_timing=off",
    "log_line_prefix=%a|%d|",
    "lc_messages=C",
];

/// A statement that was run.
#[derive(Debug, Clone)]
pub struct Plan {
    pub query: String,
    plan: Value,
}

/// What one step of a plan read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Read {
    /// The table, or the partition.
    pub table: String,
    /// Whether all of it was read, one row after the other.
    pub whole: bool,
    /// Rows that were looked at, whether they passed or not.
    pub rows: u64,
}

impl Plan {
    /// What was read; a step that never ran read nothing.
    pub fn reads(&self) -> Vec<Read> {
        let mut reads = Vec::new();
        collect(&self.plan, &mut reads);
        reads
    }

    /// The partitions of a table that were looked into.
    pub fn partitions(&self, table: &str) -> Vec<String> {
        let prefix = format!("{table}_");
        let mut found: Vec<_> = self.reads().into_iter().map(|read| read.table).collect();
        found.retain(|name| name.starts_with(&prefix));
        found.sort();
        found.dedup();
        found
    }

    /// What is wrong with it, where some tables have so many rows that none may be read whole, and no statement may look
    /// at more than `most` rows of one.
    pub fn faults(&self, big: &BTreeMap<String, u64>, most: u64) -> Vec<String> {
        let mut sums: BTreeMap<&str, u64> = BTreeMap::new();
        let (reads, mut faults) = (self.reads(), Vec::new());
        for read in &reads {
            if read.whole && big.contains_key(&read.table) {
                faults.push(format!("{} is read whole: {}", read.table, self.query));
            }
            let table = read.table.split("_2").next().unwrap_or(&read.table);
            *sums.entry(table).or_default() += read.rows;
        }
        let over = sums.into_iter().filter(|(_, rows)| *rows > most);
        faults.extend(over.map(|(table, rows)| format!("{rows} rows of {table} are read: {}", self.query)));
        faults
    }
}

fn collect(node: &Value, reads: &mut Vec<Read>) {
    let number = |name: &str| node[name].as_f64().unwrap_or_default();
    let (kind, loops) = (node["Node Type"].as_str().unwrap_or_default(), number("Actual Loops"));
    if let Some(table) = node["Relation Name"].as_str()
        && kind.ends_with("Scan")
        && loops > 0.0
    {
        let rows = number("Actual Rows")
            + number("Rows Removed by Filter")
            + number("Rows Removed by Index Recheck");
        // An index without a condition is read from end to end.
        let unbounded =
            kind.starts_with("Index") && node["Index Cond"].is_null() && node["Index Name"].is_string();
        let passed_over = number("Rows Removed by Filter") * loops > 1000.0;
        let read = Read {
            table: table.to_owned(),
            whole: kind == "Seq Scan" || (unbounded && passed_over),
            rows: (rows * loops).round() as u64,
        };
        reads.push(read);
    }
    for child in node["Plans"].as_array().into_iter().flatten() {
        collect(child, reads);
    }
}

/// The statements that a program ran, by the name it gave the server, from the log's text.
pub fn plans(log: &str, application: &str) -> Vec<Plan> {
    let prefix = format!("{application}|");
    let (mut all, mut lines) = (Vec::new(), log.lines().peekable());
    while let Some(line) = lines.next() {
        if !line.starts_with(&prefix) || !line.contains("|LOG:  duration: ") || !line.ends_with("plan:") {
            continue;
        }
        let mut text = String::new();
        while let Some(line) = lines.next_if(|line| line.starts_with('\t')) {
            text.push_str(line.trim_start());
            text.push('\n');
        }
        // The last may not be written to its end yet.
        if let Ok(mut plan) = serde_json::from_str::<Value>(&text) {
            let query = plan["Query Text"].as_str().unwrap_or_default().to_owned();
            all.push(Plan { query, plan: plan["Plan"].take() });
        }
    }
    all
}
