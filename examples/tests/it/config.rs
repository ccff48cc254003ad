//! Settings are typed, and what is wrong with them is said with the line.

use std::fs;

use alma_core::ErrorKind;
use alma_examples::config::Config;

fn read(text: &str) -> alma_core::Result<Config> {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("alma.toml");
    fs::write(&path, text).unwrap();
    Config::read(&path)
}

#[test]
fn without_a_file_every_setting_has_its_default() {
    let dir = tempfile::tempdir().unwrap();
    let config = Config::read(&dir.path().join("alma.toml")).unwrap();
    assert!(config.model.is_none());
    assert_eq!(config.workers.concurrency, 2);
}

#[test]
fn an_unknown_key_is_refused_with_its_line() {
    let error = read("scope = 'home/ana'\n\n[workers]\nspeed = 3\n").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    assert!(error.message().contains("line 4"), "{error}");
    assert!(error.message().contains("speed"), "{error}");
}

/// What is no text was once called a missing permission.
#[test]
fn a_file_that_is_no_text_is_invalid() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("alma.toml");
    fs::write(&path, b"scope = 'a'\n\xff").unwrap();
    let error = Config::read(&path).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    assert!(error.message().contains("byte 12"), "{error}");
}

#[test]
fn values_out_of_range_are_refused_by_name() {
    for (text, name) in [
        ("[workers]\nconcurrency = 0", "workers.concurrency"),
        ("[workers]\nlease_seconds = 0", "workers.lease_seconds"),
        ("[workers]\nnight_hour = 24", "workers.night_hour"),
        ("[limits]\nfile_bytes = 0", "limits.file_bytes"),
        ("scope = 'a//b'", "scope"),
        ("[policy]\nread = ['notes']", "policy"),
        ("[policy]\nwrite = ['']", "policy"),
        ("[policy]\nwrite = ['/tmp/../etc']", "policy"),
    ] {
        let error = read(text).unwrap_err();
        assert!(error.to_string().contains(name), "{error}");
    }
}

#[test]
fn a_secret_in_the_file_is_refused_and_not_repeated() {
    let error =
        read("[model]\nprovider = 'openai'\nname = 'm'\napi_key = 'sk-CANARY'\n").unwrap_err();
    assert!(!format!("{error} {error:?}").contains("CANARY"), "{error}");
    assert!(error.message().contains("api_key"), "{error}");
}

#[test]
fn a_model_that_cannot_be_meant_is_refused() {
    for (settings, name) in [
        ("name = ' '", "model.name"),
        ("base_url = 'localhost:8080'", "model.base_url"),
        ("base_url = 'http://'", "model.base_url"),
        ("base_url = 'file:///etc/passwd'", "model.base_url"),
        ("base_url = 'http://ana:CANARY@localhost/v1'", "api_key_env"),
        ("timeout_seconds = 0", "model.timeout_seconds"),
        ("max_tokens = 0", "model.max_tokens"),
        (
            "provider = 'ollama'\napi_key_env = 'X'",
            "model.api_key_env",
        ),
    ] {
        let mut text = "[model]\n".to_owned();
        for (key, default) in [("provider", "'openai'"), ("name", "'m'")] {
            if !settings.starts_with(key) {
                text.push_str(&format!("{key} = {default}\n"));
            }
        }
        let error = read(&(text + settings)).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
        assert!(error.to_string().contains(name), "{settings}: {error}");
        assert!(!format!("{error:?}").contains("CANARY"), "{error:?}");
    }
}
