package gateway

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"corridor.example/corridor"
	"corridor.example/corridor/directory"
	"corridor.example/corridor/directory/files"
	"corridor.example/corridor/entry"
	"corridor.example/corridor/evidence"
	"corridor.example/corridor/internal/canonical"
	"pgregory.net/rapid"
)

func entityOf(id, name string) directory.Change {
	return directory.Change{Entity: &directory.Entity{Country: "FR", ID: directory.EntityID(id), Name: name, Status: directory.Active}}
}

func officeOf(bic, entity string, services ...directory.Service) directory.Change {
	return directory.Change{Office: &directory.Office{BIC: corridor.BIC(bic), Entity: directory.EntityID(entity), Services: services, Status: directory.Active}}
}

func standingOf(bic string, status directory.Status, from int64) directory.Change {
	return directory.Change{Standing: &directory.Standing{BIC: corridor.BIC(bic), Status: status, From: directory.Instant(from)}}
}

// changeAct is an announced change as its officer signed it.
func (d *desk) changeAct(by corridor.BIC, changes ...directory.Change) []byte {
	return d.act("directory.change", by, directory.Body{Announce: true, Changes: changes}, corridor.Digest{})
}

// fence is what an order's fence makes of institutions.
func fence(t testing.TB, changes ...directory.Change) []byte {
	t.Helper()
	text, err := canonical.Marshal(&directory.Body{Announce: len(changes) == 0, Changes: append([]directory.Change{}, changes...)})
	noError(t, err)
	return text
}

// pushes has the network send a change that was made at a place of the journal; the terminal keeps it and then takes it.
func (d *desk) pushes(n corridor.OSN, payload []byte, page uint64) {
	d.t.Helper()
	about := corridor.Position{Page: page}
	proof := evidence.Receipt{Message: evidence.EntryProof{Header: []byte("h"), Certificate: []byte("c"), Signature: make([]byte, corridor.SignatureSize), Entry: entry.Append(nil, &entry.Originated{Statement: []byte("s"), About: about, Reason: entry.Changed})}}
	m := received(n, fmt.Sprint("PUSH", n))
	m.typ, m.payload, m.originated, m.receipt, m.about = typeDirectoryChange, payload, true, proof.Encode(), about
	m.at, m.accepted = corridor.Position{Page: page + 100}, d.now.UnixMilli()
	d.keep(&m)
}

func (d *desk) keep(m *inRow) {
	d.t.Helper()
	t := d.terminal()
	noError(d.t, t.store.do(context.Background(), func(tx *tx) error { _, err := tx.receive(t.store, m); return err }))
	t.changeDirectory(m)
}

// dated writes the directory of these records as a dated file that goes up to a page.
func (d *desk) dated(page uint64, changes ...directory.Change) {
	d.t.Helper()
	x, fault := directory.Load(1, changes)
	if fault != nil {
		d.t.Fatal(fault)
	}
	x.StartAt(corridor.Position{Page: page})
	var text bytes.Buffer
	noError(d.t, files.WriteJSON(&text, x, "2026-11-24"))
	d.config.Directory = filepath.Join(d.t.TempDir(), "directory.json")
	noError(d.t, os.WriteFile(d.config.Directory, text.Bytes(), 0o600))
}

func (d *desk) again() {
	d.t.Helper()
	d.g.Close()
	d.open()
}

func (d *desk) says(bic corridor.BIC, want string) {
	d.t.Helper()
	if _, why := d.g.Directory().LookUp(bic, "fin.103"); want == "" && why != "" || !strings.Contains(why, want) {
		d.t.Errorf("of %s it says %q, want %q", bic, why, want)
	}
}

var cedar = []directory.Change{entityOf("LE-CEDAR", "Cedar Bank"), officeOf("CEDRFRP0", "LE-CEDAR")}

