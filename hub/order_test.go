package hub_test

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"corridor.example/corridor"
	"corridor.example/corridor/directory"
	"corridor.example/corridor/entry"
	"corridor.example/corridor/internal/canonical"
	"corridor.example/corridor/pki"
	"corridor.example/corridor/rma"
	"corridor.example/corridor/session"
	"corridor.example/corridor/standing"
)

// officers are the people of a network's policy, by name.
type officers map[string]*pki.OfficerSigningKey

// found gives a network a policy of six officers: dora drafts, the others sign, otto publishes.
func found(t testing.TB, n *network) officers {
	t.Helper()
	o := officers{}
	p := standing.Policy{Version: 1, Signers: []standing.Role{standing.Legal, standing.Compliance, standing.Operations, standing.Observer, standing.AppealOfficer},
		Bank: 3, Country: 4, Urgent: 0, UrgentHours: 0, BeyondBounds: 1, LargeShare: "0.01", PauseHours: 24, Authorisations: "shown"}
	for name, role := range map[string]standing.Role{"dora": standing.Drafter, "lena": standing.Legal, "clara": standing.Compliance, "otto": standing.Operations, "oona": standing.Observer, "anna": standing.AppealOfficer} {
		i, err := n.authority.IssueOfficer("", name, 20*time.Hour, time.Now().Add(-time.Minute), rand.Reader)
		check(t, err)
		o[name] = i.OfficerKey()
		p.Officers = append(p.Officers, standing.Officer{Key: o[name].Certificate().ID.String(), Name: name, Roles: []standing.Role{role}})
	}
	document, err := canonical.Marshal(&p)
	check(t, err)
	f := standing.Founding{Policy: p, Signature: base64.StdEncoding.EncodeToString(n.authority.SignDocument(standing.DomainPolicy, document))}
	body, err := canonical.Marshal(&f)
	check(t, err)
	o.must(t, n, "otto", entry.Act{Kind: standing.PolicyFound, Body: body})
	return o
}

// sign makes an act of an officer.
func (o officers) sign(n *network, who string, a entry.Act) entry.Acted {
	a.Network, a.SignedAt = "test.corridor", uint64(n.clock.now().UnixMilli())
	statement := a.Append(nil)
	return entry.Acted{Statement: statement, Signature: o[who].Sign(entry.AppendSignedAct(nil, statement)), Certificate: o[who].Certificate().DER}
}

func (o officers) must(t testing.TB, n *network, who string, a entry.Act) {
	t.Helper()
	if _, f, err := n.hub.File(context.Background(), o.sign(n, who, a)); err != nil || f != nil {
		t.Fatalf("%s by %s: %v %v", a.Kind, who, f, err)
	}
}

// order drafts, confirms, signs and publishes an order.
func (o officers) order(t testing.TB, n *network, d standing.Order) {
	t.Helper()
	d.Ground, d.Rule = "rulebook", "7.3"
	d.DryRun = corridor.DigestOf([]byte("report")).String()
	if n.register != "" {
		_, err := n.hub.KeepInstrument([]byte("report"))
		check(t, err)
	}
	d.Bounds.BICs = len(d.Subject.Resolved)
	document, err := d.Encode()
	check(t, err)
	act := entry.Act{Subject: d.ID, Document: corridor.DigestOf(document)}
	for _, step := range []struct{ who, kind string }{{"dora", standing.OrderDraft}, {"lena", standing.OrderResolve}, {"lena", standing.OrderSign}, {"clara", standing.OrderSign},
		{"oona", standing.OrderSign}, {"otto", standing.OrderPublish}} {
		a := act
		a.Kind = step.kind
		if step.kind == standing.OrderDraft {
			a.Body = document
		}
		o.must(t, n, step.who, a)
	}
}

// cut disconnects a bank at once.
func cut(at time.Time, lt corridor.LT) standing.Order {
	return standing.Order{ID: "ORD-1", Kind: standing.Disconnect, Effective: standing.Effective{UTC: at.UTC().Truncate(time.Second).Format(time.RFC3339)},
		Subject: standing.Subject{BICs: []corridor.BIC{lt.BIC8()}, Resolved: []standing.Resolved{{BIC: lt.BIC8(), Explicit: true}}}}
}

// look reads the state of orders.
func look(n *network, f func(s *standing.State)) error {
	return n.hub.Look(context.Background(), func(_ int64, s *standing.State, _ *directory.Directory, _ *rma.State) { f(s) })
}

// faultCode is the code of the network's fault in an error.
func faultCode(err error) string {
	var f *corridor.Fault
	if errors.As(err, &f) {
		return f.Code
	}
	return ""
}

