package journal

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"corridor.example/corridor"
	"corridor.example/corridor/entry"
)

// story appends a page in which every kind of entry stands, for three members, and a last one with a delivery, so that what is shown
// depends on later pages. It returns what each entry of the first page is about.
func story(t testing.TB, j *Journal, l *leader) []string {
	t.Helper()
	b := &Builder{}
	var about []string
	add := func(what string, e entry.Entry) corridor.Position {
		about = append(about, what)
		return corridor.Position{Page: l.head.Pages, Index: b.Add(e, []byte("CONTENTS of "+what))}
	}
	frames := map[corridor.LT]uint32{}
	for _, lt := range []corridor.LT{"MERIDEFFAXXX", "TAMAJPJTAXXX", "CEDRFRPPAXXX"} {
		add("public: certificate of "+string(lt), &entry.MemberAdmitted{LT: lt, Certificate: []byte("certificate of " + lt)})
		add(string(lt.BIC8())+": session", &entry.SessionOpened{LT: lt, Session: 1, Window: 10, Delivery: true})
		r := entry.FrameRecord{Domain: entry.DomainSubmission, Signer: corridor.DigestOf([]byte(lt)), Signature: bytes.Repeat([]byte(lt[:1]), corridor.SignatureSize), Leaves: []corridor.Digest{{1}, {2}, {3}}}
		frames[lt] = b.AddFrame(r)
	}
	message := func(from, to corridor.LT, n corridor.ISN) []byte {
		s := entry.Submission{Network: testNetwork, Sender: from, Receiver: to, Number: n, Type: "fin.103", Priority: 'N', Payload: corridor.DigestOf([]byte(from)), PayloadSize: 1, SignedAt: 1}
		return s.Append(nil)
	}
	act := func(kind, subject string, of corridor.BIC, document corridor.Digest, body string) *entry.Acted {
		a := entry.Act{Network: testNetwork, Kind: kind, For: of, Subject: subject, Document: document, Body: []byte(body), SignedAt: 1}
		return &entry.Acted{Statement: a.Append(nil), Signature: make([]byte, 64), Certificate: []byte("officer")}
	}
	law, other := corridor.DigestOf([]byte("law")), corridor.DigestOf([]byte("other law"))
	for _, a := range []struct {
		what string
		act  *entry.Acted
	}{
		{"public: policy", act("policy.set", "", "", corridor.Digest{}, `{"policy":1}`)},
		{"public: directory", act("directory.change", "", "", corridor.Digest{}, `{"directory":1}`)},
		{"public: law", act("instrument.file", "", "", law, `{"law":1}`)},
		{"nobody: a law of a draft", act("instrument.file", "", "", other, `{"secretlaw":1}`)},
		{"public: draft that becomes public", act("order.draft", "ORD-1", "", corridor.Digest{}, fmt.Sprintf(`{"sha256":"%s"}`, law))},
		{"nobody: draft", act("order.draft", "ORD-2", "", corridor.Digest{}, fmt.Sprintf(`{"sha256":"%s","name":"VOSTROVA"}`, other))},
		{"MERIDEFF: own authorisation", act("rma.authorise", "", "MERIDEFF", corridor.Digest{}, `{"rma":1}`)},
		{"TAMAJPJT: another's authorisation", act("rma.authorise", "", "TAMAJPJT", corridor.Digest{}, `{"rma":2}`)},
		{"MERIDEFF: appeal", act("appeal.file", "A-1", "MERIDEFF", corridor.Digest{}, `{"appeal":1}`)},
		{"MERIDEFF: answer to the appeal", act("appeal.answer", "A-1", "", corridor.Digest{}, `{"appeal":1}`)},
		{"TAMAJPJT: appeal", act("appeal.file", "A-2", "TAMAJPJT", corridor.Digest{}, `{"appeal":2}`)},
		{"TAMAJPJT: answer to the other appeal", act("appeal.answer", "A-2", "", corridor.Digest{}, `{"appeal":2}`)},
	} {
		add(a.what, a.act)
	}
	refused := act("order.sign", "ORD-2", "", corridor.Digest{}, `{}`)
	add("nobody: refused act", &entry.ActRefused{Statement: refused.Statement, Signature: refused.Signature, Certificate: refused.Certificate, Fault: corridor.Fault{Code: "SA1"}})
	add("public: fence", &entry.Fenced{Order: "ORD-1", What: entry.InForce, Instant: 1})
	add("public: notice", &entry.Announced{Order: "ORD-1", Occasion: "published", At: 1, Number: 1})
	add("MERIDEFF: closing", &entry.Closing{BIC: "MERIDEFF", Order: "ORD-1", Statement: []byte(`{"m":1}`)})
	add("TAMAJPJT: closing", &entry.Closing{BIC: "TAMAJPJT", Order: "ORD-1", Statement: []byte(`{"t":1}`)})

	next := func() corridor.Position {
		return corridor.Position{Page: l.head.Pages, Index: uint32(b.Len() + 1)}
	}
	add("MERIDEFF: decision", &entry.Decided{Message: next(), Stage: entry.AtAccept, Outcome: entry.Refuses, Orders: []string{"ORD-1"}})
	add("MERIDEFF: refused", &entry.Refused{Frame: frames["MERIDEFFAXXX"], Statement: message("MERIDEFFAXXX", "TAMAJPJTXXXX", 1), Fault: corridor.Fault{Code: "H50"}})
	add("TAMAJPJT: decision", &entry.Decided{Message: next(), Stage: entry.AtAccept, Outcome: entry.Refuses, Orders: []string{"ORD-1"}})
	add("TAMAJPJT: refused, to MERIDEFF", &entry.Refused{Frame: frames["TAMAJPJTAXXX"], Index: 0, Statement: message("TAMAJPJTAXXX", "MERIDEFFXXXX", 1), Fault: corridor.Fault{Code: "H50"}})
	m := message("MERIDEFFAXXX", "TAMAJPJTXXXX", 2)
	mine := add("MERIDEFF and TAMAJPJT: sent and delivered", &entry.Accepted{Frame: frames["MERIDEFFAXXX"], Index: 1, Session: 1, Statement: m})
	toCome := add("TAMAJPJT and MERIDEFF: delivered on the next page", &entry.Accepted{Frame: frames["TAMAJPJTAXXX"], Index: 1, Session: 1, Statement: message("TAMAJPJTAXXX", "MERIDEFFXXXX", 2)})
	stored := add("TAMAJPJT: returned, MERIDEFF is not told", &entry.Accepted{Frame: frames["TAMAJPJTAXXX"], Index: 2, Session: 1, Statement: message("TAMAJPJTAXXX", "MERIDEFFXXXX", 3)})
	add("TAMAJPJT: why", &entry.Decided{Message: stored, Stage: entry.AtFence, Outcome: entry.Stores, Orders: []string{"ORD-1"}})
	strange := add("TAMAJPJT: to CEDRFRPP", &entry.Accepted{Frame: frames["CEDRFRPPAXXX"], Index: 0, Session: 1, Statement: message("CEDRFRPPAXXX", "TAMAJPJTXXXX", 1)})
	add("TAMAJPJT: numbers", &entry.Assigned{LT: "TAMAJPJTAXXX", Session: 1, First: 1, Messages: []corridor.Position{mine, strange}})
	ack := entry.Acknowledgement{Network: testNetwork, Receiver: "TAMAJPJTAXXX", Number: 1, Message: entry.LeafHash(m), ReceivedAt: 1}
	add("MERIDEFF and TAMAJPJT: it arrived", &entry.Acknowledged{Frame: frames["TAMAJPJTAXXX"], Statement: ack.Append(nil)})
	ack.Number, ack.Message = 2, corridor.DigestOf([]byte("another"))
	add("TAMAJPJT: another arrived", &entry.Acknowledged{Frame: frames["TAMAJPJTAXXX"], Statement: ack.Append(nil)})
	place := func(at corridor.Position) string { return fmt.Sprintf(`{"index":%d,"page":%d}`, at.Index, at.Page) }
	add("MERIDEFF and TAMAJPJT: released", act("message.release", "", "", corridor.Digest{}, place(mine)))
	add("TAMAJPJT: released too", act("message.release", "", "", corridor.Digest{}, place(strange)))
	add("MERIDEFF: told", &entry.Originated{Statement: message("ZZZZZZZ0AXXX", "MERIDEFFXXXX", 1), About: mine, Reason: entry.Delivered})
	add("TAMAJPJT: told", &entry.Originated{Statement: message("ZZZZZZZ0AXXX", "TAMAJPJTXXXX", 2), About: mine, Reason: entry.Delivered})
	add("public: revocation", &entry.KeyRevoked{LT: "CEDRFRPPAXXX", Reason: "lost", Statement: []byte("s")})
	add("TAMAJPJT: end", &entry.SessionClosed{LT: "TAMAJPJTAXXX", Session: 1, Reason: "logout"})
	add("MERIDEFF: end", &entry.SessionClosed{LT: "MERIDEFFAXXX", Session: 1, Reason: "logout"})
	appendPage(t, j, l.seal(b))

	b = &Builder{}
	b.Add(act("order.publish", "ORD-1", "", corridor.Digest{}, `{}`), nil)
	b.Add(&entry.Assigned{LT: "MERIDEFFAXXX", Session: 1, First: 1, Messages: []corridor.Position{toCome}}, nil)
	appendPage(t, j, l.seal(b))
	b = &Builder{}
	b.Add(&entry.SessionOpened{LT: "CEDRFRPPAXXX", Session: 2, Window: 1}, nil) // nothing for MERIDEFF
	appendPage(t, j, l.seal(b))
	return about
}

