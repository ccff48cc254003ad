//! Verdicts: what promotes, what closes, what waits, and that a hard guard stands above all.

use std::collections::BTreeMap;

use alma_core::{Digest, ErrorKind};
use alma_meta::{
    Account, Closing, Enrolment, Entry, Evidence, Lacking, Rules, Ruling, Watch, verdict,
};
use proptest::prelude::*;

const NIGHT: u32 = 20_000;

fn trial(guards: &[(&str, f64)]) -> (Account, Enrolment) {
    let guards = guards
        .iter()
        .map(|(name, margin)| ((*name).to_owned(), *margin))
        .collect();
    let mut account = Account::new();
    let enrolment = account
        .enrol(
            NIGHT,
            Digest::of(b"new"),
            Digest::of(b"old"),
            &guards,
            &Rules::default(),
        )
        .unwrap();
    account.apply(Entry::Enrolled(enrolment.clone())).unwrap();
    (account, enrolment)
}

/// Evidence that is far beyond what a promotion needs.
fn overwhelming(enrolment: &Enrolment) -> Evidence {
    let mut evidence = Evidence::of(enrolment).unwrap();
    for night in 0..3 {
        evidence.observe(NIGHT + night, 1.0, 300).unwrap();
        evidence.observe(NIGHT + night, 0.0, 100).unwrap();
    }
    evidence
}

#[test]
fn promotes_what_is_shown_on_two_nights() {
    let (account, enrolment) = trial(&[]);
    let mut evidence = Evidence::of(&enrolment).unwrap();
    evidence.observe(NIGHT, 1.0, 100).unwrap();
    let Ruling::Wait { lacking } = verdict(&evidence, &account) else {
        panic!("one night never suffices");
    };
    assert_eq!(lacking, [Lacking::Nights { seen: 1, needed: 2 }]);
    evidence.observe(NIGHT + 1, 0.0, 1).unwrap();
    assert_eq!(verdict(&evidence, &account), Ruling::Promote);
}

#[test]
fn promotes_exactly_from_the_level_on() {
    let (account, enrolment) = trial(&[]);
    let mut evidence = Evidence::of(&enrolment).unwrap();
    evidence.observe(NIGHT + 1, 0.0, 1).unwrap();
    while evidence.gain().ln_e() < (52.0_f64 / 0.05).ln() {
        assert!(matches!(verdict(&evidence, &account), Ruling::Wait { .. }));
        evidence.observe(NIGHT, 1.0, 1).unwrap();
    }
    assert_eq!(verdict(&evidence, &account), Ruling::Promote);
}

#[test]
fn waits_for_guards_that_nobody_asked() {
    let (account, enrolment) = trial(&[("latency", 0.02)]);
    let mut evidence = overwhelming(&enrolment);
    let ruling = verdict(&evidence, &account);
    assert!(
        matches!(&ruling, Ruling::Wait { lacking } if matches!(&lacking[..], [Lacking::Guard { name, .. }] if name == "latency"))
    );
    // What does not move at all is shown to be within 2 points after about 700 pairs.
    evidence.observe_guard("latency", 0.0, 1_500).unwrap();
    assert_eq!(verdict(&evidence, &account), Ruling::Promote);
    evidence.observe_guard("latency", -1.0, 100).unwrap();
    assert!(matches!(verdict(&evidence, &account), Ruling::Wait { .. }));
}

#[test]
fn closes_what_is_not_worthwhile_or_takes_too_long() {
    let (account, enrolment) = trial(&[]);
    let mut evidence = Evidence::of(&enrolment).unwrap();
    evidence.observe(NIGHT, 1.0, 50).unwrap();
    evidence.observe(NIGHT, -1.0, 50).unwrap();
    evidence.observe(NIGHT, 0.0, 2_000).unwrap();
    let futile = Ruling::Close {
        why: Closing::Futile,
    };
    assert_eq!(verdict(&evidence, &account), futile);

    let mut slow = Evidence::of(&enrolment).unwrap();
    slow.observe(NIGHT + 58, 0.03, 10).unwrap();
    assert!(matches!(verdict(&slow, &account), Ruling::Wait { .. }));
    slow.observe(NIGHT + 59, 0.03, 10).unwrap();
    assert_eq!(
        verdict(&slow, &account),
        Ruling::Close {
            why: Closing::Expired
        }
    );
}

#[test]
fn repeats_how_a_trial_ended() {
    let (mut account, enrolment) = trial(&[]);
    let evidence = overwhelming(&enrolment);
    let promoted = Entry::Promoted {
        trial: 1,
        night: NIGHT + 3,
    };
    account.apply(promoted).unwrap();
    assert_eq!(
        verdict(&Evidence::of(&enrolment).unwrap(), &account),
        Ruling::Promote
    );
    let back = Entry::RolledBack {
        trial: 1,
        night: NIGHT + 9,
        why: "worse".to_owned(),
    };
    account.apply(back).unwrap();
    assert_eq!(
        verdict(&evidence, &account),
        Ruling::Close {
            why: Closing::RolledBack
        }
    );
}

#[test]
fn evidence_under_other_rules_decides_nothing() {
    let (account, mut enrolment) = trial(&[]);
    enrolment.rules.min_gain = 0.0;
    let foreign = Ruling::Close {
        why: Closing::Foreign,
    };
    assert_eq!(verdict(&overwhelming(&enrolment), &account), foreign);
    assert_eq!(verdict(&overwhelming(&enrolment), &Account::new()), foreign);
}

