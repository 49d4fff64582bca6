package archive

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
)

// schemaVersion is that of the tables below. An archive of another version is made anew, not converted.
const schemaVersion = 1

// tables are those of the schema, each before what it does not need.
var tables = []string{"message", "part", "agent", "name", "flow", "total", "event", "facts"}

// schema makes the tables; %[1]s is the type of integers, %[2]s that of bytes. Times are Unix milliseconds, days count from
// 1970-01-01 UTC, and an id is the position of a message's entry in the journal: page × 16384 + index.
//
// counted is 1 for a member's
// message that the network took over. The indexes of sender and receiver hold all that a dry run counts, and message_waited the few
// messages that waited longer than a minute. An amount is whole + fraction / 100000; a message of several has the first here and all in part. A message's terminal, osn,
// attempts and assigned_at are of its last delivery; done_at is 0 while it is open. References is text in lines, cut at
// maxReferences. agent has the institutions that are named inside and are neither end. flow and total count accepted messages
// of members; total sums the amounts that move, in thousand millions, units and hundred-thousandths.
const schema = `
CREATE TABLE message (
	id %[1]s PRIMARY KEY,
	at %[1]s NOT NULL,
	day %[1]s NOT NULL,
	sender8 TEXT NOT NULL,
	receiver8 TEXT NOT NULL,
	type TEXT NOT NULL,
	currency TEXT NOT NULL,
	whole %[1]s NOT NULL,
	fraction %[1]s NOT NULL,
	parts %[1]s NOT NULL,
	answer %[1]s NOT NULL,
	origin TEXT NOT NULL,
	counted %[1]s NOT NULL,
	outcome TEXT NOT NULL,
	done_at %[1]s NOT NULL,
	sender TEXT NOT NULL,
	receiver TEXT NOT NULL,
	service TEXT NOT NULL,
	category TEXT NOT NULL,
	priority TEXT NOT NULL,
	isn %[1]s NOT NULL,
	session %[1]s NOT NULL,
	size %[1]s NOT NULL,
	test %[1]s NOT NULL,
	reference TEXT NOT NULL,
	uetr TEXT NOT NULL,
	related TEXT NOT NULL,
	value_date TEXT NOT NULL,
	purpose TEXT NOT NULL,
	code TEXT NOT NULL,
	orders TEXT NOT NULL,
	licence TEXT NOT NULL,
	terminal TEXT NOT NULL,
	osn %[1]s NOT NULL,
	delivery_session %[1]s NOT NULL,
	attempts %[1]s NOT NULL,
	assigned_at %[1]s NOT NULL,
	refs TEXT NOT NULL
);
CREATE INDEX message_sender ON message (sender8, day, counted, receiver8, type, currency, answer, at, whole, fraction, parts, value_date);
CREATE INDEX message_receiver ON message (receiver8, day, counted, sender8, type, currency, answer, at, whole, fraction, parts, value_date);
CREATE INDEX message_reference ON message (day, reference);
CREATE INDEX message_uetr ON message (day, uetr) WHERE uetr <> '';
CREATE INDEX message_open ON message (id) WHERE done_at = 0;
CREATE INDEX message_waited ON message (day) WHERE done_at = 0 OR done_at > at + 60000;
CREATE TABLE part (
	id %[1]s NOT NULL,
	n %[1]s NOT NULL,
	currency TEXT NOT NULL,
	whole %[1]s NOT NULL,
	fraction %[1]s NOT NULL,
	PRIMARY KEY (id, n)
)%[3]s;
CREATE TABLE agent (
	bic8 TEXT NOT NULL,
	id %[1]s NOT NULL,
	branch TEXT NOT NULL,
	PRIMARY KEY (bic8, id, branch)
)%[3]s;
CREATE INDEX agent_id ON agent (id);
CREATE TABLE name (
	name TEXT NOT NULL,
	id %[1]s NOT NULL,
	PRIMARY KEY (name, id)
)%[3]s;
CREATE TABLE flow (
	day %[1]s NOT NULL,
	bic8 TEXT NOT NULL,
	sent %[1]s NOT NULL,
	received %[1]s NOT NULL,
	PRIMARY KEY (day, bic8)
)%[3]s;
CREATE TABLE total (
	day %[1]s NOT NULL,
	currency TEXT NOT NULL,
	messages %[1]s NOT NULL,
	billions %[1]s NOT NULL,
	units %[1]s NOT NULL,
	fraction %[1]s NOT NULL,
	PRIMARY KEY (day, currency)
)%[3]s;
CREATE TABLE event (
	id %[1]s PRIMARY KEY,
	at %[1]s NOT NULL,
	kind TEXT NOT NULL,
	what TEXT NOT NULL,
	subject TEXT NOT NULL,
	bic TEXT NOT NULL,
	document TEXT NOT NULL,
	code TEXT NOT NULL,
	text TEXT NOT NULL
);
CREATE INDEX event_subject ON event (subject, id);
CREATE TABLE facts (
	one %[1]s PRIMARY KEY CHECK (one = 1),
	version %[1]s NOT NULL,
	network TEXT NOT NULL,
	pages %[1]s NOT NULL,
	hash %[2]s NOT NULL,
	at %[1]s NOT NULL,
	unread %[1]s NOT NULL
);
`

// create makes the tables.
func (a *Archive) create(ctx context.Context, tx *sql.Tx) error {
	d := &a.dialect
	for _, statement := range strings.SplitAfter(fmt.Sprintf(schema, d.integer, d.bytes, d.keyed), ";\n") {
		if strings.TrimSpace(statement) == "" {
			continue
		}
		if _, err := tx.ExecContext(ctx, statement); err != nil {
			return err
		}
	}
	_, err := tx.ExecContext(ctx, "INSERT INTO facts (one, version, network, pages, hash, at, unread) VALUES (1, $1, '', 0, $2, 0, 0)", schemaVersion, []byte{})
	return err
}

// checkVersion refuses tables that this program would not understand.
func checkVersion(version int64) error {
	if version != schemaVersion {
		return fmt.Errorf("it has the tables of version %d, this program knows version %d: make it anew with corridor archive rebuild", version, schemaVersion)
	}
	return nil
}
