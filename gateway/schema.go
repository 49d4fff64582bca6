package gateway

// schemaVersion is kept in the database itself (PRAGMA user_version). A store of an older version is carried over step by
// step when it is opened; one of a newer version is refused.
const schemaVersion = 3

// The states of an outbox row. A number is never used again for another state.
const (
	waiting  = 0 // numbered, kept, not answered
	accepted = 1
	refused  = 2
)

// The states of an inbox row.
const (
	stored  = 0 // durable, acknowledged after that
	routing = 1 // the finished file stands under incoming/.routing, or has been handed over
	routed  = 2 // handed over
)

// upgrades[v] carries a store from version v to v+1.
func upgrades() []string { return []string{schema1, schema2, schema3} }

const schema1 = `
CREATE TABLE identity (
	one      INTEGER PRIMARY KEY CHECK (one = 1),
	network  TEXT NOT NULL,
	lt       TEXT NOT NULL,
	last_number INTEGER NOT NULL, -- highest ISN given out
	last_stored INTEGER NOT NULL, -- every OSN up to here is stored
	checkpoint  BLOB              -- newest checkpoint seen, a signed note
);
CREATE TABLE outbox (
	number    INTEGER PRIMARY KEY, -- ISN
	statement BLOB NOT NULL,       -- the Submission: what is signed, byte for byte the same each time it is sent
	payload   BLOB NOT NULL,
	type      TEXT NOT NULL,
	receiver  TEXT NOT NULL,
	reference TEXT NOT NULL,
	uetr      TEXT NOT NULL,
	submitted INTEGER NOT NULL,    -- Unix milliseconds
	label     TEXT NOT NULL UNIQUE,-- name of its files under outgoing/sent, without extension
	extension TEXT NOT NULL,       -- of the file it came in
	taken     TEXT NOT NULL,       -- name of that file under outgoing/.taken; empty when it did not come in a file
	state     INTEGER NOT NULL,
	session   INTEGER,             -- of the answer
	page      INTEGER,
	entry     INTEGER,
	answered  INTEGER,             -- time of the page, Unix milliseconds
	fault     TEXT,                -- JSON, where it was refused
	receipt   BLOB,
	filed     INTEGER NOT NULL,    -- 1 when the answer's files are written, 2 when also the proof of delivery is
	digest    BLOB,                -- leaf hash of the statement, where the sender asked to be told of the delivery
	delivery  BLOB                 -- a receipt with the receiver's acknowledgement in it
);
CREATE TABLE frame ( -- messages under one signature: numbers first to first+count-1
	first     INTEGER PRIMARY KEY,
	count     INTEGER NOT NULL,
	signer    BLOB NOT NULL,       -- SHA-256 of the signing certificate
	signature BLOB NOT NULL,
	open      INTEGER NOT NULL     -- messages in it without an answer
);
CREATE INDEX frame_open ON frame(first) WHERE open > 0;
CREATE TABLE signer (
	id  BLOB PRIMARY KEY,
	der BLOB NOT NULL
);
CREATE INDEX outbox_waiting ON outbox(number) WHERE state = 0;
CREATE INDEX outbox_unfiled ON outbox(number) WHERE state > 0 AND filed = 0;
CREATE INDEX outbox_confirmed ON outbox(number) WHERE delivery IS NOT NULL AND filed < 2;
CREATE UNIQUE INDEX outbox_digest ON outbox(digest) WHERE digest IS NOT NULL;
CREATE UNIQUE INDEX outbox_taken ON outbox(taken) WHERE taken <> '';
CREATE TABLE inbox (
	number    INTEGER PRIMARY KEY, -- OSN
	digest    BLOB NOT NULL,       -- leaf hash of the statement: what is acknowledged
	statement BLOB NOT NULL,
	payload   BLOB NOT NULL,
	type      TEXT NOT NULL,
	sender    TEXT NOT NULL,
	reference TEXT NOT NULL,
	uetr      TEXT NOT NULL,
	received  INTEGER NOT NULL,    -- Unix milliseconds
	session   INTEGER NOT NULL,    -- ours, in which it came
	accepted  INTEGER NOT NULL,    -- when the network accepted it, Unix milliseconds
	mir       TEXT NOT NULL,       -- the sender's reference: date, LT, session, ISN
	priority  TEXT NOT NULL,
	page      INTEGER NOT NULL,
	entry     INTEGER NOT NULL,
	duplicate INTEGER NOT NULL,    -- 1 where the network says that it sent it before
	originated INTEGER NOT NULL,   -- 1 where the network itself is the sender
	receipt   BLOB,
	state     INTEGER NOT NULL,
	name      TEXT NOT NULL        -- of the file handed over
);
CREATE INDEX inbox_unrouted ON inbox(number) WHERE state < 2;
`

// schema2 says of a received message what authorisation it lacked, and finds the acts about authorisations.
const schema2 = `
ALTER TABLE inbox ADD COLUMN unauthorised TEXT NOT NULL DEFAULT ''; -- what is missing; such a message is handed over under incoming/investigation
CREATE INDEX outbox_acts ON outbox(number) WHERE type GLOB 'rma.*' AND state = 1;
CREATE INDEX inbox_acts ON inbox(number) WHERE type GLOB 'rma.*' AND originated = 0;
`

// schema3 keeps what the directory said of a receiver whom the network refused, and finds the changes of the directory.
const schema3 = `
ALTER TABLE outbox ADD COLUMN directory TEXT NOT NULL DEFAULT '';
CREATE INDEX inbox_directory ON inbox(number) WHERE type = 'directory.change' AND originated = 1;
`
