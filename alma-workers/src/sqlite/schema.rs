//! The tables of the job store.

/// The name under which the database counts the versions of these tables.
pub(super) const COMPONENT: &str = "jobs";

/// One entry a released version; entries never change.
pub(super) const STEPS: &[&str] = &["
    -- state: 0 waits (until due), 1 leased (until until), 2 done, 3 dead, 4 cancelled
    CREATE TABLE jobs (
        id INTEGER PRIMARY KEY,
        job BLOB NOT NULL UNIQUE,
        scope TEXT NOT NULL,
        kind TEXT NOT NULL,
        grp TEXT NOT NULL,
        priority INTEGER NOT NULL,
        state INTEGER NOT NULL,
        due INTEGER NOT NULL,
        until INTEGER NOT NULL,
        attempts INTEGER NOT NULL,
        token INTEGER NOT NULL,
        enqueued INTEGER NOT NULL,
        ended INTEGER,
        spec TEXT NOT NULL,
        fault TEXT
    ) STRICT;
    -- Only what waits and what is leased: a long history slows no claim.
    CREATE INDEX jobs_waiting ON jobs (priority DESC, due, job) WHERE state = 0;
    CREATE INDEX jobs_leased ON jobs (until) WHERE state = 1;
    CREATE INDEX jobs_scope ON jobs (scope, id);

    CREATE TABLE job_sources (
        record BLOB NOT NULL,
        job INTEGER NOT NULL REFERENCES jobs (id),
        PRIMARY KEY (record, job)
    ) STRICT, WITHOUT ROWID;

    -- The log. AUTOINCREMENT: a number that was purged is never given again, so that cursors keep their meaning.
    CREATE TABLE job_outcomes (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        scope TEXT NOT NULL,
        grp TEXT NOT NULL,
        job BLOB NOT NULL,
        finished INTEGER NOT NULL,
        outcome TEXT NOT NULL
    ) STRICT;
    CREATE INDEX job_outcomes_group ON job_outcomes (scope, grp, id);
    CREATE INDEX job_outcomes_job ON job_outcomes (job);

    -- Per scope, the last outcome that was purged.
    CREATE TABLE job_purged (scope TEXT PRIMARY KEY, outcome INTEGER NOT NULL) STRICT;
    -- Keys of purged jobs stay used.
    CREATE TABLE job_used (job BLOB PRIMARY KEY) STRICT, WITHOUT ROWID;
    -- How many jobs wait or are leased; kept beside them, since counting would read them all.
    CREATE TABLE job_open (one INTEGER PRIMARY KEY CHECK (one = 1), count INTEGER NOT NULL) STRICT;
    INSERT INTO job_open (one, count) VALUES (1, 0);
"];
