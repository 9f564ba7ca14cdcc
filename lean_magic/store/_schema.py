"""The tables of the store: each script makes the schema of the next version out of the one before."""

from __future__ import annotations

__all__ = ["APPLICATION_ID", "SCHEMA_VERSION", "SCRIPTS"]

# "LeMa": what says that a SQLite file is a store of ours, as `file(1)` sees it.
APPLICATION_ID = 0x4C654D61

_CHECKS = """
CREATE TABLE results (
    id INTEGER PRIMARY KEY,
    key NOT NULL UNIQUE,
    reply BLOB NOT NULL,
    packing INTEGER NOT NULL,
    used INTEGER NOT NULL
);
CREATE INDEX results_by_use ON results (used);

CREATE TABLE codes (
    id INTEGER PRIMARY KEY,
    hash BLOB NOT NULL UNIQUE,
    code BLOB NOT NULL,
    packing INTEGER NOT NULL
);

CREATE TABLE log (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    at REAL NOT NULL,
    batch,
    name NOT NULL,
    key NOT NULL,
    code INTEGER NOT NULL REFERENCES codes (id),
    verdict TEXT NOT NULL,
    reply BLOB,
    packing INTEGER NOT NULL,
    source TEXT NOT NULL,
    detail NOT NULL,
    elapsed REAL NOT NULL,
    cpu REAL NOT NULL,
    memory INTEGER NOT NULL,
    cached INTEGER NOT NULL
);
CREATE INDEX log_by_batch ON log (batch, name) WHERE batch IS NOT NULL;
CREATE INDEX log_by_code ON log (code);

-- How much there is, so that nobody has to count: kept by triggers, whoever writes.
CREATE TABLE totals (name TEXT PRIMARY KEY, rows INTEGER NOT NULL, bytes INTEGER NOT NULL) WITHOUT ROWID;
INSERT INTO totals VALUES ('results', 0, 0), ('codes', 0, 0), ('log', 0, 0);

CREATE TRIGGER results_added AFTER INSERT ON results BEGIN
    UPDATE totals SET rows = rows + 1, bytes = bytes + length(new.reply) + 256 WHERE name = 'results';
END;
CREATE TRIGGER results_removed AFTER DELETE ON results BEGIN
    UPDATE totals SET rows = rows - 1, bytes = bytes - length(old.reply) - 256 WHERE name = 'results';
END;
CREATE TRIGGER results_replaced AFTER UPDATE OF reply ON results BEGIN
    UPDATE totals SET bytes = bytes + length(new.reply) - length(old.reply) WHERE name = 'results';
END;
CREATE TRIGGER codes_added AFTER INSERT ON codes BEGIN
    UPDATE totals SET rows = rows + 1, bytes = bytes + length(new.code) + 128 WHERE name = 'codes';
END;
CREATE TRIGGER codes_removed AFTER DELETE ON codes BEGIN
    UPDATE totals SET rows = rows - 1, bytes = bytes - length(old.code) - 128 WHERE name = 'codes';
END;
CREATE TRIGGER log_added AFTER INSERT ON log BEGIN
    UPDATE totals SET rows = rows + 1,
        bytes = bytes + coalesce(length(new.reply), 0) + length(new.name) + length(new.detail) + 256
        WHERE name = 'log';
END;
CREATE TRIGGER log_removed AFTER DELETE ON log BEGIN
    UPDATE totals SET rows = rows - 1,
        bytes = bytes - coalesce(length(old.reply), 0) - length(old.name) - length(old.detail) - 256
        WHERE name = 'log';
END;
"""

_JOBS = """
CREATE TABLE jobs (
    id TEXT PRIMARY KEY,
    status TEXT NOT NULL,
    owner TEXT,
    cancelling INTEGER NOT NULL DEFAULT 0,
    lost INTEGER NOT NULL DEFAULT 0,  -- how many processes have ended while they ran it
    submitted REAL NOT NULL,
    started REAL,
    finished REAL,
    verdict TEXT NOT NULL,
    detail TEXT NOT NULL,
    toolchain TEXT NOT NULL,
    lean TEXT NOT NULL,
    env TEXT,
    timeout REAL NOT NULL,
    asked BLOB NOT NULL,
    code TEXT NOT NULL,
    reply BLOB,
    packing INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX jobs_by_owner ON jobs (owner, status, id);
CREATE INDEX jobs_by_end ON jobs (finished);

-- How to build the environments that jobs start from.
CREATE TABLE job_environments (id TEXT PRIMARY KEY, recipe TEXT NOT NULL);

-- What runs jobs, and the processes they are in.
CREATE TABLE job_owners (
    name TEXT PRIMARY KEY,
    host TEXT NOT NULL,
    pid INTEGER NOT NULL,
    process_started REAL NOT NULL,
    seen REAL NOT NULL
);
"""

_BATCHES = """
DROP INDEX log_by_batch;
CREATE INDEX log_by_batch ON log (batch, name, key) WHERE batch IS NOT NULL;
"""

# What is added later goes into a script of its own, at the end: a store of an older version gets those that it lacks.
SCRIPTS: tuple[str, ...] = (_CHECKS, _JOBS, _BATCHES)

SCHEMA_VERSION = len(SCRIPTS)
