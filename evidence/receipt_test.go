package evidence

import (
	"bytes"
	"encoding/pem"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"testing"
	"time"

	"corridor.example/corridor"
	"corridor.example/corridor/entry"
	"corridor.example/corridor/pki"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// receipts are one of each kind, in a fresh network that is the same every time.
func receipts(t testing.TB) (*network, map[string]*Receipt) {
	n := newNetwork(t, "lab.corridor")
	all := map[string]*Receipt{
		"accepted": n.accepted(), "refused": n.refused(), "originated": n.originated(),
		"delivered": n.acknowledge(n.accepted(), ""), "returned": n.acknowledge(n.accepted(), "Y01"),
		"with-original": n.acknowledge(n.accepted(), ""),
	}
	all["with-original"].Original = []byte(message)
	return n, all
}

func TestWhatReceiptsProve(t *testing.T) {
	n, all := receipts(t)
	outcomes := map[string]Outcome{"accepted": OutcomeAccepted, "refused": OutcomeRefused, "originated": OutcomeOriginated, "delivered": OutcomeDelivered, "returned": OutcomeReturned, "with-original": OutcomeDelivered}
	for name, r := range all {
		again, err := DecodeReceipt(r.Encode())
		if err != nil {
			t.Fatal(name, err)
		}
		if d := cmp.Diff(r, again, cmpopts.EquateEmpty()); d != "" {
			t.Error(name, d)
		}
		for _, m := range [][]byte{nil, []byte(message)} {
			s, err := Verify(n.root, again, m)
			if err != nil {
				t.Fatal(name, err)
			}
			if s.Outcome != outcomes[name] || s.MessageChecked != (m != nil || name == "with-original") {
				t.Errorf("%s: %s, message checked %v", name, s.Outcome, s.MessageChecked)
			}
		}
	}
	s, err := Verify(n.root, n.acknowledge(n.accepted(), ""), []byte(message))
	if err != nil {
		t.Fatal(err)
	}
	if s.MIR != "260302MERIDEFFAXXX0004000003" || s.Submission.Number != 3 || s.Acknowledgement.Number != 12 || s.Acknowledgement.Receiver != "TAMAJPJTAXXX" {
		t.Errorf("%+v", s)
	}
	if !s.AcceptedAt.Before(s.DeliveredAt) || s.SenderKey != n.sender.Certificate().ID || s.ReceiverKey != n.receiver.Certificate().ID || s.HubKey != n.hub.Certificate().ID {
		t.Errorf("%+v", s)
	}
}

// No byte of a receipt's file and none of the message can be altered, cut off or added.
func TestEveryByteOfAReceipt(t *testing.T) {
	n, all := receipts(t)
	verifies := func(text, m []byte) bool {
		r, err := DecodeReceipt(text)
		if err != nil {
			return false
		}
		_, err = Verify(n.root, r, m)
		return err == nil
	}
	for name, r := range all {
		text := r.Encode()
		if !verifies(text, []byte(message)) {
			t.Fatal(name, "does not verify unaltered")
		}
		for i := range text {
			bad := bytes.Clone(text)
			bad[i] ^= 1 << (i % 6) // among them the bit between upper and lower case
			if verifies(bad, nil) {
				t.Errorf("%s: byte %d altered to %02x: verifies", name, i, bad[i])
			}
		}
		for _, bad := range [][]byte{text[1:], text[:len(text)-1], append(bytes.Clone(text), '\n'), append([]byte("\n"), text...), append(bytes.Clone(text), text...), bytes.ReplaceAll(text, []byte("\n"), []byte("\r\n"))} {
			if verifies(bad, nil) {
				t.Errorf("%s: cut or lengthened, verifies", name)
			}
		}
		for i := range message {
			bad := []byte(message)
			bad[i] ^= 1
			if verifies(text, bad) {
				t.Errorf("%s: byte %d of the message altered: verifies", name, i)
			}
		}
	}
}

// Every byte under the armour too, since another tool may alter it there and armour it again.
func TestEveryByteUnderTheArmour(t *testing.T) {
	n, all := receipts(t)
	for _, name := range []string{"refused", "originated", "with-original"} { // every part occurs in these
		r := all[name]
		b := r.append(nil)
		for i := range b {
			bad := bytes.Clone(b)
			bad[i] ^= 1 << (i % 8)
			r, err := DecodeReceipt(pem.EncodeToMemory(&pem.Block{Type: receiptPEM, Bytes: bad}))
			if err != nil {
				continue
			}
			if _, err := Verify(n.root, r, nil); err == nil {
				t.Errorf("%s: byte %d altered to %02x: verifies", name, i, bad[i])
			}
		}
	}
}

// Each check is reached, by a receipt in which only what it guards is wrong.
func TestEachCheckCanFail(t *testing.T) {
	stranger := newNetwork(t, "other.corridor")
	for _, c := range []struct {
		check Check
		spoil func(n *network) *Receipt
	}{
		{CheckHeader, func(n *network) *Receipt { return stranger.accepted() }},
		{CheckHeader, func(n *network) *Receipt { r := n.accepted(); r.Message.Header = r.Message.Header[1:]; return r }},
		{CheckHubCertificate, func(n *network) *Receipt { r := n.accepted(); r.Message.Certificate = r.Sender.Certificate; return r }},
		{CheckHubCertificate, func(n *network) *Receipt { n.clock = n.hub.Certificate().NotAfter; return n.accepted() }},
		{CheckPageSignature, func(n *network) *Receipt { r := n.accepted(); r.Message.Signature = r.Sender.Signature; return r }},
		{CheckEntryInPage, func(n *network) *Receipt { r := n.accepted(); r.Message.Index = 0; return r }},
		{CheckEntryInPage, func(n *network) *Receipt { r := n.accepted(); r.Message.Entry = n.refused().Message.Entry; return r }},
		{CheckEntryInPage, func(n *network) *Receipt { r := n.accepted(); r.Message.Path = r.Message.Path[1:]; return r }},
		{CheckEntry, func(n *network) *Receipt { r := n.accepted(); r.Message = n.page(0, other()); return r }},
		{CheckSubmission, func(n *network) *Receipt { return n.with(&entry.Accepted{Statement: []byte("nothing")}, n.sender) }},
		{CheckSubmission, func(n *network) *Receipt {
			s := stranger.submission(1)
			return n.with(&entry.Accepted{Statement: s.Append(nil)}, n.sender)
		}},
		{CheckSenderCertificate, func(n *network) *Receipt { r := n.accepted(); r.Sender.Certificate = n.hub.Certificate().DER; return r }},
		{CheckSenderCertificate, func(n *network) *Receipt {
			s := n.submission(1)
			return n.with(&entry.Accepted{Statement: s.Append(nil)}, n.receiver)
		}},
		{CheckSenderSignature, func(n *network) *Receipt { r := n.accepted(); r.Sender.Index = 1; return r }},
		{CheckSenderSignature, func(n *network) *Receipt { r := n.accepted(); r.Sender.Count = 4; return r }},
		{CheckSenderSignature, func(n *network) *Receipt { r := n.accepted(); r.Sender.Path[0][0] ^= 1; return r }},
		{CheckSenderSignature, func(n *network) *Receipt { r := n.accepted(); r.Sender = nil; return r }},
		{CheckSenderSignature, func(n *network) *Receipt { r := n.originated(); r.Sender = n.accepted().Sender; return r }},
		{CheckSenderSignature, func(n *network) *Receipt { // signed, but as an acknowledgement
			s := n.submission(1)
			r := n.with(&entry.Accepted{Statement: s.Append(nil)}, n.sender)
			r.Sender = ProveStatement(frame(n.sender, entry.DomainAcknowledgement, s.Append(nil)), 0, n.sender.Certificate().DER)
			return r
		}},
		{CheckEntry, func(n *network) *Receipt {
			r := n.acknowledge(n.accepted(), "")
			r.Delivery = &n.accepted().Message
			return r
		}},
		{CheckOrder, func(n *network) *Receipt {
			r := n.refused()
			d := n.acknowledge(n.accepted(), "")
			r.Delivery, r.Receiver = d.Delivery, d.Receiver
			return r
		}},
		{CheckOrder, func(n *network) *Receipt { // delivered in an earlier page
			d := n.acknowledge(n.accepted(), "")
			r := n.accepted()
			r.Delivery, r.Receiver = d.Delivery, d.Receiver
			return r
		}},
		{CheckOrder, func(n *network) *Receipt { // two pages of one number
			r := n.accepted()
			n.log = Log{}
			return n.acknowledge(r, "")
		}},
		{CheckAcknowledgement, func(n *network) *Receipt {
			r := n.accepted()
			d := n.acknowledge(n.with(&entry.Accepted{Statement: n.statement(8)}, n.sender), "")
			r.Delivery, r.Receiver = d.Delivery, d.Receiver
			return r
		}},
		{CheckOrder, func(n *network) *Receipt { // in an earlier page of a later time
			n.page(0, other())
			r := n.accepted()
			n.log = Log{}
			return n.acknowledge(r, "")
		}},
		{CheckOrder, func(n *network) *Receipt { // a later page with an earlier time
			r := n.accepted()
			n.clock = n.clock.Add(-time.Minute)
			return n.acknowledge(r, "")
		}},
		{CheckAcknowledgement, func(n *network) *Receipt { // by someone who was not to have it
			return n.acknowledgeAs(n.accepted(), n.sender, func(a *entry.Acknowledgement) { a.Receiver = "MERIDEFFAXXX" })
		}},
		{CheckAcknowledgement, func(n *network) *Receipt {
			return n.acknowledgeAs(n.accepted(), n.receiver, func(a *entry.Acknowledgement) { a.Network = "other.corridor" })
		}},
		{CheckSenderSignature, func(n *network) *Receipt { // the entry and the proof name other places in the frame
			s1, s2 := n.statement(1), n.statement(2)
			f := frame(n.sender, entry.DomainSubmission, s1, s2)
			return &Receipt{Message: n.page(0, &entry.Accepted{Index: 1, Statement: s1}), Sender: ProveStatement(f, 0, n.sender.Certificate().DER)}
		}},
		{CheckReceiverCertificate, func(n *network) *Receipt {
			r := n.acknowledge(n.accepted(), "")
			r.Receiver.Certificate = n.sender.Certificate().DER
			return r
		}},
		{CheckReceiverSignature, func(n *network) *Receipt {
			r := n.acknowledge(n.accepted(), "")
			r.Receiver.Signature = r.Sender.Signature
			return r
		}},
		{CheckReceiverSignature, func(n *network) *Receipt { r := n.acknowledge(n.accepted(), ""); r.Receiver = nil; return r }},
		{CheckMessage, func(n *network) *Receipt { r := n.accepted(); r.Original = []byte(message + "\n"); return r }},
		{CheckMessage, func(n *network) *Receipt { r := n.accepted(); r.Original = bytes.ToLower([]byte(message)); return r }},
	} {
		n := newNetwork(t, "lab.corridor")
		_, err := Verify(n.root, c.spoil(n), nil)
		var f *Failure
		if !errors.As(err, &f) || f.Check != c.check {
			t.Errorf("want the check %q to fail, got %v", c.check, err)
		}
	}
}

func (n *network) statement(number corridor.ISN) []byte {
	s := n.submission(number)
	return s.Append(nil)
}

// with is the receipt of an entry whose statement signer signed, alone in its frame and page.
func (n *network) with(e *entry.Accepted, signer *pki.MemberSigningKey) *Receipt {
	f := frame(signer, entry.DomainSubmission, e.Statement)
	return &Receipt{Message: n.page(0, e), Sender: ProveStatement(f, 0, signer.Certificate().DER)}
}

// A receipt stays proven after all certificates have expired: they are judged at the page's time.
func TestReceiptOutlivesCertificates(t *testing.T) {
	n := newNetwork(t, "lab.corridor")
	n.clock = n.hub.Certificate().NotAfter.Add(-time.Minute)
	if _, err := Verify(n.root, n.acknowledge(n.accepted(), ""), nil); err != nil {
		t.Error(err)
	}
}

// The golden files are receipts that every later version must still open, write and verify.
func TestGoldenReceipts(t *testing.T) {
	n, all := receipts(t)
	all["network"] = nil
	for name, r := range all {
		text := n.root.PEM()
		if r != nil {
			text = r.Encode()
		}
		golden(t, name+".pem", text)
	}
	text, err := os.ReadFile(filepath.Join("testdata", "network.pem"))
	if err != nil {
		t.Fatal(err)
	}
	root, err := pki.ParseRoot(text)
	if err != nil {
		t.Fatal(err)
	}
	for name, r := range all {
		if r == nil {
			continue
		}
		text, err := os.ReadFile(filepath.Join("testdata", name+".pem"))
		if err != nil {
			t.Fatal(err)
		}
		kept, err := DecodeReceipt(text)
		if err != nil {
			t.Fatal(name, err)
		}
		if _, err := Verify(root, kept, []byte(message)); err != nil {
			t.Error(name, err)
		}
	}
}

func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s: %d bytes are written, the golden file has %d others; a format never changes without a new version", name, len(got), len(want))
	}
}

func FuzzReceipt(f *testing.F) {
	n, all := receipts(f)
	for _, r := range all {
		f.Add(r.append(nil))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		text := pem.EncodeToMemory(&pem.Block{Type: receiptPEM, Bytes: b})
		r, err := DecodeReceipt(text)
		if err != nil {
			return
		}
		if !bytes.Equal(r.Encode(), text) {
			t.Fatal("decodes, and encodes to other bytes")
		}
		if _, err := Verify(n.root, r, nil); err == nil {
			for _, known := range all {
				if bytes.Equal(known.append(nil), b) {
					return
				}
			}
			t.Fatal("a receipt that nobody made verifies")
		}
	})
}

func FuzzHeader(f *testing.F) {
	_, all := receipts(f)
	f.Add(all["accepted"].Message.Header)
	f.Fuzz(func(t *testing.T, b []byte) {
		h, err := DecodeHeader(b)
		if err == nil && !bytes.Equal(h.Append(nil), b) {
			t.Fatal("decodes, and encodes to other bytes")
		}
	})
}