func redacted(t testing.TB, j *Journal, r Redaction) []byte {
	t.Helper()
	var file bytes.Buffer
	if _, err := j.ExportRedacted(t.Context(), 0, ToEnd, r, &file); err != nil {
		t.Fatal(err)
	}
	return file.Bytes()
}

// TestRedactedForAnAuditor: all entries and the frames' signatures are there, no payload is, and the check holds.
func TestRedactedForAnAuditor(t *testing.T) {
	j, l := fill(t, filepath.Join(t.TempDir(), "journal.db"), 2)
	story(t, j, l)
	file := redacted(t, j, Redaction{})
	if bytes.Contains(file, []byte("CONTENTS")) {
		t.Error("a payload stands in the export")
	}
	r, err := CheckExport(bytes.NewReader(file), CheckOptions{HubKey: l.hubKey})
	if err != nil || r.Pages != 5 || r.Redaction == nil || r.Redaction.For != "" {
		t.Fatalf("%+v, %v", r, err)
	}
	if whole, err := j.Check(t.Context(), CheckOptions{HubKey: l.hubKey}); err != nil || whole.Root != r.Root || whole.Entries != r.Entries {
		t.Errorf("the journal has root %v, the export %v, %v", whole.Root, r.Root, err)
	}
	number := uint64(0)
	for p, err := range ReadExport(bytes.NewReader(file)) {
		if err != nil {
			t.Fatal(err)
		}
		o, err := j.Read(t.Context(), number)
		if err != nil {
			t.Fatal(err)
		}
		sameShown(t, p, o)
		number++
	}
}

