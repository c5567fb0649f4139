//! The names under which Prometheus sees what is counted, and what each means.

use prometheus_client::registry::Registry;

use super::counted::Metrics;

impl Metrics {
    /// Puts all into a registry whose prefix is the program's name.
    pub(super) fn register(&self, to: &mut Registry) {
        to.register("webhooks", "Webhooks by what they were answered", self.webhooks.clone());
        to.register(
            "signature_rejections",
            "Webhooks whose signature did not hold, by the likely cause",
            self.rejections.clone(),
        );
        to.register(
            "deliveries",
            "Deliveries by where they ended; one that is acknowledged counts twice",
            self.deliveries.clone(),
        );
        to.register("attempts", "Attempts to reach a device by what they came to", self.attempts.clone());
        to.register("step_seconds", "How long each step of a call takes", self.step_family.clone());
        to.register("answer_seconds", "From a webhook's arrival to its answer", self.answers.clone());
        to.register("push_seconds", "How long a network takes to answer one attempt", self.pushes.clone());
        to.register("http_requests", "HTTP requests by route, method and status", self.requests.clone());
        to.register(
            "http_request_seconds",
            "How long an HTTP request takes to be answered",
            self.request_times.clone(),
        );
        to.register(
            "database_wait_seconds",
            "How long one waits for a connection, or for the writer's turn",
            self.database_waits.clone(),
        );
        to.register(
            "database_errors",
            "Failed queries, transactions and connections",
            self.database_errors.clone(),
        );
        to.register(
            "log_events",
            "Warnings and errors in the log, by where they come from",
            self.log_events.clone(),
        );
        to.register("mails", "Tries to send a mail by what they came to", self.mails.clone());
        to.register(
            "leases_taken_over",
            "Deliveries taken over because their lease had run out",
            self.taken_over.clone(),
        );
        to.register(
            "calls_forgotten",
            "Calls deleted from the log for their age or a quota",
            self.forgotten.clone(),
        );
        to.register(
            "retention_round_timestamp_seconds",
            "When this node last finished looking for old calls; 0 before the first time",
            self.retention_round.clone(),
        );
        to.register(
            "rollups_counted_until_timestamp_seconds",
            "Up to when this node has counted what happened; 0 before the first time",
            self.counted_until.clone(),
        );
        if let Some(by_workspace) = self.by_workspace() {
            by_workspace.register(to);
        }
    }
}
