//! The account: no history, however odd, spends more than a year's chance.

use std::collections::BTreeMap;

use alma_core::{Digest, ErrorKind};
use alma_meta::{Account, Closing, Entry, Rules, Standing, YEAR};
use proptest::prelude::*;

fn rules(per_year: u32) -> Rules {
    let mut rules = Rules::default();
    rules.per_year = per_year;
    rules
}

fn candidate(number: u64) -> Digest {
    Digest::of(&number.to_le_bytes())
}

fn enrol(account: &mut Account, night: u32, number: u64, rules: &Rules) -> Result<u32, ErrorKind> {
    let enrolment = account
        .enrol(
            night,
            candidate(number),
            Digest::of(b"old"),
            &BTreeMap::new(),
            rules,
        )
        .map_err(|error| error.kind())?;
    let trial = enrolment.trial;
    account
        .apply(Entry::Enrolled(enrolment))
        .map_err(|error| error.kind())?;
    Ok(trial)
}

fn close(account: &mut Account, night: u32, trial: u32) {
    let entry = Entry::Closed {
        trial,
        night,
        why: Closing::Futile,
    };
    assert!(account.apply(entry).unwrap());
}

#[test]
fn a_year_holds_exactly_k_enrolments_and_gives_nothing_back() {
    let mut account = Account::new();
    for number in 0..52 {
        let trial = enrol(&mut account, 100, number, &rules(52)).unwrap();
        close(&mut account, 100, trial);
    }
    assert_eq!(
        enrol(&mut account, 100, 99, &rules(52)),
        Err(ErrorKind::BudgetExceeded)
    );
    assert_eq!(
        enrol(&mut account, 99 + YEAR, 99, &rules(52)),
        Err(ErrorKind::BudgetExceeded)
    );
    assert!(account.spent(100) <= 0.05 && account.spent(100) > 0.049_99);
    assert_eq!(enrol(&mut account, 100 + YEAR, 99, &rules(52)), Ok(53));
}

#[test]
fn at_most_four_trials_stand_side_by_side() {
    let mut account = Account::new();
    for number in 0..4 {
        enrol(&mut account, 1, number, &rules(52)).unwrap();
    }
    assert_eq!(
        enrol(&mut account, 2, 9, &rules(52)),
        Err(ErrorKind::Overloaded)
    );
    close(&mut account, 2, 2);
    assert_eq!(enrol(&mut account, 2, 9, &rules(52)), Ok(5));
}

#[test]
fn a_promotion_closes_the_others() {
    let mut account = Account::new();
    for number in 0..3 {
        enrol(&mut account, 1, number, &rules(52)).unwrap();
    }
    account
        .apply(Entry::Promoted { trial: 2, night: 5 })
        .unwrap();
    let standings: Vec<_> = account
        .trials()
        .map(|(_, standing)| standing.clone())
        .collect();
    let over = Standing::Closed(Closing::Superseded);
    assert_eq!(standings, [over.clone(), Standing::Promoted(5), over]);
    let error = account
        .apply(Entry::Promoted { trial: 1, night: 6 })
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Corrupt);
}

#[test]
fn a_repeated_enrolment_is_paid_once_and_a_changed_one_again() {
    let mut account = Account::new();
    let none = BTreeMap::new();
    let (new, old) = (candidate(1), candidate(2));
    let first = account.enrol(1, new, old, &none, &rules(52)).unwrap();
    // Crashed before it was written: nothing was spent.
    assert_eq!(account.spent(1), 0.0);
    assert!(account.apply(Entry::Enrolled(first.clone())).unwrap());
    // Crashed after it was written: the same enrolment comes back.
    assert_eq!(
        account.enrol(3, new, old, &none, &rules(52)).unwrap(),
        first
    );
    assert!(!account.apply(Entry::Enrolled(first)).unwrap());
    // A new incumbent, other guards, other rules: another enrolment each.
    let guard = BTreeMap::from([("latency".to_owned(), 0.02)]);
    for (incumbent, guards, rules) in [
        (candidate(3), &none, rules(52)),
        (old, &guard, rules(52)),
        (old, &none, rules(60)),
    ] {
        let more = account.enrol(3, new, incumbent, guards, &rules).unwrap();
        assert_eq!(more.trial, 2);
    }
}

#[test]
fn a_clock_that_runs_backwards_opens_no_spent_year() {
    let mut account = Account::new();
    enrol(&mut account, 1_000, 1, &rules(1)).unwrap();
    close(&mut account, 1_000, 1);
    assert_eq!(
        enrol(&mut account, 10, 2, &rules(1)),
        Err(ErrorKind::BudgetExceeded)
    );
}

