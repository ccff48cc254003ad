//! What people hand over is read within bounds, or left out for a stated reason.

use std::{fs, path::Path};

use alma_examples::input::{read_file, walk};

fn write(path: &Path, bytes: impl AsRef<[u8]>) {
    fs::write(path, bytes).unwrap();
}

#[test]
fn reasons_name_what_is_wrong_with_a_file() {
    let dir = tempfile::tempdir().unwrap();
    let at = |name: &str| dir.path().join(name);
    write(&at("good.md"), "a text");
    write(&at("latin.txt"), b"caf\xe9");
    write(&at("binary"), b"a\0b");
    write(&at("empty"), " \n");
    write(&at("long"), "x".repeat(101));

    let read = |name: &str| read_file(&at(name), name, 100);
    assert_eq!(read("good.md").unwrap().text, "a text");
    for (name, reason) in [
        ("latin.txt", "not UTF-8 from byte 3"),
        ("binary", "binary"),
        ("empty", "empty"),
        ("long", "larger than 100 bytes"),
        ("never-there", "vanished"),
        (".", "not a regular file"),
    ] {
        let left_out = read(name).unwrap_err();
        assert!(
            left_out.reason.contains(reason),
            "{name}: {}",
            left_out.reason
        );
    }
}

#[cfg(unix)]
#[test]
fn a_pipe_is_left_out_instead_of_waited_for() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("pipe");
    let made = std::process::Command::new("mkfifo").arg(&path).status();
    if made.is_ok_and(|status| status.success()) {
        assert!(
            read_file(&path, "pipe", 100)
                .unwrap_err()
                .reason
                .contains("regular")
        );
    }
}

#[cfg(unix)]
#[test]
fn a_walk_finds_files_in_order_and_no_way_out() {
    use std::os::unix::fs::symlink;
    let outside = tempfile::tempdir().unwrap();
    write(&outside.path().join("secret"), "secret");
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path().canonicalize().unwrap();
    fs::create_dir(root.join("sub")).unwrap();
    write(&root.join("b.md"), "b");
    write(&root.join("a.md"), "a");
    write(&root.join("sub/c.md"), "c");
    write(&root.join(".hidden"), "h");
    symlink(outside.path().join("secret"), root.join("out")).unwrap();
    symlink(outside.path(), root.join("sub/outdir")).unwrap();
    symlink("a.md", root.join("inside")).unwrap();
    symlink("nowhere", root.join("broken")).unwrap();

    let found = walk(&[root.clone(), root.join("missing")]);
    let files: Vec<_> = found
        .files
        .iter()
        .map(|file| {
            file.path
                .strip_prefix(&root)
                .unwrap()
                .to_string_lossy()
                .into_owned()
        })
        .collect();
    assert_eq!(files, ["a.md", "b.md", "sub/c.md"]);
    let reason = |name: &str| {
        let left_out = found
            .skipped
            .iter()
            .find(|one| one.source.ends_with(name))
            .unwrap();
        (left_out.reason.as_str(), left_out.named)
    };
    assert_eq!(
        reason("out"),
        ("refused: a link that leads out of the directory", false)
    );
    assert_eq!(
        reason("outdir"),
        ("refused: a link that leads out of the directory", false)
    );
    assert_eq!(reason("inside"), ("a link to what is read anyway", false));
    assert_eq!(reason("broken"), ("a link that leads nowhere", false));
    assert_eq!(reason(".hidden"), ("hidden", false));
    assert_eq!(
        reason("missing"),
        ("there is no such file or directory", true)
    );
}
