package journal

import (
	"context"
	"fmt"
)

// schemaVersion is that of the tables below; a program refuses a journal of a newer one.
//
// A page's bodies stand last in its row, so that SQLite reads the entries without them. A pruned row has NULL for what is gone;
// all rows before facts.pruned are pruned, none after. A snapshot's row is written after its parts.
const schemaVersion = 1

// schema makes the tables; %[1]s is the type of integers, %[2]s that of bytes.
const schema = `
CREATE TABLE page (
	number %[1]s PRIMARY KEY,
	header %[2]s NOT NULL,
	signature %[2]s NOT NULL,
	hashes %[2]s NOT NULL,
	entries %[2]s,
	bodies %[2]s
);
CREATE TABLE snapshot (
	page %[1]s PRIMARY KEY,
	hash %[2]s NOT NULL,
	oldest %[1]s NOT NULL,
	parts %[1]s NOT NULL,
	digest %[2]s NOT NULL
);
CREATE TABLE snapshot_part (
	page %[1]s NOT NULL,
	part %[1]s NOT NULL,
	state %[2]s NOT NULL,
	PRIMARY KEY (page, part)
);
CREATE TABLE lease (
	one %[1]s PRIMARY KEY CHECK (one = 1),
	holder TEXT NOT NULL,
	expires %[1]s NOT NULL
);
CREATE TABLE facts (
	one %[1]s PRIMARY KEY CHECK (one = 1),
	version %[1]s NOT NULL,
	pruned %[1]s NOT NULL,
	touched %[1]s NOT NULL
);
INSERT INTO facts (one, version, pruned, touched) VALUES (1, 1, 0, 0);
`

// create makes the tables in one transaction.
func create(ctx context.Context, tx execer, integer, bytes string) error {
	_, err := tx.exec(ctx, fmt.Sprintf(schema, integer, bytes))
	return err
}

// checkVersion refuses what this program would not understand.
func checkVersion(version int64) error {
	if version != schemaVersion {
		return fmt.Errorf("it has the tables of version %d, this program knows version %d: use the program that wrote it or a later one", version, schemaVersion)
	}
	return nil
}