// TestDisconnection: a bank is cut off while it is logged in and messages wait for it, and it comes back with new keys only.
func TestDisconnection(t *testing.T) {
	n := newNetwork(t, meridian, cedar, tamarind)
	o := found(t, n)
	a, b, c := n.banks[0], n.banks[1], n.banks[2]
	check(t, a.dial())
	check(t, b.dial())
	check(t, c.dial())
	mine := b.frame(nil, "mine", tamarind)
	check(t, b.client.Submit(context.Background(), [][]byte{mine}))
	first := next(t, b.answers, "answer")
	b.answered = 0 // its store has lost the answer
	b.mute = true  // what it gets now has no acknowledgement at the fence
	check(t, a.client.Submit(context.Background(), [][]byte{a.frame(nil, "before", cedar)}))
	next(t, b.deliveries, "delivery")
	next(t, a.answers, "answer")
	o.order(t, n, cut(n.clock.now(), cedar))
	if f := next(t, b.farewell, "farewell"); f == nil || f.Code != corridor.FaultOrder {
		t.Fatalf("the disconnected bank hears %v", f)
	}
	if err := b.dial(); faultCode(err) != corridor.FaultDisconnected {
		t.Fatalf("its login is answered %v", err)
	}
	check(t, a.client.Submit(context.Background(), [][]byte{a.frame(nil, "after", cedar, tamarind)}))
	for range 2 {
		x := next(t, a.answers, "answer")
		if refused := !x.Accepted(); refused != (x.Number == 2) || refused && (x.Fault.Code != corridor.FaultReceiver || x.Fault.Rule != "receiver_disconnected") {
			t.Fatalf("answer %d: %+v", x.Number, x.Fault)
		}
	}
	var last standing.Phase
	until(t, "the closing statement", func() bool {
		closed := false
		check(t, look(n, func(s *standing.State) {
			_, open := s.OffAll()
			closed, last = len(open) == 0, s.Order("ORD-1").Phase
		}))
		return closed
	})
	if last != standing.InForce {
		t.Fatalf("the order is %s", last)
	}
	// Those who have service hear that it is published and in force, and have the change of the directory.
	seen := map[corridor.MessageType]int{}
	for seen["fin.094"] < 2 || seen["directory.change"] < 1 || seen["fin.103"] < 1 { // a notice may have parts
		seen[next(t, c.deliveries, "notice").Submission.Type]++
	}
	if early := o.comeback(t, n, b, mine, first); early == nil || early.Code != corridor.FaultNotAllowed {
		t.Fatalf("a message of the first stage is answered %+v", early)
	}
}

// comeback lifts the order, and readmits its subject with new keys. What it had sent under the old ones and has no answer to is answered as
// before. It returns what a message is answered that comes before its stage.
func (o officers) comeback(t *testing.T, n *network, b *bank, mine []byte, first session.Answer) *corridor.Fault {
	at := n.clock.now().UTC().Truncate(time.Second).Format(time.RFC3339)
	o.order(t, n, standing.Order{ID: "ORD-2", Kind: standing.Lift, Refers: "ORD-1", Effective: standing.Effective{UTC: at}})
	back := cut(n.clock.now(), b.lt)
	back.ID, back.Kind, back.Ramp = "ORD-3", standing.Readmit, []standing.Step{{Stage: standing.StageReceive}, {Stage: standing.StageFull}}
	o.order(t, n, back)
	if err := b.dial(); faultCode(err) != corridor.FaultRevoked {
		t.Fatalf("a login with the old keys is answered %v", err)
	}
	fresh := newBank(n, b.lt)
	b.signer, b.transport = fresh.signer, fresh.transport
	_, err := n.hub.Admit(context.Background(), b.signer.Certificate().DER)
	check(t, err)
	b.mute = false
	check(t, b.dial())
	check(t, b.client.Submit(context.Background(), [][]byte{mine}))
	if again := next(t, b.answers, "answer"); !again.Accepted() || again.Position() != first.Position() {
		t.Fatalf("the old message is answered %+v, at first it was %+v", again, first)
	}
	check(t, b.client.Submit(context.Background(), [][]byte{b.frame(nil, "too early", meridian)}))
	early := next(t, b.answers, "answer").Fault
	body, err := canonical.Marshal(&standing.Institution{BIC: b.lt.BIC8()})
	check(t, err)
	o.must(t, n, "otto", entry.Act{Kind: standing.OrderStep, Subject: "ORD-3", Body: body})
	check(t, b.client.Submit(context.Background(), [][]byte{b.frame(nil, "back", meridian)}))
	if x := next(t, b.answers, "answer"); !x.Accepted() {
		t.Fatalf("a message of the last stage is answered %+v", x)
	}
	return early
}

// TestRestoredBackupForgetsNoOrder: a journal from before the order is put back; the hub files the acts of its register again before it
// takes a session (R52).
func TestRestoredBackupForgetsNoOrder(t *testing.T) {
	n := prepare(t, meridian, cedar)
	n.register = filepath.Join(n.dir, "register")
	n.start()
	o := found(t, n)
	n.stop()
	keep, err := os.ReadFile(filepath.Join(n.dir, "journal.db"))
	check(t, err)
	n.start()
	o.order(t, n, cut(n.clock.now(), cedar))
	n.stop()
	for _, f := range []string{"journal.db-wal", "journal.db-shm"} {
		os.Remove(filepath.Join(n.dir, f))
	}
	check(t, os.WriteFile(filepath.Join(n.dir, "journal.db"), keep, 0o600))
	n.start()
	if err := n.banks[1].dial(); faultCode(err) != corridor.FaultDisconnected {
		t.Fatalf("the disconnected bank's login is answered %v", err)
	}
	n.stop()
	check(t, os.RemoveAll(filepath.Join(n.register, "acts")))
	check(t, os.WriteFile(filepath.Join(n.register, "acts"), []byte("no folder"), 0o600))
	n.startOnly()
	time.Sleep(300 * time.Millisecond)
	if n.hub.Ready() {
		t.Fatal("a hub that cannot read its register leads")
	}
	check(t, os.Remove(filepath.Join(n.register, "acts")))
	until(t, "the hub leads again", n.hub.Ready)
	if files, err := os.ReadDir(filepath.Join(n.register, "acts")); err != nil || len(files) != 7 {
		t.Fatalf("%d acts are in the register: %v", len(files), err)
	}
}
