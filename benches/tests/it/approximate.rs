//! The binary `approximate`: its last line, and that both measures are of the same thing.

use std::process::Command;

use alma_benches::{mixture, npy};
use serde_json::Value;
use tempfile::TempDir;

#[test]
fn of_few_rows_its_own_figures_are_the_true_ones() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("x.npy");
    npy::write(&path, mixture(1_500, 16, 3).into_iter(), Some(16)).unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_approximate"))
        .args(["--min-cluster-size", "5", "--min-samples", "4", "--input"])
        .arg(path)
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    let printed = String::from_utf8(output.stdout).unwrap();
    let last: Value = serde_json::from_str(printed.lines().last().unwrap()).unwrap();
    let number = |of: &str, name: &str| last[of][name].as_f64().unwrap();
    assert_eq!(number("own", "sampled"), 1_500.0);
    assert_eq!(number("own", "cores"), number("true", "cores"));
    assert!((number("own", "excess") - number("true", "excess")).abs() < 1e-12);
    assert!(number("own", "neighbours") >= number("own", "cores"));
    assert!(number("exact", "clusters") > 1.0 && number("approximate", "cpu") >= 0.0);
    for agreement in ["ari", "ari_of_clustered_by_both"] {
        let agreement = last[agreement].as_f64().unwrap();
        assert!(agreement > 0.9 && agreement <= 1.0 + 1e-12, "{last}");
    }
    assert!(last["tree_too_heavy_by"].as_f64().unwrap() > -1e-12);
}
