package archive

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"corridor.example/corridor"
	"corridor.example/corridor/entry"
	"corridor.example/corridor/journal"
)

const (
	meri = corridor.BIC("MERIDEFF")
	cedr = corridor.BIC("CEDRFRPP")
	tama = corridor.BIC("TAMAJPJT")
	orca = corridor.BIC("ORCABRSP")
)

// traffic is a journal with each fate that a message can have.
func traffic(t testing.TB) *network {
	n := newNetwork(t, filepath.Join(t.TempDir(), "journal.db"))
	n.deliver(meri, cedr, "fin.103", payment(meri, cedr, "EUR1350,25", ":52A:TAMAJPJTABC", ":57D:BANCO DO NORTE", ":77B:/LIC/L-77"))
	n.page()
	n.refuse(meri, cedr, "fin.103", payment(meri, cedr, "EUR1,"), "T33")
	open := n.send(meri, cedr, "fin.103", payment(meri, cedr, "USD7,"))
	n.page()
	n.at = n.at.Add(time.Hour)
	first := n.assign(cedr, open)
	n.acknowledge(cedr, first, "Y01")
	n.page()
	n.acknowledge(cedr, n.assign(cedr, open), "")
	gone := n.send(cedr, meri, "fin.103", payment(cedr, meri, "EUR2,"))
	n.page()
	n.add(&entry.Decided{Message: gone, Stage: entry.AtFence, Outcome: entry.Returns, Rule: "subject", Orders: []string{"ORD-1"}}, nil)
	held := n.next()
	held.Index++
	n.add(&entry.Decided{Message: held, Stage: entry.AtAccept, Outcome: entry.Holds, Rule: "budget", Orders: []string{"ORD-1", "ORD-2"}, Licence: "L-77"}, nil)
	n.send(tama, orca, "fin.103", payment(tama, orca, "EUR3,"))
	n.add(&entry.Fenced{Order: "ORD-1", What: entry.InForce, Instant: n.at.UnixNano()}, nil)
	about := n.send(tama, cedr, "pacs.009.001.08", []byte("<not xml"))
	n.page()
	statement, _ := n.statement("NETWDEFF", tama, "fin.019", []byte("{1:F01}"))
	n.add(&entry.Originated{Statement: statement, About: about, Reason: entry.Aborted}, []byte("{1:F01}"))
	n.page()
	n.at = n.at.Add(24 * time.Hour)
	n.send(orca, meri, "fin.102", []byte("{1:F01ORCABRSPAXXX0001000001}{2:I102MERIDEFFXXXXN}{4:\r\n:20:B\r\n:21:1\r\n:32B:EUR5,\r\n:21:2\r\n:32B:USD6,5\r\n-}"))
	n.page()
	return n
}

// dump is all that the archive says, in words.
func dump(t testing.TB, a *Archive) string {
	t.Helper()
	var b strings.Builder
	for _, q := range []string{
		"SELECT id, at, sender, receiver, type, currency, whole, fraction, parts, answer, origin, outcome, code, orders, licence, terminal, osn, attempts, assigned_at, done_at, reference, value_date, refs FROM message ORDER BY id",
		"SELECT * FROM part ORDER BY 1, 2", "SELECT * FROM agent ORDER BY 1, 2", "SELECT * FROM name ORDER BY 1, 2", "SELECT * FROM flow ORDER BY 1, 2",
		"SELECT * FROM total ORDER BY 1, 2", "SELECT id, kind, what, subject, bic FROM event ORDER BY id",
	} {
		dumpQuery(t, a, &b, q)
	}
	return b.String()
}