#[test]
fn refuses_what_cannot_follow() {
    let mut account = Account::new();
    enrol(&mut account, 10, 1, &rules(52)).unwrap();
    let (first, _) = account.find(1).unwrap();
    let mut second = first.clone();
    second.trial = 3;
    let mut changed = first.clone();
    changed.candidate = candidate(7);
    let before = account.clone();
    for entry in [
        Entry::Enrolled(second),
        Entry::Enrolled(changed),
        Entry::Closed {
            trial: 9,
            night: 1,
            why: Closing::Futile,
        },
        Entry::Promoted { trial: 9, night: 1 },
        Entry::RolledBack {
            trial: 9,
            night: 1,
            why: String::new(),
        },
    ] {
        assert_eq!(account.apply(entry).unwrap_err().kind(), ErrorKind::Corrupt);
    }
    assert_eq!(account, before);
}

#[test]
fn refuses_rules_that_make_no_gate() {
    type Break = fn(&mut Rules);
    let breaks: [(&str, Break); 9] = [
        ("year_error", |r| r.year_error = 0.0),
        ("year_error", |r| r.year_error = f64::NAN),
        ("per_year", |r| r.per_year = 0),
        ("min_gain", |r| r.min_gain = -0.01),
        ("worthwhile", |r| r.worthwhile = 0.001),
        ("close_at", |r| r.close_at = 1.0),
        ("min_nights", |r| r.min_nights = 1),
        ("max_trials", |r| r.max_trials = 5),
        ("pairs", |r| r.pairs = 0),
    ];
    for (name, change) in breaks {
        let mut rules = Rules::default();
        change(&mut rules);
        let error = rules.check().unwrap_err();
        assert!(error.message().contains(name), "{error}");
    }
    let margin = BTreeMap::from([("latency".to_owned(), 0.0)]);
    let error = Account::new()
        .enrol(1, candidate(1), candidate(2), &margin, &Rules::default())
        .unwrap_err();
    assert!(error.message().contains("latency"));
}

/// What a caller may do, crashing and repeating itself at will.
#[derive(Clone, Debug)]
enum Act {
    Enrol {
        number: u64,
        later: u32,
        per_year: u32,
        twice: bool,
    },
    Close(u32),
    Promote(u32),
    RollBack(u32),
    Crash {
        lose: usize,
    },
}

fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        6 => (0_u64..40, 0_u32..20, prop::sample::select(vec![1, 4, 7, 52]), any::<bool>())
            .prop_map(|(number, later, per_year, twice)| Act::Enrol { number, later, per_year, twice }),
        4 => (1_u32..60).prop_map(Act::Close),
        1 => (1_u32..60).prop_map(Act::Promote),
        1 => (1_u32..60).prop_map(Act::RollBack),
        1 => (0_usize..3).prop_map(|lose| Act::Crash { lose }),
    ]
}

proptest! {
    #[test]
    fn no_year_of_any_history_spends_more_than_its_chance(acts in prop::collection::vec(act(), 0..150)) {
        let mut written: Vec<Entry> = Vec::new();
        let mut account = Account::new();
        let mut night = 0;
        for act in acts {
            let entry = match act {
                Act::Enrol { number, later, per_year, twice } => {
                    night += later;
                    let none = BTreeMap::new();
                    let Ok(enrolment) = account.enrol(night, candidate(number), candidate(0), &none, &rules(per_year)) else {
                        continue;
                    };
                    if twice {
                        written.push(Entry::Enrolled(enrolment.clone()));
                        account.apply(Entry::Enrolled(enrolment.clone())).unwrap();
                    }
                    Entry::Enrolled(enrolment)
                }
                Act::Close(trial) => Entry::Closed { trial, night, why: Closing::Futile },
                Act::Promote(trial) => Entry::Promoted { trial, night },
                Act::RollBack(trial) => Entry::RolledBack { trial, night, why: "worse".to_owned() },
                Act::Crash { lose } => {
                    // What was not acknowledged may be lost; the rest is read again.
                    written.truncate(written.len().saturating_sub(lose));
                    account = Account::replay(written.clone()).unwrap();
                    continue;
                }
            };
            if account.apply(entry.clone()).is_ok() {
                written.push(entry);
            }
        }
        prop_assert_eq!(&Account::replay(written).unwrap(), &account);
        prop_assert!(account.open().count() <= 4);
        for night in 0..night + 1 {
            prop_assert!(account.spent(night) <= 0.05 + 1e-12);
        }
    }
}