func sameShown(t *testing.T, p, o *Page) {
	t.Helper()
	mine, err := p.All()
	if err != nil {
		t.Fatal(err)
	}
	theirs, _ := o.All()
	for i := range theirs {
		if !bytes.Equal(mine[i], theirs[i]) {
			t.Errorf("entry %d of page %d is another", i, p.Header.Number)
		}
		if _, err := p.Payload(uint32(i)); err == nil {
			t.Errorf("entry %d of page %d has a payload", i, p.Header.Number)
		}
	}
	n, err := p.Frames()
	if err != nil {
		t.Fatal(err)
	}
	for i := range n {
		a, _ := p.Frame(uint32(i))
		b, err := o.Frame(uint32(i))
		if err != nil || len(a.Leaves) != 0 && !bytes.Equal(a.Append(nil), b.Append(nil)) {
			t.Errorf("frame %d of page %d is another, %v", i, p.Header.Number, err)
		}
	}
}

// TestRedactedForAMember: of a page with every kind of entry each member sees what concerns it, and nothing else stands in the file.
func TestRedactedForAMember(t *testing.T) {
	j, l := fill(t, filepath.Join(t.TempDir(), "journal.db"), 1)
	about := story(t, j, l)
	for _, bic := range []corridor.BIC{"MERIDEFF", "TAMAJPJT", "ORCABRSP"} {
		file := redacted(t, j, Redaction{For: bic})
		r, err := CheckExport(bytes.NewReader(file), CheckOptions{HubKey: l.hubKey})
		if err != nil || r.Redaction == nil || r.Redaction.For != bic || r.Pages != 4 {
			t.Fatalf("%s: %+v, %v", bic, r, err)
		}
		for p, err := range ReadExport(bytes.NewReader(file)) {
			if err != nil {
				t.Fatal(err)
			}
			if p.Header.Number != 1 {
				continue
			}
			all, err := p.All()
			if err != nil {
				t.Fatal(err)
			}
			for i, what := range about {
				whose, _, _ := strings.Cut(what, ":")
				if want := whose == "public" || strings.Contains(whose, string(bic)); (all[i] != nil) != want {
					t.Errorf("%s: entry %d (%s) is shown: %v", bic, i, what, all[i] != nil)
				}
			}
		}
		for _, secret := range []string{"CONTENTS", "VOSTROVA", "secretlaw"} {
			if bytes.Contains(file, []byte(secret)) {
				t.Errorf("%s: %q stands in its export", bic, secret)
			}
		}
		if bic == "ORCABRSP" && bytes.Contains(file, []byte("XXXX0")) {
			t.Errorf("a message of others stands in the export for %s", bic)
		}
	}
	if _, err := j.ExportRedacted(t.Context(), 0, ToEnd, Redaction{For: "MERIDEFFXXX"}, &bytes.Buffer{}); err == nil {
		t.Error("an export for a branch is made")
	}
}

