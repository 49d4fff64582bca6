package gateway

import (
	"context"
	"crypto/rand"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"corridor.example/corridor"
	"corridor.example/corridor/entry"
	"corridor.example/corridor/internal/canonical"
	"corridor.example/corridor/pki"
	"corridor.example/corridor/rma"
)

// desk is a member's gateway without a session, and the officers of both institutions.
type desk struct {
	t        *testing.T
	g        *Gateway
	config   Config
	member   *pki.Member
	officers map[corridor.BIC]*pki.OfficerSigningKey
	now      time.Time
}

func newDesk(t *testing.T, use AuthorisationUse) *desk {
	t.Helper()
	now := time.Now().Add(-time.Minute).Truncate(time.Second)
	a, err := pki.CreateAuthority("test.corridor", time.Hour, now, rand.Reader)
	noError(t, err)
	dir := t.TempDir()
	i, err := a.IssueMember([]corridor.LT{testID.lt}, 50*time.Minute, now, rand.Reader)
	noError(t, err)
	noError(t, i.Write(filepath.Join(dir, "keys"), pki.Unencrypted()))
	d := &desk{t: t, officers: map[corridor.BIC]*pki.OfficerSigningKey{}, now: now}
	d.member, err = pki.LoadMember(filepath.Join(dir, "keys"), pki.Unencrypted(), now)
	noError(t, err)
	for _, b := range []corridor.BIC{"MERIDEF0", "CEDRFRP0", ""} {
		o, err := a.IssueOfficer(b, "ines", 50*time.Minute, now, rand.Reader)
		noError(t, err)
		d.officers[b] = o.OfficerKey()
	}
	d.config = Config{Addresses: []string{"127.0.0.1:1"}, Store: filepath.Join(dir, "store"), Check: CheckHeader, Authorisations: use,
		Terminals: []TerminalConfig{{LT: testID.lt, Outgoing: filepath.Join(dir, "outgoing"), Incoming: filepath.Join(dir, "incoming")}}}
	d.open()
	t.Cleanup(func() { d.g.Close() })
	return d
}

// open opens the gateway; nothing runs.
func (d *desk) open() {
	d.t.Helper()
	var err error
	d.g, err = Open(d.config, Deps{Member: d.member, Clock: func() time.Time { return d.now }})
	noError(d.t, err)
}

func (d *desk) terminal() *terminal { return d.g.terminals[0] }

// act is an act's file, signed now by the institution's officer.
func (d *desk) act(kind string, of corridor.BIC, body any, document corridor.Digest) []byte {
	d.t.Helper()
	d.now = d.now.Add(time.Second)
	text, err := canonical.Marshal(body)
	noError(d.t, err)
	a := entry.Act{Network: "test.corridor", Kind: kind, For: of, Body: text, Document: document, SignedAt: uint64(d.now.UnixMilli())}
	return d.sign(&a, d.officers[of])
}

func (d *desk) sign(a *entry.Act, by *pki.OfficerSigningKey) []byte {
	statement := a.Append(nil)
	return entry.EncodeActFile(entry.Acted{Statement: statement, Signature: by.Sign(entry.AppendSignedAct(nil, statement)), Certificate: by.Certificate().DER})
}

// pair is an authorisation of the issuer with its acceptance.
func (d *desk) pair(issuer, correspondent corridor.BIC) (authorise, accept []byte) {
	d.t.Helper()
	k := rma.Key{Issuer: issuer, Correspondent: correspondent, Service: rma.FIN}
	authorise = d.act(rma.KindAuthorise, issuer, rma.Body{Key: k, Permission: &rma.Permission{Mode: rma.Include, Types: []string{"fin.1"}}}, corridor.Digest{})
	_, a, fault := rma.ReadMessage(authorise)
	if fault != nil {
		d.t.Fatal(fault)
	}
	return authorise, d.act(rma.KindAccept, correspondent, rma.Body{Key: k, Issued: a.SignedAt}, corridor.DigestOf(a.Body))
}

// sent submits a message, and gives it the answer of the network on a page.
func (d *desk) sent(payload []byte, page uint64) {
	d.t.Helper()
	t := d.terminal()
	taken, err := t.submit(context.Background(), payload)
	noError(d.t, err)
	noError(d.t, t.store.do(context.Background(), func(tx *tx) error {
		_, err := tx.answered(t.store, &answer{number: taken.Number, session: 1, at: corridor.Position{Page: page}, answered: d.now.UnixMilli(), receipt: []byte("receipt")})
		return err
	}))
	t.tookAct(taken.Number)
}

// came receives a message that the network accepted on a page.
func (d *desk) came(n corridor.OSN, typ corridor.MessageType, payload []byte, page uint64) inRow {
	d.t.Helper()
	t := d.terminal()
	m := received(n, "IN"+string(typ))
	m.typ, m.payload, m.at, m.accepted, m.receipt = typ, payload, corridor.Position{Page: page}, d.now.UnixMilli(), nil
	m.missing = t.mayCome(&m)
	noError(d.t, t.store.do(context.Background(), func(tx *tx) error { _, err := tx.receive(t.store, &m); return err }))
	return m
}

