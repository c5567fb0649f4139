//! Chance that can be repeated.

/// A seed to repeat a failed run with, in decimal.
const SEED: &str = "RINGHOOK_TEST_SEED";

/// SplitMix64 (Steele, Lea, Flood 2014): small, and good enough to choose moments.
pub struct Rng(u64);

impl Rng {
    /// By the given seed, or by a new one; a test that fails shows it.
    pub fn seeded() -> Self {
        let given = std::env::var(SEED).ok();
        let seed = match &given {
            Some(text) => text.parse().unwrap_or_else(|_| panic!("{SEED}: {text:?} is no number")),
            None => u64::from(uuid::Uuid::new_v4().as_fields().0),
        };
        println!("{SEED}={seed}");
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A whole number below `end`.
    pub fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.next() % end as u64).unwrap_or_default()
    }

    /// A number from 0 up to `end`.
    pub fn up_to(&mut self, end: f64) -> f64 {
        const SCALE: f64 = (1u64 << 53) as f64;
        (self.next() >> 11) as f64 / SCALE * end
    }
}
