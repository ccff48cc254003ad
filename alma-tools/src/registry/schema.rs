//! The registry's tables.

/// The name under which the database counts the versions of these tables.
pub(super) const COMPONENT: &str = "tools";

/// One entry a released version; entries never change.
pub(super) const STEPS: &[&str] = &["
    -- program and report are NULL once a record that the examples came from was forgotten.
    CREATE TABLE tools (
        id INTEGER PRIMARY KEY,
        scope TEXT NOT NULL,
        digest BLOB NOT NULL,
        name TEXT NOT NULL,
        info TEXT NOT NULL,
        origin TEXT NOT NULL,
        admitted INTEGER NOT NULL,
        program TEXT,
        report TEXT,
        UNIQUE (scope, digest)
    ) STRICT;

    CREATE TABLE tool_sources (
        record BLOB NOT NULL,
        tool INTEGER NOT NULL REFERENCES tools (id),
        PRIMARY KEY (record, tool)
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE tools_retired (
        scope TEXT NOT NULL,
        digest BLOB NOT NULL,
        PRIMARY KEY (scope, digest)
    ) STRICT, WITHOUT ROWID;

    -- Orders that made no tool: what was tried and why not.
    CREATE TABLE tool_refusals (
        id INTEGER PRIMARY KEY,
        scope TEXT NOT NULL,
        name TEXT NOT NULL,
        recorded INTEGER NOT NULL,
        outcome TEXT NOT NULL
    ) STRICT;

    CREATE TABLE tool_refusal_sources (
        record BLOB NOT NULL,
        refusal INTEGER NOT NULL REFERENCES tool_refusals (id),
        PRIMARY KEY (record, refusal)
    ) STRICT, WITHOUT ROWID;
"];