const payFIN = "{1:F01MERIDEF0AXXX0000000000}{2:I103CEDRFRP0XXXXN}{4:\r\n:20:R\r\n-}"

// goes is the code of the fault with which a message to the other institution is refused, or nothing.
func (d *desk) goes() string {
	d.t.Helper()
	_, _, fault := d.terminal().read([]byte(payFIN))
	if fault == nil {
		return ""
	}
	if !strings.Contains(fault.Text, "corridor rma request") {
		d.t.Errorf("the refusal does not say what to do: %s", fault.Text)
	}
	return fault.Code
}

// A gateway that requires authorisations sends nothing without one, and knows them again after a restart, in whatever order they came.
func TestNotAuthorisedIsNotSent(t *testing.T) {
	d := newDesk(t, AuthorisationsRequired)
	if got := d.goes(); got != corridor.FaultNotAuthorised {
		t.Fatalf("without an authorisation: %q", got)
	}
	authorise, accept := d.pair("CEDRFRP0", "MERIDEF0")
	d.sent(accept, 9) // its answer comes before the authorisation is read again after a crash
	if got := d.goes(); got != corridor.FaultNotAuthorised {
		t.Fatalf("with an acceptance of what is not there: %q", got)
	}
	d.came(1, rma.KindAuthorise, authorise, 5)
	if got := d.goes(); got != "" {
		t.Fatalf("authorised: %q", got)
	}
	if s, err := d.g.Status(context.Background()); err != nil || s[0].Authorisations == nil || *s[0].Authorisations != (rma.Counts{Send: 1}) {
		t.Errorf("status %+v, %v", s[0].Authorisations, err)
	}
	d.g.Close()
	d.open()
	if got := d.goes(); got != "" {
		t.Fatalf("after a restart: %q", got)
	}
	if all := d.g.Authorisations("MERIDEF0"); len(all) != 1 || all[0].Position != "9/0" || all[0].CorrespondentState != rma.StateEnabled {
		t.Errorf("%+v", all)
	}
	d.now = d.now.Add(time.Second)
	d.came(2, rma.KindRevoke, d.act(rma.KindRevoke, "CEDRFRP0", rma.Body{Key: rma.Key{Issuer: "CEDRFRP0", Correspondent: "MERIDEF0", Service: rma.FIN}}, corridor.Digest{}), 12)
	if got := d.goes(); got != corridor.FaultNotAuthorised {
		t.Errorf("revoked: %q", got)
	}
}

// A file that is not authorised goes where other refused files go.
func TestFileThatIsNotAuthorised(t *testing.T) {
	d := newDesk(t, AuthorisationsRequired)
	out := d.config.Terminals[0].Outgoing
	noError(t, os.WriteFile(filepath.Join(out, "pay.fin"), []byte(payFIN), 0o600))
	_, err := d.terminal().pickUp(context.Background())
	noError(t, err)
	nak, err := os.ReadFile(filepath.Join(out, "refused", "pay.nak"))
	if err != nil || !strings.Contains(string(nak), "{405:H51}") {
		t.Errorf("%s, %v", nak, err)
	}
}

// What comes without authorisation is kept, and handed over in a folder of its own.
func TestNotAuthorisedIsInvestigated(t *testing.T) {
	d := newDesk(t, AuthorisationsRequired)
	if m := d.came(1, "fin.103", []byte("pay"), 3); !strings.Contains(m.missing, "there is no authorisation") {
		t.Errorf("missing %q", m.missing)
	}
	if m := d.came(2, "fin.940", []byte("statement"), 4); m.missing != "" {
		t.Errorf("a type that needs none: %q", m.missing)
	}
	authorise, accept := d.pair("MERIDEF0", "CEDRFRP0")
	d.sent(authorise, 5)
	d.came(3, rma.KindAccept, accept, 6)
	if m := d.came(4, "fin.103", []byte("pay"), 7); m.missing != "" {
		t.Errorf("authorised: %q", m.missing)
	}
	in := d.config.Terminals[0].Incoming
	rows, err := d.terminal().store.unrouted(context.Background(), 10)
	noError(t, err)
	for i := range rows {
		noError(t, os.WriteFile(filepath.Join(in, ".routing", rows[i].name), rows[i].payload, 0o600))
	}
	noError(t, d.terminal().handOver(rows))
	for name, want := range map[string]bool{"investigation/INfin.103.fin": true, "INfin.940.fin": true, "investigation/INfin.940.fin": false} {
		if there, err := exists(filepath.Join(in, name)); err != nil || there != want {
			t.Errorf("%s: %v, %v", name, there, err)
		}
	}
	if r := receivedOf(testID.lt, in, &rows[0]); r.Unauthorised == "" || r.File != filepath.Join(in, "investigation", "INfin.103.fin") {
		t.Errorf("%+v", r)
	}
}

