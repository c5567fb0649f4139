//! Where a killed process was caught with each call in its hands, told from the three sides of the books.

use std::time::Instant;

use ringhook_tests::ledger::Asked;

use super::books::Books;
use super::load::Heard;

/// One process that was killed.
#[derive(Debug, Clone, Copy)]
pub struct Life {
    /// Before it was started.
    pub began: Instant,
    pub killed: Instant,
    /// Before the next one was started: what the networks read until then was sent by this one.
    pub over: Instant,
}

/// How often a call was caught at each step.
#[derive(Debug, Default, Clone, Copy)]
pub struct Catches {
    /// It was sent, and not recorded yet.
    pub receive: usize,
    /// It was recorded, and the network not asked yet.
    pub record: usize,
    /// The network was asked, and had not answered yet.
    pub push: usize,
    /// The network had accepted, and that was not recorded yet: the next process asked again.
    pub outcome: usize,
}

impl Catches {
    /// Counts over all lives that ended by a kill.
    pub fn of(books: &Books, lives: &[Life]) -> Self {
        let mut catches = Self::default();
        for life in lives {
            for sent in &books.sent {
                let within = (life.began..life.killed).contains(&sent.at);
                let recorded = books.notifications.contains_key(&sent.message_id);
                if within && matches!(sent.heard, Heard::Nothing) && !recorded {
                    catches.receive += 1;
                }
            }
            for (message, device) in books.deliveries.keys() {
                let Some(sent) = books.sent.iter().find(|sent| sent.message_id == *message) else { continue };
                let asked = books.asked.get(&(message.clone(), device.clone()));
                catches.add(*life, sent.at, asked.map(Vec::as_slice).unwrap_or_default());
            }
        }
        catches
    }

    /// One delivery in one life.
    fn add(&mut self, life: Life, sent: Instant, asked: &[Asked]) {
        let earlier = asked.iter().filter(|entry| entry.at < life.over).count();
        let (before, after) = asked.split_at(earlier);
        match before.last() {
            None if (life.began..life.killed).contains(&sent) => self.record += 1,
            Some(last) if last.at >= life.began => match last.answered {
                Some((at, 200)) if at <= life.killed => self.outcome += usize::from(!after.is_empty()),
                _ => self.push += 1,
            },
            _ => {}
        }
    }
}