// TestRedactedIsNoSource: a journal is not restored from a redacted export.
func TestRedactedIsNoSource(t *testing.T) {
	j, l := fill(t, filepath.Join(t.TempDir(), "journal.db"), 2)
	story(t, j, l)
	k := open(t, filepath.Join(t.TempDir(), "other.db"), Options{})
	if _, err := k.Import(t.Context(), bytes.NewReader(redacted(t, j, Redaction{}))); !errors.Is(err, errRedacted) {
		t.Errorf("imported: %v", err)
	}
}

// TestFlippedBytesOfARedactedExportAreSeen, by the file's sum; and with a sum made to fit, by what is signed, but for the frames, whose
// signatures the reader of their statements checks.
func TestFlippedBytesOfARedactedExportAreSeen(t *testing.T) {
	j, l := fill(t, filepath.Join(t.TempDir(), "journal.db"), 1)
	story(t, j, l)
	for _, r := range []Redaction{{}, {For: "MERIDEFF"}} {
		b := redacted(t, j, r)
		unseen := 0
		for at := 0; at < len(b); at += 3 {
			b[at] ^= 1 << (at % 8)
			if _, err := CheckExport(bytes.NewReader(b), CheckOptions{HubKey: l.hubKey}); err == nil {
				t.Errorf("%v: byte %d was altered and the export holds", r, at)
			}
			if at >= len(redactedMagic) && at < len(b)-32 {
				fitted := append(bytes.Clone(b[:len(b)-32]), make([]byte, 32)...)
				sum := corridor.DigestOf(fitted[len(redactedMagic) : len(b)-32])
				copy(fitted[len(b)-32:], sum[:])
				if _, err := CheckExport(bytes.NewReader(fitted), CheckOptions{HubKey: l.hubKey}); err == nil {
					unseen++
				}
			}
			b[at] ^= 1 << (at % 8)
			if _, err := CheckExport(bytes.NewReader(b[:at]), CheckOptions{HubKey: l.hubKey}); err == nil {
				t.Errorf("%v: the export was cut after %d bytes and holds", r, at)
			}
		}
		if most := (1 + 32 + 64 + 3*32); unseen > most+8 { // a third of three frames, and of the BIC that it is for
			t.Errorf("%v: %d of %d bytes can be altered by who makes the sum fit, frames have %d", r, unseen, len(b), most)
		}
	}
}

// TestRecordedRedactions: both degrees of version 1 are written as they were recorded, and the recorded ones are read.
func TestRecordedRedactions(t *testing.T) {
	j, l := fill(t, filepath.Join(t.TempDir(), "journal.db"), 1)
	story(t, j, l)
	for name, r := range map[string]Redaction{"redacted-contents-1.journal": {}, "redacted-member-1.journal": {For: "MERIDEFF"}} {
		golden(t, name, redacted(t, j, r))
		b, err := os.ReadFile(filepath.Join("testdata", name))
		if err != nil {
			t.Fatal(err)
		}
		if rep, err := CheckExport(bytes.NewReader(b), CheckOptions{HubKey: l.hubKey}); err != nil || rep.Pages != 4 {
			t.Errorf("%s: %+v, %v", name, rep, err)
		}
	}
}

// FuzzRedacted: a redacted export that is read to its end without an error is written again to the same bytes.
func FuzzRedacted(f *testing.F) {
	j, l := fill(f, filepath.Join(f.TempDir(), "journal.db"), 1)
	story(f, j, l)
	for _, r := range []Redaction{{}, {For: "MERIDEFF"}, {For: "ORCABRSP"}} {
		f.Add(redacted(f, j, r))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		in := newImporter(bytes.NewReader(b))
		if in.redacted == nil {
			return
		}
		var again bytes.Buffer
		out := newExporterOf(&again, redactedMagic)
		out.redaction(*in.redacted)
		out.run(in.run(maxRun))
		for in.more() {
			p, err := in.page()
			if err != nil {
				return
			}
			out.again(p)
		}
		if in.err != nil {
			return
		}
		if err := out.end(); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(again.Bytes(), b) {
			t.Fatal("a redacted export has a second form")
		}
	})
}

// again writes a page that was read from a redacted export.
func (x *exporter) again(p *Page) {
	x.write([]byte{exportPage})
	x.run(p.Stored)
	x.run(p.Signature)
	if p.entries.tree == nil {
		x.write(binary.AppendUvarint(nil, 0))
		x.write(binary.AppendUvarint(nil, 0))
		return
	}
	frames := make([]*entry.FrameRecord, len(p.bodies.frames))
	for i := range frames {
		if len(p.bodies.frames[i].Leaves) > 0 {
			frames[i] = &p.bodies.frames[i]
		}
	}
	x.parts(p.entries.stored, p.entries.tree, nil, frames)
}
