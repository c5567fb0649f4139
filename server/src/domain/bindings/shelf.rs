//! Bindings taken from the database, changed in memory, and put back at once: so that a thousand changes cost as many round
//! trips as one.

use std::collections::{BTreeSet, HashMap, HashSet};

use ringhook_openapi::Channel;

use super::{Registered, Registration};
use crate::{
    domain::Result,
    store::{BindingId, Conn, StoreError, Ts, WorkspaceId, bindings::Binding},
};

/// What a binding is known by, within account and channel.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Mark {
    Address(Vec<u8>),
    Device(String),
}

impl Mark {
    fn is_of(&self, row: &Binding) -> bool {
        match self {
            Self::Address(hash) => *hash == row.address_hash,
            Self::Device(id) => row.device_id.as_ref() == Some(id),
        }
    }
}

/// What is looked for in one account and channel.
#[derive(Default)]
struct Asked<'a> {
    addresses: BTreeSet<&'a [u8]>,
    devices: BTreeSet<&'a str>,
}

/// Every binding that some changes may be about, as it will be.
#[derive(Default)]
pub(super) struct Shelf {
    rows: HashMap<BindingId, Binding>,
    /// Which have a mark, in whatever account and channel; or had it and have left.
    marked: HashMap<Mark, Vec<BindingId>>,
    /// In the order of their last change.
    put: Vec<BindingId>,
    /// Those of them that the database does not know.
    new: HashSet<BindingId>,
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
        shelf.hold(conn, workspace).await?;
        Ok(shelf)
    }

    /// Keeps others from changing what was taken until the transaction ends: one of these may be known by an address or a
    /// device that nobody here asked for, and so has no lock on.
    async fn hold(&mut self, conn: &mut Conn, workspace: WorkspaceId) -> Result<()> {
        let ids: Vec<BindingId> = self.rows.keys().copied().collect();
        let Some(held) = conn.bindings_hold(workspace, &ids).await? else { return Ok(()) };
        let known_by =
            |row: &Binding| (row.identity.clone(), row.address_hash.clone(), row.device_id.clone());
        let is_same =
            |row: &Binding| self.rows.get(&row.id).is_some_and(|was| known_by(was) == known_by(row));
        if held.len() != self.rows.len() || !held.iter().all(is_same) {
            let moved = "a binding got another identity, address or device meanwhile";
            return Err(StoreError::Conflict(moved.into()).into());
        }
        self.rows.extend(held.into_iter().map(|row| (row.id, row)));
        Ok(())
    }

    fn keep(&mut self, row: Binding) {
        for mark in marks(&row.address_hash, row.device_id.as_deref()) {
            self.marked.entry(mark).or_default().push(row.id);
        }
        self.rows.insert(row.id, row);
    }

    /// The bindings that a registration takes the place of, the one to keep first.
    fn displaced(&self, registration: &Registration) -> Vec<BindingId> {
        let marks = marks(&registration.address_hash, registration.device_id.as_deref());
        let found = marks.flat_map(|mark| {
            let ids = self.marked.get(&mark).map(Vec::as_slice).unwrap_or_default();
            let rows = ids.iter().filter_map(|id| self.rows.get(id));
            rows.filter(|row| {
                (row.account_sid.as_str(), row.channel.0) == registration.scope() && mark.is_of(row)
            })
            .collect::<Vec<_>>()
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
        match created {
            true => drop(self.new.insert(binding.id)),
            false => self.put.retain(|id| *id != binding.id),
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
        let rows = self.put.iter().filter_map(|id| self.rows.remove(id));
        let (new, kept): (Vec<Binding>, Vec<Binding>) = rows.partition(|row| self.new.contains(&row.id));
        // What is kept first: it may leave an address that a new one takes.
        conn.bindings_put(kept).await?;
        Ok(conn.bindings_insert(new).await?)
    }
}

/// The marks of an address and a device.
fn marks(address_hash: &[u8], device_id: Option<&str>) -> impl Iterator<Item = Mark> + use<> {
    let device = device_id.map(|id| Mark::Device(id.to_owned()));
    std::iter::once(Mark::Address(address_hash.to_owned())).chain(device)
}
