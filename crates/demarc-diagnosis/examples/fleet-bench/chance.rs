//! Random numbers that repeat themselves: SplitMix64 and the distributions that are needed.

#[derive(Debug, Clone)]
pub(crate) struct Chance(u64);

impl Chance {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed ^ 0x5851_f42d_4c95_7f2d)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// Uniform in [0, 1).
    pub(crate) fn share(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1u64 << 53) as f64
    }

    pub(crate) fn between(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.share()
    }

    pub(crate) fn below(&mut self, n: usize) -> usize {
        (self.next() % n as u64) as usize
    }

    pub(crate) fn strikes(&mut self, probability: f64) -> bool {
        self.share() < probability
    }

    /// Mean 1.
    pub(crate) fn waiting(&mut self) -> f64 {
        -(1.0 - self.share()).ln()
    }

    pub(crate) fn normal(&mut self) -> f64 {
        let radius = (2.0 * self.waiting()).sqrt();
        radius * (2.0 * std::f64::consts::PI * self.share()).cos()
    }

    /// `median · e^(spread · normal)`.
    pub(crate) fn lognormal(&mut self, median: f64, spread: f64) -> f64 {
        median * (spread * self.normal()).exp()
    }

    /// A rank below `n`, the k-th with weight 1/k.
    pub(crate) fn zipf(&mut self, n: usize) -> usize {
        let total: f64 = (1..=n).map(|k| 1.0 / k as f64).sum();
        let mut left = self.share() * total;
        for k in 1..=n {
            left -= 1.0 / k as f64;
            if left < 0.0 {
                return k - 1;
            }
        }
        n - 1
    }
}
