//! The ledger's tables.

/// The name under which the database counts the versions of these tables.
pub(super) const COMPONENT: &str = "ledger";

/// One entry a released version; entries never change.
pub(super) const STEPS: &[&str] = &["
    CREATE TABLE ledger_streams (
        id INTEGER PRIMARY KEY,
        scope TEXT NOT NULL,
        name TEXT NOT NULL,
        version INTEGER NOT NULL,
        updated INTEGER NOT NULL,
        UNIQUE (scope, name)
    ) STRICT;

    -- body and salt are NULL once the body was erased; seal and link stay, and say nothing about it without the salt.
    CREATE TABLE ledger_events (
        id INTEGER PRIMARY KEY,
        stream INTEGER NOT NULL REFERENCES ledger_streams (id),
        version INTEGER NOT NULL,
        recorded INTEGER NOT NULL,
        kind TEXT NOT NULL,
        key TEXT NOT NULL,
        sources BLOB NOT NULL,
        body TEXT,
        salt BLOB,
        seal BLOB NOT NULL,
        link BLOB NOT NULL,
        UNIQUE (stream, version)
    ) STRICT;

    CREATE TABLE ledger_sources (
        record BLOB NOT NULL,
        event INTEGER NOT NULL REFERENCES ledger_events (id),
        PRIMARY KEY (record, event)
    ) STRICT, WITHOUT ROWID;
"];
