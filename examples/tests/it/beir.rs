//! Retrieval sets are read as BEIR writes them, plain or gzipped, and a bad line is named.

use std::{fs, io::Write, path::PathBuf};

use alma_examples::evaluate::beir::{self, Document, Question};
use flate2::{Compression, write::GzEncoder};

fn file(dir: &tempfile::TempDir, name: &str, bytes: &[u8]) -> PathBuf {
    let path = dir.path().join(name);
    fs::write(&path, bytes).unwrap();
    path
}

#[test]
fn plain_and_gzipped_files_read_the_same() {
    let dir = tempfile::tempdir().unwrap();
    let text = "{\"_id\":\"d1\",\"title\":\"\",\"text\":\"one\",\"metadata\":{\"scope\":\"a\"}}\n\
                \n{\"_id\":\"d2\",\"text\":\"two\"}";
    let mut gzip = GzEncoder::new(Vec::new(), Compression::fast());
    gzip.write_all(text.as_bytes()).unwrap();
    let plain: Vec<Document> = beir::lines(&file(&dir, "plain", text.as_bytes())).unwrap();
    let packed: Vec<Document> =
        beir::lines(&file(&dir, "packed", &gzip.finish().unwrap())).unwrap();
    assert_eq!(plain.len(), 2);
    assert_eq!(packed.len(), 2);
    assert_eq!(beir::scope_of(&plain[0].metadata), "a");
    assert_eq!(beir::scope_of(&packed[1].metadata), "evaluation");
    beir::distinct(&plain).unwrap();
    assert!(beir::distinct(&[plain[0].clone(), packed[0].clone()]).is_err());
}

#[test]
fn judgements_drop_the_header_and_zero_grades() {
    let dir = tempfile::tempdir().unwrap();
    let found = beir::judgements(&file(
        &dir,
        "dev.tsv",
        b"query-id\tcorpus-id\tscore\nq1\td1\t1\nq1\td2\t0\nq2\td3\t2\n",
    ))
    .unwrap();
    assert_eq!(found.len(), 2);
    assert_eq!(found["q1"].len(), 1);
    assert_eq!(found["q2"]["d3"], 2);
}

#[test]
fn what_does_not_read_is_named() {
    let dir = tempfile::tempdir().unwrap();
    let path = file(
        &dir,
        "q.jsonl",
        b"{\"_id\":\"q1\",\"text\":\"?\"}\n{\"text\":\"?\"}\n",
    );
    let error = beir::lines::<Question>(&path).unwrap_err();
    assert!(error.message().contains("line 2"), "{error}");
    let error = beir::lines::<Question>(&file(&dir, "b", b"{\"_id\":\"\xff\"}")).unwrap_err();
    assert!(error.message().contains("UTF-8"), "{error}");
    let error = beir::judgements(&file(&dir, "t", b"q1\td1\t1\nq1 d1 1\n")).unwrap_err();
    assert!(error.message().contains("line 2"), "{error}");
    assert!(beir::lines::<Question>(&dir.path().join("none")).is_err());
}

#[test]
fn an_unjudged_question_says_so() {
    let judged: Question = serde_json::from_str(r#"{"_id":"a","text":"?"}"#).unwrap();
    let not: Question =
        serde_json::from_str(r#"{"_id":"a","text":"?","metadata":{"judged":false}}"#).unwrap();
    assert!(judged.is_judged() && !not.is_judged());
}
