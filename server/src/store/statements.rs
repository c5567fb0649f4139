//! Every statement as it goes to the database, without its values: in the log, for whoever asks for it by
//! `RINGHOOK_LOG=ringhook::statements=trace`.

use diesel::connection::{Instrumentation, InstrumentationEvent, set_default_instrumentation};

/// What the log's filter calls them.
const TARGET: &str = "ringhook::statements";
/// What diesel puts before the values.
const VALUES: &str = " -- binds: ";

struct Telling;

impl Instrumentation for Telling {
    fn on_connection_event(&mut self, event: InstrumentationEvent<'_>) {
        if let InstrumentationEvent::StartQuery { query, .. } = event {
            let text = query.to_string();
            let statement = text.split(VALUES).next().unwrap_or_default().replace('\n', " ");
            tracing::trace!(target: TARGET, "statement: {statement}");
        }
    }
}

/// From now on connections tell, if the log's filter lets them; otherwise nothing is looked at.
pub fn tell() {
    if tracing::enabled!(target: TARGET, tracing::Level::TRACE)
        && let Err(error) = set_default_instrumentation(|| Some(Box::new(Telling)))
    {
        tracing::warn!(%error, "statements are not shown");
    }
}
