//! Sealed words by which a master key is known.

use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use super::{Across, Result, connection::run, schema::seals};

impl Across {
    /// Keeps `sealed` under `name` unless there is one already; answers the one that is kept.
    pub async fn seal_keep(&mut self, name: &str, sealed: &[u8]) -> Result<Vec<u8>> {
        run!(self, |c| {
            let row = (seals::name.eq(name), seals::sealed.eq(sealed));
            diesel::insert_into(seals::table).values(row).on_conflict_do_nothing().execute(c).await?;
            Ok(seals::table.find(name).select(seals::sealed).first(c).await?)
        })
    }
}