// The copy is the dated file and what the network pushed after it, whether the gateway ran all the time or started anew.
func TestDirectoryIsFileAndPushedChanges(t *testing.T) {
	d := newDesk(t, AuthorisationsShown)
	d.dated(5, cedar...)
	d.again()
	d.says("CEDRFRP0", "")
	d.says("ZQAAFRP0", "not in the directory")
	d.pushes(1, d.changeAct("", entityOf("LE-A", "Alder Bank"), officeOf("ZQAAFRP0", "LE-A", directory.Service{Name: "mx"})), 7)
	d.says("ZQAAFRP0", "does not use the service fin")
	held := d.g.Directory().Directory()
	d.pushes(2, fence(t, standingOf("CEDRFRP0", directory.Suspended, 1)), 9)
	d.says("CEDRFRP0", "was disconnected by order")
	if held.Version() != 2 || held.LookUp("CEDRFRP0").Refusal != "" {
		t.Error("what a reader holds was altered")
	}
	before := d.g.Directory().Status()
	if before.Version != 3 || before.Changes != 2 || before.Institutions != 2 || before.Position != "9/0" || before.Missing != "" {
		t.Errorf("%+v", before)
	}
	d.again()
	if after := d.g.Directory().Status(); after != before {
		t.Errorf("after a restart %+v, before %+v", after, before)
	}
	d.says("CEDRFRP0", "was disconnected by order")
	beside, err := ReadDirectory(context.Background(), d.config, d.member.Root)
	if noError(t, err); beside.Status() != before {
		t.Errorf("read beside the gateway %+v", beside.Status())
	}
}

// A newer file begins later: what is in it is not done again, and what it undid stays undone.
func TestNewerDatedFileBeginsLater(t *testing.T) {
	d := newDesk(t, AuthorisationsShown)
	d.pushes(1, fence(t, standingOf("CEDRFRP0", directory.Suspended, 1)), 9)
	d.says("CEDRFRP0", "was disconnected by order")
	d.says("ZQAAFRP0", "") // without a file it knows nothing of it
	d.dated(20, append([]directory.Change{standingOf("CEDRFRP0", directory.Active, 5)}, cedar...)...)
	d.again()
	d.says("CEDRFRP0", "")
	d.pushes(2, fence(t, standingOf("CEDRFRP0", directory.Suspended, 1)), 20) // in the file, and late
	d.says("CEDRFRP0", "")
	d.pushes(3, fence(t, standingOf("CEDRFRP0", directory.Suspended, 9)), 21)
	d.says("CEDRFRP0", "was disconnected by order")
}

// In whatever order changes come, and however often, the copy is the same.
func TestChangesCountByTheirPlace(t *testing.T) {
	d := newDesk(t, AuthorisationsShown)
	d.dated(1, cedar...)
	var all []pushedRow
	for page := range uint64(8) {
		status := []directory.Status{directory.Suspended, directory.Active}[page%2]
		payload := fence(t, standingOf("CEDRFRP0", status, int64(page)+1))
		if page == 3 {
			payload = d.changeAct("", entityOf("LE-A", "Alder Bank"), officeOf("ZQAAFRP0", "LE-A"))
		}
		all = append(all, pushedRow{corridor.Position{Page: page + 2}, d.now.UnixMilli(), payload})
	}
	open := func() *DirectoryCopy {
		x, err := openDirectory(d.member.Root, &d.config)
		noError(t, err)
		return x
	}
	inOrder := open()
	for i := range all {
		_, fresh, err := inOrder.take(&all[i])
		if noError(t, err); !fresh {
			t.Error("not taken")
		}
	}
	rapid.Check(t, func(r *rapid.T) {
		x := open()
		for _, i := range rapid.Permutation([]int{0, 1, 2, 3, 4, 5, 6, 7, 0, 3, 7}).Draw(r, "order") {
			if _, _, err := x.take(&all[i]); err != nil {
				r.Fatal(err)
			}
		}
		if x.Status() != inOrder.Status() {
			r.Fatalf("%+v, in order %+v", x.Status(), inOrder.Status())
		}
	})
}

