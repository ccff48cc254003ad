//! The split and the seeds: stable, disjoint, and unguessable without the salt.

use std::collections::{BTreeMap, BTreeSet};

use alma_core::{Digest, ErrorKind};
use alma_meta::{Salt, Share, seed, split};
use proptest::prelude::*;

fn salt(text: &str) -> Salt {
    Salt::new(Digest::of(text.as_bytes()).as_bytes().as_slice()).unwrap()
}

proptest! {
    /// Adding cases moves none: the answer depends on salt and group alone.
    #[test]
    fn a_group_stays_on_its_side(groups in prop::collection::btree_set("[a-z]{1,6}", 1..40), more in "[A-Z]{1,6}") {
        let salt = salt("a");
        let sides = |groups: &BTreeSet<String>| -> BTreeMap<String, Share> {
            groups.iter().map(|group| (group.clone(), split(&salt, group))).collect()
        };
        let before = sides(&groups);
        let mut grown = groups.clone();
        grown.insert(more);
        let after = sides(&grown);
        prop_assert!(before.iter().all(|(group, share)| after[group] == *share));
    }
}

#[test]
fn shares_are_sixty_thirty_ten() {
    let salt = salt("b");
    let mut count = BTreeMap::new();
    for group in 0..10_000 {
        let share = split(&salt, &format!("mission {group}"));
        *count.entry(format!("{share:?}")).or_insert(0) += 1;
    }
    // Three standard deviations around 6000, 3000 and 1000.
    assert!((5_853..=6_147).contains(&count["Train"]), "{count:?}");
    assert!((2_862..=3_138).contains(&count["Gate"]), "{count:?}");
    assert!((910..=1_090).contains(&count["Audit"]), "{count:?}");
}

#[test]
fn another_salt_splits_otherwise_and_is_never_shown() {
    let moved = (0..1_000)
        .filter(|group| {
            split(&salt("a"), &group.to_string()) != split(&salt("b"), &group.to_string())
        })
        .count();
    assert!(moved > 400, "{moved}");
    assert_eq!(format!("{:?}", salt("a")), "Salt(…)");
    assert_eq!(
        Salt::new(b"short".as_slice()).unwrap_err().kind(),
        ErrorKind::InvalidInput
    );
}

#[test]
fn each_pair_has_its_own_seed() {
    let salt = salt("a");
    let mut seen = BTreeSet::new();
    for candidate in [Digest::of(b"1"), Digest::of(b"2")] {
        for trial in 1..3 {
            for night in 0..5 {
                for index in 0..20 {
                    assert!(seen.insert(seed(&salt, &candidate, trial, night, index)));
                }
            }
        }
    }
}

#[test]
fn a_salt_file_is_made_once_and_kept() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("salt");
    let made: Vec<Salt> = std::thread::scope(|threads| {
        let at = || Salt::at(&path).unwrap();
        let threads: Vec<_> = (0..8).map(|_| threads.spawn(at)).collect();
        threads
            .into_iter()
            .map(|thread| thread.join().unwrap())
            .collect()
    });
    let side = |salt: &Salt| seed(salt, &Digest::of(b"1"), 1, 1, 1);
    assert!(made.iter().all(|salt| side(salt) == side(&made[0])));
    assert_eq!(std::fs::read_dir(home.path()).unwrap().count(), 1);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = std::fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o077, 0);
    }
    std::fs::write(&path, b"short").unwrap();
    assert_eq!(Salt::at(&path).unwrap_err().kind(), ErrorKind::Corrupt);
    let nowhere = home.path().join("none/salt");
    assert_eq!(
        Salt::at(nowhere).unwrap_err().kind(),
        ErrorKind::Unavailable
    );
}
