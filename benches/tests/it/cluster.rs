//! The binary `cluster`: its files, its last line, and what it refuses.

use std::{
    fs,
    path::Path,
    process::{Command, Output},
};

use alma_benches::npy::{self, Table};
use ndarray::s;
use serde_json::Value;
use tempfile::TempDir;

/// Two lines of ten rows far apart, and two rows by themselves.
fn write_rows(folder: &TempDir) {
    let line = |x: f32| (0..10_u8).flat_map(move |i| [x, f32::from(i).powi(2) / 100.0]);
    let alone = [500.0_f32, 500.0, -500.0, 900.0];
    let numbers: Vec<f32> = line(0.0).chain(line(50.0)).chain(alone).collect();
    npy::write(&folder.path().join("x.npy"), numbers.into_iter(), Some(2)).unwrap();
}

fn cluster(folder: &TempDir, flags: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_cluster"))
        .current_dir(folder.path())
        .args(["--input", "x.npy", "--out", "labels.npy"])
        .args(flags)
        .output()
        .unwrap()
}

/// What is said of flags or a file that are refused.
fn refused(folder: &TempDir, flags: &[&str]) -> String {
    let output = cluster(folder, flags);
    assert!(!output.status.success(), "{flags:?} was taken");
    assert!(!folder.path().join("labels.npy").exists());
    String::from_utf8(output.stderr).unwrap()
}

/// The 8 bytes of each number behind the header.
fn numbers(path: &Path) -> Vec<[u8; 8]> {
    let bytes = fs::read(path).unwrap();
    let start = bytes.iter().position(|byte| *byte == b'\n').unwrap() + 1;
    let numbers = bytes[start..].chunks(8);
    numbers.map(|number| number.try_into().unwrap()).collect()
}

#[test]
fn files_and_last_line_are_as_promised() {
    let folder = TempDir::new().unwrap();
    write_rows(&folder);
    let files = ["--probabilities", "p.npy", "--mst", "m.npy"];
    let sizes = ["--min-cluster-size", "5", "--min-samples", "2"];
    let output = cluster(&folder, &[&files[..], &sizes, &["--repeat", "3"]].concat());
    assert!(output.status.success(), "{output:?}");

    let printed = String::from_utf8(output.stdout).unwrap();
    let last: Value = serde_json::from_str(printed.lines().last().unwrap()).unwrap();
    for seconds in ["wall", "cpu"] {
        let seconds = last[seconds].as_array().unwrap();
        assert_eq!(seconds.len(), 3);
        assert!(seconds.iter().all(|one| one.as_f64().unwrap() >= 0.0));
    }
    assert!(last["peak_mb"].as_f64().unwrap() > 0.1);
    assert_eq!((&last["clusters"], &last["noise"]), (&2.into(), &2.into()));

    let labels = numbers(&folder.path().join("labels.npy"));
    let labels: Vec<i64> = labels.into_iter().map(i64::from_le_bytes).collect();
    assert_eq!(labels, [vec![0; 10], vec![1; 10], vec![-1; 2]].concat());
    let probabilities = numbers(&folder.path().join("p.npy"));
    let probabilities: Vec<f64> = probabilities.into_iter().map(f64::from_le_bytes).collect();
    let (inside, noise) = probabilities.split_at(20);
    assert!(inside.iter().all(|one| *one > 0.0 && *one <= 1.0));
    assert_eq!(noise, [0.0; 2]);
    let Table::F64(tree) = npy::read(&folder.path().join("m.npy")).unwrap() else {
        panic!("a tree is of f64")
    };
    assert_eq!(tree.dim(), (21, 4));
    let mut ends = tree.slice(s![.., ..2]).into_iter();
    assert!(ends.all(|row| (0.0..22.0).contains(row) && row.fract() == 0.0));
    let mut edges = tree.rows().into_iter();
    assert!(edges.all(|edge| edge[2] >= edge[3] && edge[3] > 0.0));
}

#[test]
fn every_kernel_width_and_thread_count_gives_the_same_bytes() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("x.npy");
    let numbers = alma_benches::mixture(600, 24, 3);
    npy::write(&path, numbers.iter().copied(), Some(24)).unwrap();
    let answer = |flags: &[&str]| {
        let output = cluster(&folder, &[&["--mst", "m.npy"], flags].concat());
        output.status.success().then(|| {
            let read = |name: &str| fs::read(folder.path().join(name)).unwrap();
            (read("labels.npy"), read("m.npy"))
        })
    };
    let plain = answer(&["--kernel", "plain"]).unwrap();
    assert_eq!(answer(&["--threads", "2"]).unwrap(), plain);
    for kernel in ["vnni", "avx2"] {
        // A machine without the kernel refuses.
        assert!(answer(&["--kernel", kernel]).is_none_or(|found| found == plain));
    }
    let wide = numbers.iter().map(|number| f64::from(*number));
    npy::write(&path, wide, Some(24)).unwrap();
    assert_eq!(answer(&[]).unwrap(), plain);
}

#[test]
fn wrong_flags_are_named() {
    let folder = TempDir::new().unwrap();
    write_rows(&folder);
    for (flags, named) in [
        (["--neighbours", "3"], "--neighbours"),
        (["--kernel", "neon"], "neon"),
        (["--mode", "guess"], "guess"),
        (["--threads", "0"], "at least 1"),
        (["--repeat", "0"], "at least 1"),
        (["--min-cluster-size", "1"], "min_cluster_size of 1"),
        (["--min-samples", "0"], "min_samples of 0"),
    ] {
        let error = refused(&folder, &flags);
        assert!(error.contains(named), "{flags:?}: {error}");
    }
}

#[test]
fn a_wrong_file_is_named_with_its_fault() {
    let folder = TempDir::new().unwrap();
    assert!(refused(&folder, &[]).contains("x.npy"));
    let lacking = [1.0, 2.0, 3.0, f64::NAN];
    npy::write(&folder.path().join("x.npy"), lacking.into_iter(), Some(2)).unwrap();
    assert!(refused(&folder, &[]).contains("row 1, column 1"));
}
