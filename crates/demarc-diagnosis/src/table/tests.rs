use super::*;

#[test]
fn every_row_is_a_distribution_with_a_reason() {
    for kind in FaultKind::ALL {
        assert!(!kind.rows().is_empty(), "{kind:?}");
        for row in kind.rows() {
            let sum: f64 = row.shows.iter().map(|(_, p)| p).sum();
            assert!(sum > 0.0 && sum <= 0.99, "{kind:?} sums to {sum}: {}", row.why);
            assert!(row.shows.iter().all(|(symptom, _)| *symptom != Symptom::Passed), "{kind:?}");
            assert!(row.why.len() > 15, "{kind:?}: {}", row.why);
        }
    }
}

#[test]
fn no_probe_kind_stands_in_two_rows_that_hold_at_once() {
    for kind in FaultKind::ALL {
        for probe in ProbeKind::ALL {
            for site in [When::ResolverOnGateway, When::ResolverElsewhere] {
                let rows = kind.rows().iter();
                let hits =
                    rows.filter(|r| (r.when == When::Always || r.when == site) && r.probes.contains(&probe));
                assert!(hits.count() <= 1, "{kind:?} has two rows for {probe}");
            }
        }
    }
}

#[test]
fn all_lists_the_kinds_in_order() {
    for (index, kind) in FaultKind::ALL.into_iter().enumerate() {
        assert_eq!(kind as usize, index);
    }
}
