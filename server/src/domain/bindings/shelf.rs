//! Bindings taken from the database, changed in memory, and put back at once: so that a thousand changes cost as many round
//! trips as one.

use std::collections::{BTreeSet, HashMap, HashSet};

use ringhook_openapi::Channel;

use super::{Registered, Registration};
use crate::{
    domain::Result,
    store::{BindingId, Conn, Ts, WorkspaceId, bindings::Binding},
};

/// Where a binding is looked for, within account and channel.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Mark {
    Address(Vec<u8>),
    Device(String),
}

/// What is looked for in one account and channel.
#[derive(Default)]
struct Asked<'a> {
    addresses: BTreeSet<&'a [u8]>,
    devices: BTreeSet<&'a str>,
}

type Place = (String, Channel, Mark);

/// Every binding that some changes may be about, as it will be.
#[derive(Default)]
pub(super) struct Shelf {
    rows: HashMap<BindingId, Binding>,
    /// Where each was found or put; one that has left since stands elsewhere too.
    places: HashMap<Place, Vec<BindingId>>,
    /// In the order of their last change.
    put: Vec<BindingId>,
    gone: HashSet<BindingId>,
}

impl Shelf {
    /// Takes every binding of an address or a device that is to be registered, and those of the ids.
    pub(super) async fn load(
        conn: &mut Conn,
        workspace: WorkspaceId,
        registrations: impl IntoIterator<Item = &Registration>,
        ids: &[BindingId],
    ) -> Result<Self> {
        let mut shelf = Self::default();
        let mut asked: HashMap<(&str, Channel), Asked<'_>> = HashMap::new();
        for registration in registrations {
            let asked = asked.entry(registration.scope()).or_default();
            asked.addresses.insert(&registration.address_hash);
            asked.devices.extend(registration.device_id.as_deref());
        }
        for ((sid, channel), Asked { addresses, devices }) in asked {
            let (addresses, devices) = (Vec::from_iter(addresses), Vec::from_iter(devices));
            let found = conn.bindings_of_addresses(workspace, sid, channel, &addresses).await?;
            found.into_iter().for_each(|row| shelf.keep(row));
            if !devices.is_empty() {
                let found = conn.bindings_of_devices(workspace, sid, channel, &devices).await?;
                found.into_iter().for_each(|row| shelf.keep(row));
            }
        }
        if !ids.is_empty() {
            conn.bindings_of_ids(workspace, ids).await?.into_iter().for_each(|row| shelf.keep(row));
        }
        Ok(shelf)
    }

    fn keep(&mut self, row: Binding) {
        for place in places(&row) {
            self.places.entry(place).or_default().push(row.id);
        }
        self.rows.insert(row.id, row);
    }

    /// The bindings that a registration takes the place of, the one to keep first.
    fn displaced(&self, registration: &Registration) -> Vec<BindingId> {
        let (sid, channel) = registration.scope();
        let address = Mark::Address(registration.address_hash.clone());
        let marks = std::iter::once(address).chain(registration.device_id.clone().map(Mark::Device));
        let places = marks.map(|mark| (sid.to_owned(), channel, mark));
        let found = places.flat_map(|place| {
            let ids = self.places.get(&place).map(Vec::as_slice).unwrap_or_default();
            let rows = ids.iter().filter_map(|id| self.rows.get(id));
            rows.filter(|row| self::places(row).any(|own| own == place)).collect::<Vec<_>>()
        });
        let mut rows: Vec<&Binding> = found.filter(|row| registration.displaces(row)).collect();
        rows.sort_by_key(|row| registration.rank(row));
        rows.dedup_by_key(|row| row.id);
        rows.into_iter().map(|row| row.id).collect()
    }

    /// Whether a registration would make a binding that is not there yet.
    pub(super) fn is_new(&self, registration: &Registration) -> bool {
        self.displaced(registration).is_empty()
    }

    /// Registers. An address that is known moves to this identity; a device that is known gets this address; where the
    /// two are different bindings, the address' one stays. A shared registration touches bindings of its own identity
    /// alone, one that is not shared takes the address from all.
    pub(super) fn register(
        &mut self,
        registration: &Registration,
        workspace: WorkspaceId,
        now: Ts,
    ) -> Registered {
        let mut displaced = self.displaced(registration).into_iter();
        let kept = displaced.next().and_then(|id| self.rows.remove(&id));
        for id in displaced {
            self.delete(id);
        }
        let created = kept.is_none();
        let binding = match kept {
            Some(kept) => registration.over(kept, now),
            None => registration.row(workspace, now),
        };
        if !created {
            self.put.retain(|id| *id != binding.id);
        }
        self.put.push(binding.id);
        self.keep(binding.clone());
        Registered { binding, created }
    }

    /// Deletes; false when there is no such binding.
    pub(super) fn delete(&mut self, id: BindingId) -> bool {
        let found = self.rows.remove(&id).is_some();
        if found {
            self.put.retain(|put| *put != id);
            self.gone.insert(id);
        }
        found
    }

    /// Puts everything back as it is now.
    pub(super) async fn write(mut self, conn: &mut Conn, workspace: WorkspaceId) -> Result<()> {
        let gone: Vec<BindingId> = self.gone.into_iter().collect();
        if !gone.is_empty() {
            conn.bindings_delete_ids(workspace, &gone).await?;
        }
        let rows: Vec<Binding> = self.put.iter().filter_map(|id| self.rows.remove(id)).collect();
        Ok(conn.bindings_put(&rows).await?)
    }
}

/// Where a binding stands.
fn places(row: &Binding) -> impl Iterator<Item = Place> {
    let marks = std::iter::once(Mark::Address(row.address_hash.clone()));
    let marks = marks.chain(row.device_id.clone().map(Mark::Device));
    marks.map(|mark| (row.account_sid.clone(), row.channel.0, mark))
}