// Shown is not required: all goes, and what lacks an authorisation is counted once there are any.
func TestShownAuthorisations(t *testing.T) {
	d := newDesk(t, "")
	if got := d.goes(); got != "" || d.g.counts.unauthorised.Load() != 0 {
		t.Errorf("a member without authorisations: %q", got)
	}
	authorise, _ := d.pair("CEDRFRP0", "MERIDEF0")
	d.came(1, rma.KindAuthorise, authorise, 5)
	if got := d.goes(); got != "" || d.g.counts.unauthorised.Load() != 1 {
		t.Errorf("not accepted yet: %q, %d counted", got, d.g.counts.unauthorised.Load())
	}
	if m := d.came(2, "fin.103", []byte("pay"), 6); m.missing != "" || d.g.counts.unauthorised.Load() != 2 {
		t.Errorf("%q, %d counted", m.missing, d.g.counts.unauthorised.Load())
	}
}

// An act goes out only as its institution's officer signed it.
func TestActsThatAreNotSent(t *testing.T) {
	d := newDesk(t, AuthorisationsShown)
	authorise, accept := d.pair("MERIDEF0", "CEDRFRP0")
	s, ext, fault := d.terminal().read(authorise)
	if fault != nil || ext != ".act" || s.Type != rma.KindAuthorise || s.Receiver != "CEDRFRP0XXXX" || s.Priority != corridor.Urgent {
		t.Fatalf("%+v %s %v", s, ext, fault)
	}
	_, a, _ := rma.ReadMessage(authorise)
	for name, c := range map[string]struct {
		payload []byte
		code    string
	}{
		"another institution's": {accept, corridor.FaultSenderAddress},
		"another's signature":   {d.sign(&a, d.officers["CEDRFRP0"]), corridor.FaultRMAMessage},
		"the network's officer": {d.sign(&a, d.officers[""]), corridor.FaultRMAMessage},
		"cut short":             {authorise[:len(authorise)-30], corridor.FaultRMAMessage},
		"altered":               {altered(t, authorise), corridor.FaultRMAMessage},
	} {
		if _, _, fault := d.terminal().read(c.payload); fault == nil || fault.Code != c.code {
			t.Errorf("%s: %v, want %s", name, fault, c.code)
		}
	}
}

// altered is an act whose signature is another's.
func altered(t *testing.T, file []byte) []byte {
	acted, err := entry.DecodeActFile(file)
	noError(t, err)
	acted.Signature = append([]byte(nil), acted.Signature...)
	acted.Signature[5]++
	return entry.EncodeActFile(acted)
}

// The network's list to start with holds before anything was exchanged.
func TestListToStartWith(t *testing.T) {
	d := newDesk(t, AuthorisationsRequired)
	list := d.act(rma.KindBootstrap, "", rma.Bootstrap{ConfirmBy: rma.InstantOf(d.now.Add(24 * time.Hour)), Rows: []rma.Row{
		{Key: rma.Key{Issuer: "CEDRFRP0", Correspondent: "MERIDEF0", Service: rma.FIN}, Permission: rma.Permission{Mode: rma.All}}}}, corridor.Digest{})
	d.g.Close()
	authorise, _ := d.pair("CEDRFRP0", "MERIDEF0")
	d.config.AuthorisationLists = [][]byte{authorise}
	if _, err := Open(d.config, Deps{Member: d.member}); err == nil || !strings.Contains(err.Error(), "needed is rma.bootstrap") {
		t.Errorf("a list that is none: %v", err)
	}
	d.config.AuthorisationLists = [][]byte{altered(t, list)}
	if _, err := Open(d.config, Deps{Member: d.member}); err == nil || !strings.Contains(err.Error(), "signature is wrong") {
		t.Errorf("an altered list: %v", err)
	}
	d.config.AuthorisationLists = [][]byte{list}
	d.open()
	if got := d.goes(); got != "" {
		t.Errorf("of the list: %q", got)
	}
	d.now = d.now.Add(25 * time.Hour)
	if got := d.goes(); got != corridor.FaultNotAuthorised {
		t.Errorf("not confirmed: %q", got)
	}
}

// The acts of a store are found by an index: a store holds millions of other messages.
func TestActsAreFoundByAnIndex(t *testing.T) {
	s := newStore(t, t.TempDir())
	rows, err := s.read.Query("EXPLAIN QUERY PLAN " + selectActs)
	noError(t, err)
	defer rows.Close()
	var plan strings.Builder
	for rows.Next() {
		var a, b, c int
		var detail string
		noError(t, rows.Scan(&a, &b, &c, &detail))
		plan.WriteString(detail + "\n")
	}
	if p := plan.String(); !strings.Contains(p, "INDEX outbox_acts") || !strings.Contains(p, "INDEX inbox_acts") {
		t.Errorf("plan:\n%s", p)
	}
}