// Nothing changes the copy but the network itself, with an officer of the network behind each act.
func TestFalseChangesOfTheDirectory(t *testing.T) {
	d := newDesk(t, AuthorisationsShown)
	d.dated(1, cedar...)
	d.again()
	before := d.g.Directory().Status()
	good := d.changeAct("", entityOf("LE-A", "Alder Bank"))
	for n, payload := range [][]byte{
		d.changeAct("CEDRFRP0", entityOf("LE-A", "Alder Bank")),                                                                // a member's officer
		d.act("policy.set", "", directory.Body{Changes: cedar}, corridor.Digest{}),                                             // of another kind
		bytes.Replace(good, []byte("\n"), []byte("\nx"), 1),                                                                    // altered
		fence(t, entityOf("LE-A", "Alder Bank")),                                                                               // not signed
		fence(t, directory.Change{Standing: standingOf("CEDRFRP0", directory.Suspended, 1).Standing, Entity: cedar[0].Entity}), // more than an order makes
		fence(t, standingOf("CEDRFRP0", directory.Withdrawn, 1)),                                                               // what no order makes
		[]byte(`{"announce":false,"changes":[]}`), []byte(`{"announce":true}x`), {},                                            // nothing
		[]byte(`{"announce":false,"changes":[{"standing":{"bic":"?","status":"active"}}]}`), // no BIC
	} {
		d.pushes(corridor.OSN(n+1), payload, uint64(n)+10)
		if after := d.g.Directory().Status(); after != before {
			t.Errorf("%d: %s\nchanged it: %+v", n, payload, after)
		}
	}
	m := received(99, "FALSE") // a member's message of that type
	m.typ, m.payload, m.about = typeDirectoryChange, fence(t, standingOf("CEDRFRP0", directory.Suspended, 1)), corridor.Position{Page: 50}
	d.keep(&m)
	if after := d.g.Directory().Status(); after != before {
		t.Errorf("a member changed it: %+v", after)
	}
	d.again()
	if after := d.g.Directory().Status(); after != before {
		t.Errorf("after a restart %+v", after)
	}
}

// What does not fit, or was too large for a message, makes the member fetch the file anew; the rest goes on.
func TestMissingChangesAreSaid(t *testing.T) {
	for name, payload := range map[string]func(*desk) []byte{
		"too large":    func(d *desk) []byte { return fence(d.t) },
		"does not fit": func(d *desk) []byte { return d.changeAct("", officeOf("ZQAAFRP0", "LE-NOT-THERE")) },
	} {
		d := newDesk(t, AuthorisationsShown)
		d.dated(1, cedar...)
		d.again()
		d.pushes(1, payload(d), 4)
		d.pushes(2, fence(t, standingOf("CEDRFRP0", directory.Suspended, 1)), 5)
		d.says("CEDRFRP0", "was disconnected by order")
		for range 2 {
			if s := d.g.Directory().Status(); !strings.Contains(s.Missing, "the change at 4/0") || !strings.Contains(s.Missing, name) || !strings.Contains(s.Missing, "newer dated file") {
				t.Errorf("%s: %+v", name, s)
			}
			d.again()
		}
		d.dated(5, cedar...)
		d.again()
		if s := d.g.Directory().Status(); s.Missing != "" {
			t.Errorf("with a newer file: %+v", s)
		}
	}
}

// A gateway refuses by the directory where it is told to, and only says so otherwise.
func TestReceiverOutOfTheDirectory(t *testing.T) {
	d := newDesk(t, AuthorisationsShown)
	d.dated(1, entityOf("LE-CEDAR", "Cedar Bank"), officeOf("CEDRFRP0", "LE-CEDAR", directory.Service{Name: "mx"}))
	d.again()
	taken, err := d.g.Submit(context.Background(), testID.lt, []byte(payFIN))
	if noError(t, err); !strings.Contains(taken.Directory, "does not use the service fin") {
		t.Errorf("%+v", taken)
	}
	d.config.DirectoryCheck = DirectoryRefuses
	d.again()
	_, err = d.g.Submit(context.Background(), testID.lt, []byte(payFIN))
	if fault, ok := err.(*corridor.Fault); !ok || fault.Code != corridor.FaultReceiver || fault.Rule != ruleDirectory || !strings.Contains(fault.Text, "does not use the service fin") {
		t.Errorf("refused with %v", err)
	}
	out := d.config.Terminals[0].Outgoing
	noError(t, os.WriteFile(filepath.Join(out, "pay.fin"), []byte(payFIN), 0o600))
	_, err = d.terminal().pickUp(context.Background())
	noError(t, err)
	for name, want := range map[string]string{"pay.nak": "{405:H50}", "pay.txt": "does not use the service fin", "pay.fin": payFIN} {
		if got, err := os.ReadFile(filepath.Join(out, "refused", name)); err != nil || !strings.Contains(string(got), want) {
			t.Errorf("%s: %s, %v", name, got, err)
		}
	}
}

