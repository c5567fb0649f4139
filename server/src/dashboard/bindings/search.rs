//! What bindings are searched by.

use ringhook_openapi::{BindingStatus, Channel};
use ringhook_web::pages::{BindingSearch, Choice};
use serde::Deserialize;

use super::{channels, chosen};
use crate::{
    access::Member,
    domain::{Result, bindings, providers},
    secrets,
    store::{
        BindingId, ProviderId,
        bindings::{Binding, BindingFilter},
    },
};

/// The query of the list, and of what is done to all that it finds.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Search {
    q: String,
    /// The same, as links from calls say it.
    identity: String,
    channel: String,
    status: String,
    account: String,
    tag: String,
    provider: String,
    /// Those made after this one.
    pub after: String,
}

/// What the box was taken for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Box {
    Identity,
    Device,
    Address,
}

/// What a search is, as far as it can be read.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    pub filter: BindingFilter,
    pub provider: Option<ProviderId>,
}

fn given(text: &str) -> Option<String> {
    Some(text.trim().to_owned()).filter(|text| !text.is_empty())
}

impl Search {
    fn q(&self) -> &str {
        let q = if self.q.is_empty() { &self.identity } else { &self.q };
        q.trim()
    }

    /// The binding, when the box holds a binding's own id.
    pub fn names(&self) -> Option<BindingId> {
        self.q().parse().ok()
    }

    /// What is looked for, with the box taken for one thing. A choice that no list offers finds nothing.
    pub fn wanted(&self, taken: Box) -> Option<Wanted> {
        fn word<T: std::str::FromStr>(text: &str) -> Option<Option<T>> {
            given(text).map(|text| text.parse().ok()).map_or(Some(None), |word| word.map(Some))
        }
        let mut filter = BindingFilter {
            account_sid: given(&self.account),
            channel: word::<Channel>(&self.channel)?,
            status: word::<BindingStatus>(&self.status)?,
            tag: given(&self.tag),
            ..BindingFilter::default()
        };
        if let Some(q) = given(self.q()) {
            match taken {
                Box::Identity => {
                    filter.identity = Some(q.strip_prefix("client:").unwrap_or(&q).to_owned());
                }
                Box::Device => filter.device_id = Some(q),
                Box::Address => filter.address_hash = Some(secrets::hash(&q)),
            }
        }
        Some(Wanted { filter, provider: word::<ProviderId>(&self.provider)? })
    }

    /// What the box most likely holds: the first that finds something.
    pub async fn resolve<P>(&self, member: &Member<P>) -> Result<Option<Wanted>> {
        let Some(first) = self.wanted(Box::Identity) else { return Ok(None) };
        if self.q().is_empty() {
            return Ok(Some(first));
        }
        for taken in [Box::Identity, Box::Device, Box::Address] {
            let Some(wanted) = self.wanted(taken) else { return Ok(None) };
            if !page_of(member, &wanted, None, 1).await?.is_empty() {
                return Ok(Some(wanted));
            }
        }
        Ok(Some(first))
    }

    /// The search as a query, without the place in the list.
    pub fn query(&self) -> String {
        let all = [
            ("q", self.q()),
            ("channel", &self.channel),
            ("status", &self.status),
            ("account", &self.account),
            ("tag", &self.tag),
            ("provider", &self.provider),
        ];
        let given = all.into_iter().filter(|(_, value)| !value.is_empty());
        url::form_urlencoded::Serializer::new(String::new()).extend_pairs(given).finish()
    }

    /// What narrows it, for people.
    pub fn narrowed_by(&self) -> Vec<(&'static str, String)> {
        let all = [
            ("Identity, device or address", self.q()),
            ("Channel", &self.channel),
            ("Status", &self.status),
            ("Account", &self.account),
            ("Tag", &self.tag),
            ("Provider", &self.provider),
        ];
        let given = all.into_iter().filter(|(_, value)| !value.is_empty());
        given.map(|(name, value)| (name, value.to_owned())).collect()
    }

    /// The fields, as they were filled in.
    pub async fn fields<P>(
        &self,
        member: &Member<P>,
        accounts: &[(String, String)],
    ) -> Result<BindingSearch> {
        let status = |status: &BindingStatus| Choice {
            value: status.to_string(),
            words: match status {
                BindingStatus::Active => "Active",
                BindingStatus::Inactive => "Inactive",
            },
            chosen: status.as_str() == self.status,
        };
        let provider = match self.provider.parse::<ProviderId>() {
            Ok(id) => providers::get(&member.ground, member.workspace.id, id).await.ok(),
            Err(_) => None,
        };
        Ok(BindingSearch {
            q: self.q().to_owned(),
            tag: self.tag.clone(),
            accounts: chosen(accounts, &self.account),
            channels: channels(&self.channel),
            statuses: BindingStatus::ALL.iter().map(status).collect(),
            provider: provider.map(|row| (row.id.to_string(), row.name)),
        })
    }
}

/// A page of what is wanted.
pub async fn page_of<P>(
    member: &Member<P>,
    wanted: &Wanted,
    after: Option<BindingId>,
    limit: i64,
) -> Result<Vec<Binding>> {
    let filter = wanted.filter.clone();
    bindings::list(&member.ground, member.workspace.id, filter, wanted.provider, after, limit).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_choice_that_is_none_finds_nothing() {
        let search = Search { channel: "pigeon".into(), ..Search::default() };
        assert!(search.wanted(Box::Identity).is_none());
        let search = Search { channel: "fcm".into(), q: "client:bob".into(), ..Search::default() };
        let wanted = search.wanted(Box::Identity).expect("a search");
        assert_eq!(wanted.filter.identity.as_deref(), Some("bob"));
        assert_eq!(wanted.filter.channel, Some(Channel::Fcm));
        assert_eq!(search.query(), "q=client%3Abob&channel=fcm");
    }
}
