//! The tables of the bindings. They are made when a binding is first used.

/// Creates what is missing.
pub(super) const TABLES: &str = "
    CREATE TABLE IF NOT EXISTS kv_entries (
        namespace TEXT NOT NULL,
        key BLOB NOT NULL,
        value BLOB NOT NULL,
        metadata TEXT,
        expiration INTEGER,
        PRIMARY KEY (namespace, key)
    ) STRICT;
    CREATE INDEX IF NOT EXISTS kv_expirations ON kv_entries (expiration)
        WHERE expiration IS NOT NULL;

    -- The bytes of an object or of a part: spans, each of them one chunk.
    CREATE TABLE IF NOT EXISTS r2_contents (id INTEGER PRIMARY KEY) STRICT;
    CREATE TABLE IF NOT EXISTS r2_spans (
        content INTEGER NOT NULL,
        start INTEGER NOT NULL,
        chunk INTEGER NOT NULL,
        PRIMARY KEY (content, start)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS r2_chunks (id INTEGER PRIMARY KEY, bytes BLOB NOT NULL) STRICT;
    CREATE TABLE IF NOT EXISTS r2_objects (
        bucket TEXT NOT NULL,
        key BLOB NOT NULL,
        content INTEGER NOT NULL UNIQUE,
        record TEXT NOT NULL,
        PRIMARY KEY (bucket, key)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS r2_uploads (
        id TEXT PRIMARY KEY,
        bucket TEXT NOT NULL,
        key BLOB NOT NULL,
        record TEXT NOT NULL,
        open INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS r2_parts (
        upload TEXT NOT NULL,
        number INTEGER NOT NULL,
        content INTEGER NOT NULL UNIQUE,
        size INTEGER NOT NULL,
        etag TEXT NOT NULL,
        PRIMARY KEY (upload, number)
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE IF NOT EXISTS vectors (
        number INTEGER PRIMARY KEY,
        index_name TEXT NOT NULL,
        id TEXT NOT NULL,
        namespace TEXT,
        metadata TEXT,
        vector BLOB NOT NULL,
        UNIQUE (index_name, id)
    ) STRICT;
    CREATE INDEX IF NOT EXISTS vectors_in_order ON vectors (index_name, number);

    CREATE TABLE IF NOT EXISTS data_points (
        number INTEGER PRIMARY KEY,
        at_ms INTEGER NOT NULL,
        point TEXT NOT NULL
    ) STRICT;
";