// The answer's words are those of the moment in which the network refused, also when the files are written again.
func TestRefusalIsExplainedBesideTheAnswer(t *testing.T) {
	d := newDesk(t, AuthorisationsShown)
	d.dated(1, append([]directory.Change{standingOf("CEDRFRP0", directory.Suspended, 1)}, cedar...)...)
	d.again()
	tm := d.terminal()
	taken, err := tm.submit(context.Background(), []byte(payFIN))
	noError(t, err)
	rows, err := tm.store.sent(context.Background(), selectSent)
	noError(t, err)
	frames, err := tm.store.openFrames(context.Background(), 0)
	noError(t, err)
	for _, f := range []struct {
		code string
		says bool
	}{{corridor.FaultNotAllowed, false}, {corridor.FaultReceiver, true}} {
		if got := tm.explain(frames[0].statements[0], &corridor.Fault{Code: f.code}); (got != "") != f.says {
			t.Errorf("%s is explained by %q", f.code, got)
		}
	}
	fault := corridor.NetworkFault(corridor.FaultReceiver)
	noError(t, tm.store.do(context.Background(), func(tx *tx) error {
		_, err := tx.answered(tm.store, &answer{number: taken.Number, session: 1, fault: fault, receipt: []byte("r"), against: tm.explain(frames[0].statements[0], fault)})
		return err
	}))
	d.pushes(1, fence(t, standingOf("CEDRFRP0", directory.Active, 7)), 8)
	_, err = tm.fileAnswers(context.Background())
	noError(t, err)
	text, err := os.ReadFile(filepath.Join(d.config.Terminals[0].Outgoing, "sent", rows[0].label+".txt"))
	if err != nil || !strings.Contains(string(text), "Cedar Bank was disconnected by order") {
		t.Errorf("%s, %v", text, err)
	}
}

// A signature beside the dated file must be of an officer of the network over this very file.
func TestSignedDatedFile(t *testing.T) {
	d := newDesk(t, AuthorisationsShown)
	d.dated(1, cedar...)
	text, err := os.ReadFile(d.config.Directory)
	noError(t, err)
	signed := func(by corridor.BIC, kind string, document corridor.Digest) error {
		a := entry.Act{Network: "test.corridor", Kind: kind, For: by, Document: document, SignedAt: uint64(d.now.UnixMilli())}
		noError(t, os.WriteFile(d.config.Directory+".act", d.sign(&a, d.officers[by]), 0o600))
		_, err := openDirectory(d.member.Root, &d.config)
		return err
	}
	noError(t, signed("", kindDated, corridor.DigestOf(text)))
	for name, err := range map[string]error{
		"another file": signed("", kindDated, corridor.DigestOf([]byte("other"))), "a member's officer": signed("CEDRFRP0", kindDated, corridor.DigestOf(text)),
		"another kind": signed("", "directory.change", corridor.DigestOf(text)),
	} {
		if err == nil {
			t.Errorf("%s is taken", name)
		}
	}
	d.config.Directory = filepath.Join(t.TempDir(), "none.json")
	if _, err := openDirectory(d.member.Root, &d.config); err == nil || !strings.Contains(err.Error(), "get it from the operator") {
		t.Errorf("a file that is not there: %v", err)
	}
}

// A file that does not say its place holds what came before its day.
func TestDatedFileWithoutItsPlace(t *testing.T) {
	d := newDesk(t, AuthorisationsShown)
	d.pushes(1, fence(t, standingOf("CEDRFRP0", directory.Suspended, 1)), 9)
	d.dated(0, cedar...)
	text, err := os.ReadFile(d.config.Directory)
	noError(t, err)
	for days, want := range map[int]string{-1: "was disconnected", 0: "was disconnected", 1: ""} {
		day := d.now.UTC().AddDate(0, 0, days).Format(time.DateOnly)
		noError(t, os.WriteFile(d.config.Directory, bytes.Replace(text, []byte("2026-11-24"), []byte(day), 1), 0o600))
		d.again()
		d.says("CEDRFRP0", want)
	}
}