#[test]
fn a_watch_takes_back_what_turned_out_worse() {
    let rules = Rules::default();
    let mut watch = Watch::over(1).unwrap();
    watch.observe(0.0, 10_000).unwrap();
    assert_eq!(watch.must_return(&rules), None);
    let mut worse = Watch::over(1).unwrap();
    worse.observe(1.0, 60).unwrap();
    worse.observe(-1.0, 20).unwrap();
    watch.merge(&worse).unwrap();
    assert!(watch.must_return(&rules).unwrap().contains("scored better"));
    let mut broken = Watch::over(1).unwrap();
    broken.fail("attack-3", "the poisoned rule came up");
    assert!(broken.must_return(&rules).unwrap().contains("attack-3"));
}

#[test]
fn refuses_evidence_of_another_trial_whole() {
    let (_, enrolment) = trial(&[("latency", 0.02)]);
    let mut other = enrolment.clone();
    other.trial = 2;
    let mut evidence = overwhelming(&enrolment);
    let before = evidence.clone();
    let error = evidence.merge(&Evidence::of(&other).unwrap()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    assert_eq!(
        evidence.observe_guard("cost", 0.0, 1).unwrap_err().kind(),
        ErrorKind::InvalidInput
    );
    assert_eq!(
        evidence.observe(NIGHT, f64::NAN, 1).unwrap_err().kind(),
        ErrorKind::InvalidInput
    );
    assert_eq!(evidence, before);
}

/// What may happen to evidence, in any order.
#[derive(Clone, Debug)]
enum Seen {
    Pair(u32, i32),
    Guard(i32),
    Broken(u8),
}

fn seen() -> impl Strategy<Value = Seen> {
    prop_oneof![
        6 => (0_u32..70, -4_i32..=4).prop_map(|(night, d)| Seen::Pair(night, d)),
        2 => (-4_i32..=4).prop_map(Seen::Guard),
        1 => (0_u8..4).prop_map(Seen::Broken),
    ]
}

fn collect(enrolment: &Enrolment, seen: &[Seen]) -> Evidence {
    let mut evidence = Evidence::of(enrolment).unwrap();
    for one in seen {
        match one {
            Seen::Pair(night, d) => evidence
                .observe(NIGHT + night, f64::from(*d) / 4.0, 3)
                .unwrap(),
            Seen::Guard(d) => evidence
                .observe_guard("latency", f64::from(*d) / 4.0, 3)
                .unwrap(),
            Seen::Broken(case) => {
                evidence.fail(format!("attack-{}", case % 2), format!("seen {case}"))
            }
        }
    }
    evidence
}

proptest! {
    #[test]
    fn evidence_is_free_of_order_and_grouping(mut all in prop::collection::vec(seen(), 0..60), cut in 0_usize..60) {
        let (_, enrolment) = trial(&[("latency", 0.02)]);
        let whole = collect(&enrolment, &all);
        let cut = cut.min(all.len());
        let mut merged = collect(&enrolment, &all[cut..]);
        merged.merge(&collect(&enrolment, &all[..cut])).unwrap();
        prop_assert_eq!(&merged, &whole);
        all.reverse();
        prop_assert_eq!(collect(&enrolment, &all), whole);
    }

    #[test]
    fn a_hard_guard_stands_above_everything(all in prop::collection::vec(seen(), 0..60), guard in "[a-z]{1,8}") {
        let (account, enrolment) = trial(&[("latency", 0.02)]);
        let mut evidence = overwhelming(&enrolment);
        evidence.observe_guard("latency", 0.0, 5_000).unwrap();
        evidence.merge(&collect(&enrolment, &all)).unwrap();
        evidence.fail(guard, "seen");
        let closed = matches!(verdict(&evidence, &account), Ruling::Close { why: Closing::Broken(_) });
        prop_assert!(closed);
    }

    /// Whichever arm is called the new one: at most one of the two can win.
    #[test]
    fn swapped_arms_are_never_both_promoted(ds in prop::collection::vec(-4_i32..=4, 0..400)) {
        let (account, enrolment) = trial(&[]);
        let arm = |sign: f64| {
            let mut evidence = Evidence::of(&enrolment).unwrap();
            for (i, d) in ds.iter().enumerate() {
                evidence.observe(NIGHT + i as u32 % 2, sign * f64::from(*d) / 4.0, 5).unwrap();
            }
            verdict(&evidence, &account)
        };
        prop_assert!(arm(1.0) != Ruling::Promote || arm(-1.0) != Ruling::Promote);
    }
}

#[test]
fn an_unchanged_candidate_is_never_promoted() {
    let (account, enrolment) = trial(&[]);
    let mut evidence = Evidence::of(&enrolment).unwrap();
    for night in 0..60 {
        evidence.observe(NIGHT + night, 0.0, 1_000).unwrap();
        assert_ne!(verdict(&evidence, &account), Ruling::Promote);
    }
}

#[test]
fn reads_back_from_json() {
    let (_, enrolment) = trial(&[("latency", 0.02)]);
    let mut evidence = overwhelming(&enrolment);
    evidence.fail("attack-1", "seen");
    let text = serde_json::to_string(&evidence).unwrap();
    assert_eq!(serde_json::from_str::<Evidence>(&text).unwrap(), evidence);
    let guards: BTreeMap<_, _> = evidence.guards().iter().collect();
    assert_eq!(guards.len(), 1);
    assert_eq!(evidence.pairs(), 1_200);
    assert!((evidence.mean().unwrap() - 0.75).abs() < 1e-9);
}