func dumpQuery(t testing.TB, a *Archive, b *strings.Builder, q string) {
	rows, err := a.read.Query(q)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	columns, _ := rows.Columns()
	for rows.Next() {
		values := make([]any, len(columns))
		for i := range values {
			values[i] = new(sql.NullString)
		}
		if err := rows.Scan(values...); err != nil {
			t.Fatal(err)
		}
		for _, v := range values {
			fmt.Fprintf(b, "%s|", strings.ReplaceAll(v.(*sql.NullString).String, "\n", "⏎"))
		}
		b.WriteByte('\n')
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
}

const wantTraffic = `16384|1772442000000|MERIDEFFAXXX|CEDRFRPPXXXX|fin.103|EUR|1350|25000|1|0|member|delivered||||CEDRFRPPAXXX|1|1|1772442000000|1772442000000|REF00000001|2026-03-02|PAY1⏎/LIC/L-77|
32768|1772442000000|MERIDEFFAXXX|CEDRFRPPXXXX|fin.103|EUR|1|0|1|0|member|refused|T33||||0|0|0|1772442000000|REF00000002|2026-03-02|PAY1|
32769|1772442000000|MERIDEFFAXXX|CEDRFRPPXXXX|fin.103|USD|7|0|1|0|member|delivered|Y01|||CEDRFRPPAXXX|3|2|1772445600000|1772445600000|REF00000003|2026-03-02|PAY1|
65538|1772445600000|CEDRFRPPAXXX|MERIDEFFXXXX|fin.103|EUR|2|0|1|0|member|returned|subject|ORD-1|||0|0|0|1772445600000|REF00000001|2026-03-02|PAY1|
81922|1772445600000|TAMAJPJTAXXX|ORCABRSPXXXX|fin.103|EUR|3|0|1|0|member|held||ORD-1 ORD-2|L-77||0|0|0|0|REF00000001|2026-03-02|PAY1|
81924|1772445600000|TAMAJPJTAXXX|CEDRFRPPXXXX|pacs.009.001.08||0|0|0|0|member|aborted|||||0|0|0|1772445600000|REF00000002|||
98304|1772445600000|NETWDEFFAXXX|TAMAJPJTXXXX|fin.019||0|0|0|0|network|accepted|||||0|0|0|0|REF00000001|||
114688|1772532000000|ORCABRSPAXXX|MERIDEFFXXXX|fin.102|EUR|5|0|2|0|member|accepted|||||0|0|0|0|REF00000001||B⏎1⏎2|
114688|0|EUR|5|0|
114688|1|USD|6|50000|
TAMAJPJT|16384|ABC|
BANCO DO NORTE|16384|
20514|CEDRFRPP|1|3|
20514|MERIDEFF|2|1|
20514|ORCABRSP|0|1|
20514|TAMAJPJT|2|0|
20515|MERIDEFF|0|1|
20515|ORCABRSP|1|0|
20514||1|0|0|0|
20514|EUR|3|0|1355|25000|
20514|USD|1|0|7|0|
20515|EUR|1|0|5|0|
20515|USD|0|0|6|50000|
0|term-started||||
81923|fenced|in-force|ORD-1||
`

// The rows say what became of each message, on both engines, page by page and all at once, and when the archive is made anew.
func TestFollowKeepsEachFate(t *testing.T) {
	engines(t, func(t *testing.T, url string) {
		n := traffic(t)
		a := openArchive(t, url, Options{})
		catchUp(t, a, n)
		if got := dump(t, a); got != wantTraffic {
			t.Errorf("in one go:\n%s", got)
		}
		catchUp(t, a, n) // nothing new
		if got := dump(t, a); got != wantTraffic {
			t.Errorf("a second time:\n%s", got)
		}
		if err := a.Rebuild(t.Context()); err != nil {
			t.Fatal(err)
		}
		for last := range n.head.Pages {
			if err := a.fill(t.Context(), upTo(n.j, last)); err != nil {
				t.Fatal(err)
			}
		}
		if got := dump(t, a); got != wantTraffic {
			t.Errorf("a page at a time:\n%s", got)
		}
		if p, err := a.Place(t.Context()); err != nil || p.Pages != n.head.Pages || p.Hash != n.head.Hash || p.Network != "lab.corridor" || p.Unread != 0 {
			t.Errorf("place %+v, %v; want %d pages", p, err, n.head.Pages)
		}
	})
}

// An archive of one journal does not go on with another.
func TestFollowRefusesAnotherJournal(t *testing.T) {
	a := openArchive(t, filepath.Join(t.TempDir(), "archive.db"), Options{})
	catchUp(t, a, traffic(t))
	other := newNetwork(t, filepath.Join(t.TempDir(), "other.db"))
	for range 20 {
		other.at = other.at.Add(time.Second)
		other.send(meri, cedr, "fin.103", payment(meri, cedr, "EUR1,"))
		other.page()
	}
	if err := a.CatchUp(t.Context(), other.j); !errors.Is(err, ErrOtherJournal) {
		t.Errorf("got %v", err)
	}
}

// Follow sees pages as they come, beside the process that writes them, and ends with its context.
func TestFollowGoesOn(t *testing.T) {
	dir := t.TempDir()
	n := newNetwork(t, filepath.Join(dir, "journal.db"))
	beside, err := journal.Open(t.Context(), filepath.Join(dir, "journal.db"), journal.Options{ReadOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	defer beside.Close()
	a := openArchive(t, filepath.Join(dir, "archive.db"), Options{})
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- a.Follow(ctx, beside) }()
	n.deliver(meri, cedr, "fin.103", payment(meri, cedr, "EUR1,"))
	n.page()
	until := time.Now().Add(30 * time.Second)
	for {
		if c, err := a.Count(t.Context()); err != nil || c.ByOutcome[Delivered] == 1 {
			break
		}
		if time.Now().After(until) {
			t.Fatal("the message did not come")
		}
		time.Sleep(20 * time.Millisecond)
	}
	cancel()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Errorf("ended with %v", err)
	}
	reader := openArchive(t, filepath.Join(dir, "archive.db"), Options{ReadOnly: true})
	if err := reader.CatchUp(t.Context(), beside); !errors.Is(err, errReadOnly) {
		t.Errorf("a reader wrote: %v", err)
	}
}

func TestOpenRefuses(t *testing.T) {
	if _, err := Open(t.Context(), filepath.Join(t.TempDir(), "none.db"), Options{ReadOnly: true}); !errors.Is(err, ErrNoArchive) {
		t.Errorf("no file: %v", err)
	}
	if _, err := Open(t.Context(), filepath.Join(t.TempDir(), "none", "a.db"), Options{}); err == nil {
		t.Error("a folder that does not exist was accepted")
	}
	n := newNetwork(t, filepath.Join(t.TempDir(), "journal.db"))
	_ = n
	if _, err := Open(t.Context(), "postgres://corridor@127.0.0.1:1/x?search_path=Bad-Name", Options{}); err == nil || !strings.Contains(err.Error(), "search_path") {
		t.Errorf("schema: %v", err)
	}
}
