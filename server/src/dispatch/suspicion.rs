//! A network that calls one token invalid means the token; one that calls many invalid at once means that the provider
//! is set up wrongly. Then nobody is taken out of service, and those that were a moment ago are put back.

use std::{collections::VecDeque, time::Duration};

use ringhook_openapi::{AttemptOutcome, Cause};
use tokio::time::Instant;

use crate::{push::Answer, store::BindingId};

/// How far back one looks.
const WINDOW: Duration = Duration::from_secs(60);
/// Refusals within the window that are many.
const MANY: usize = 5;
/// Bindings thought dead within the window that can be put back.
const REMEMBERED: usize = 10_000;

/// What to make of an answer.
#[derive(Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It means what it says.
    AsItSays,
    /// It is the provider; `undo` lists the bindings that were thought dead within the window.
    ProviderAtFault { undo: Vec<BindingId> },
}

/// What one provider's answers about addresses have been lately.
#[derive(Debug, Default)]
pub struct Suspicion {
    refused: VecDeque<(Instant, BindingId)>,
    /// Refusals and acceptances within the window, roughly: both are halved each time it has passed, so that their
    /// ratio stays true however long a provider is busy.
    refusals: usize,
    accepted: usize,
    counted_since: Option<Instant>,
    last_refusal: Option<Instant>,
}

impl Suspicion {
    /// Weighs an answer against what came before.
    pub fn weigh(&mut self, now: Instant, binding: BindingId, answer: &Answer) -> Verdict {
        self.forget(now);
        match (answer.outcome, answer.cause) {
            (AttemptOutcome::Accepted, _) => {
                self.accepted += 1;
                Verdict::AsItSays
            }
            (AttemptOutcome::Dead, Some(Cause::AddressInvalid)) => self.refuse(now, Some(binding)),
            // That of a device which was reached before speaks against the provider too, and takes nobody out of
            // service.
            (AttemptOutcome::Misconfigured, Some(Cause::AddressInvalid)) => self.refuse(now, None),
            _ => Verdict::AsItSays,
        }
    }

    fn refuse(&mut self, now: Instant, dead: Option<BindingId>) -> Verdict {
        self.refusals += 1;
        self.last_refusal = Some(now);
        if self.refusals < MANY || self.refusals <= self.accepted {
            self.refused.extend(dead.map(|binding| (now, binding)));
            if self.refused.len() > REMEMBERED {
                self.refused.pop_front();
            }
            return Verdict::AsItSays;
        }
        Verdict::ProviderAtFault { undo: self.refused.drain(..).map(|(_, binding)| binding).collect() }
    }

    fn forget(&mut self, now: Instant) {
        while self.refused.front().is_some_and(|(at, _)| *at + WINDOW < now) {
            self.refused.pop_front();
        }
        if self.last_refusal.is_some_and(|at| at + WINDOW < now) {
            (self.refusals, self.last_refusal) = (0, None);
        }
        let since = *self.counted_since.get_or_insert(now);
        if since + WINDOW < now {
            self.counted_since = Some(now);
            (self.refusals, self.accepted) = (self.refusals / 2, self.accepted / 2);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::Ts;

    fn answer(outcome: AttemptOutcome, cause: Option<Cause>) -> Answer {
        Answer { cause, ..Answer::new(outcome, Cause::AddressInvalid, None) }
    }

    fn binding(number: i64) -> BindingId {
        BindingId::new(Ts::from_micros(number))
    }

    #[test]
    fn one_bad_token_among_good_ones_is_dead() {
        let (mut suspicion, now) = (Suspicion::default(), Instant::now());
        for number in 0..50 {
            let good = answer(AttemptOutcome::Accepted, None);
            assert_eq!(suspicion.weigh(now, binding(number), &good), Verdict::AsItSays);
        }
        for number in 0..20 {
            let bad = answer(AttemptOutcome::Dead, Some(Cause::AddressInvalid));
            assert_eq!(suspicion.weigh(now, binding(number), &bad), Verdict::AsItSays);
        }
    }

    #[test]
    fn many_at_once_are_the_provider_and_the_first_are_put_back() {
        let (mut suspicion, now) = (Suspicion::default(), Instant::now());
        let bad = answer(AttemptOutcome::Dead, Some(Cause::AddressInvalid));
        let ids: Vec<_> = (0..10).map(binding).collect();
        for id in &ids[..MANY - 1] {
            assert_eq!(suspicion.weigh(now, *id, &bad), Verdict::AsItSays);
        }
        let undo = ids[..MANY - 1].to_vec();
        assert_eq!(suspicion.weigh(now, ids[MANY - 1], &bad), Verdict::ProviderAtFault { undo });
        assert_eq!(suspicion.weigh(now, ids[MANY], &bad), Verdict::ProviderAtFault { undo: Vec::new() });
        let later = now + WINDOW + Duration::from_secs(1);
        assert_eq!(suspicion.weigh(later, ids[0], &bad), Verdict::AsItSays, "a minute of peace");
    }

    #[test]
    fn all_that_were_thought_dead_are_put_back_however_many() {
        let (mut suspicion, now) = (Suspicion::default(), Instant::now());
        for number in 0..500 {
            suspicion.weigh(now, binding(number), &answer(AttemptOutcome::Accepted, None));
        }
        let bad = answer(AttemptOutcome::Dead, Some(Cause::AddressInvalid));
        let ids: Vec<_> = (1000..1501).map(binding).collect();
        let mut verdicts = ids.iter().map(|id| suspicion.weigh(now, *id, &bad));
        assert!(verdicts.by_ref().take(500).all(|verdict| verdict == Verdict::AsItSays));
        let undo = ids[..500].to_vec();
        assert_eq!(verdicts.next(), Some(Verdict::ProviderAtFault { undo }));
    }

    #[test]
    fn devices_that_were_reached_before_speak_against_the_provider_too() {
        let (mut suspicion, now) = (Suspicion::default(), Instant::now());
        let known = answer(AttemptOutcome::Misconfigured, Some(Cause::AddressInvalid));
        for number in 1..MANY {
            let id = binding(i64::try_from(number).unwrap_or_default());
            assert_eq!(suspicion.weigh(now, id, &known), Verdict::AsItSays);
        }
        let undo = Vec::new();
        assert_eq!(suspicion.weigh(now, binding(9), &known), Verdict::ProviderAtFault { undo });
    }

    #[test]
    fn a_busy_provider_stays_trusted_over_hours() {
        let (mut suspicion, mut now) = (Suspicion::default(), Instant::now());
        for minute in 0..240 {
            for number in 0..20 {
                let good = answer(AttemptOutcome::Accepted, None);
                assert_eq!(suspicion.weigh(now, binding(number), &good), Verdict::AsItSays);
            }
            for number in 0..5 {
                now += WINDOW / 5;
                let bad = answer(AttemptOutcome::Dead, Some(Cause::AddressInvalid));
                assert_eq!(suspicion.weigh(now, binding(number), &bad), Verdict::AsItSays, "{minute}");
            }
        }
    }

    #[test]
    fn what_is_gone_for_good_is_no_reason_for_suspicion() {
        let (mut suspicion, now) = (Suspicion::default(), Instant::now());
        let gone = answer(AttemptOutcome::Dead, Some(Cause::AddressGone));
        for number in 0..100 {
            assert_eq!(suspicion.weigh(now, binding(number), &gone), Verdict::AsItSays);
        }
    }
}
