//! Chance that repeats itself: a lossy line loses the same way in every run.

/// Whether the `count`-th draw of a series is among `percent` of a hundred.
pub(crate) fn strikes(series: u64, count: u64, percent: u64) -> bool {
    // The finaliser of SplitMix64.
    let mut mixed = (series ^ count.wrapping_mul(0x9e37_79b9_7f4a_7c15)).wrapping_add(0x9e37_79b9_7f4a_7c15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    (mixed ^ (mixed >> 31)) % 100 < percent
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strikes_about_as_often_as_it_says() {
        for series in [0, 1, 77] {
            let struck = (0..10_000).filter(|count| strikes(series, *count, 40)).count();
            assert!((3_800..4_200).contains(&struck), "{struck}");
        }
    }
}
