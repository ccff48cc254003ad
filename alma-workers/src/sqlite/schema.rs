//! The tables. Released steps never change.

/// The component under which the tables are versioned.
pub(super) const COMPONENT: &str = "jobs";

/// Within a scope, jobs and outcomes are numbered together; the scope's own number stands above these bits.
///
/// So one range of row ids is one scope, in order, and needs no index.
pub(super) const SHIFT: u32 = 40;

// States of `jobs.state`; the partial indexes below name them too.
pub(super) const WAITING: i64 = 0;
pub(super) const LEASED: i64 = 1;
pub(super) const DONE: i64 = 2;
pub(super) const DEAD: i64 = 3;
pub(super) const CANCELLED: i64 = 4;

pub(super) const STEPS: &[&str] = &["
    CREATE TABLE job_clock (
        one INTEGER PRIMARY KEY CHECK (one = 1),
        last INTEGER NOT NULL,
        ahead INTEGER NOT NULL
    ) STRICT;
    INSERT INTO job_clock (one, last, ahead) VALUES (1, 0, 0);

    CREATE TABLE job_scopes (
        number INTEGER PRIMARY KEY,
        scope TEXT NOT NULL UNIQUE,
        last INTEGER NOT NULL DEFAULT 0,
        open INTEGER NOT NULL DEFAULT 0,
        purged INTEGER NOT NULL DEFAULT 0
    ) STRICT;

    CREATE TABLE job_lanes (
        lane INTEGER PRIMARY KEY,
        kind TEXT NOT NULL,
        scope INTEGER NOT NULL,
        UNIQUE (kind, scope)
    ) STRICT;

    CREATE TABLE jobs (
        number INTEGER PRIMARY KEY,
        id BLOB NOT NULL UNIQUE,
        lane INTEGER NOT NULL,
        key TEXT NOT NULL,
        family TEXT,
        priority INTEGER NOT NULL,
        run_at INTEGER,
        max_attempts INTEGER NOT NULL,
        timeout INTEGER,
        trust INTEGER NOT NULL,
        enqueued INTEGER NOT NULL,
        state INTEGER NOT NULL,
        due INTEGER NOT NULL,
        until INTEGER NOT NULL,
        attempts INTEGER NOT NULL,
        token INTEGER NOT NULL,
        ended INTEGER,
        fault TEXT,
        outcome INTEGER
    ) STRICT;
    CREATE INDEX jobs_waiting ON jobs (lane, priority, due, id) WHERE state = 0;
    CREATE INDEX jobs_leased ON jobs (until) WHERE state = 1;
    CREATE INDEX jobs_dead ON jobs (state) WHERE state = 3;

    CREATE TABLE job_payloads (
        number INTEGER PRIMARY KEY,
        payload TEXT,
        sources BLOB
    ) STRICT;

    CREATE TABLE job_sources (
        record BLOB NOT NULL,
        number INTEGER NOT NULL,
        PRIMARY KEY (record, number)
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE job_outcomes (
        place INTEGER PRIMARY KEY,
        number INTEGER NOT NULL,
        family TEXT,
        token INTEGER NOT NULL,
        attempts INTEGER NOT NULL,
        result TEXT,
        fault TEXT,
        finished INTEGER NOT NULL,
        previous INTEGER
    ) STRICT;
    CREATE INDEX job_outcomes_family ON job_outcomes (family) WHERE family IS NOT NULL;

    CREATE TABLE job_used (
        id BLOB PRIMARY KEY
    ) STRICT, WITHOUT ROWID;
"];
