package verify_test

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"fmt"
	"path/filepath"
	"runtime"
	"sync"
	"testing"
	"time"

	"corridor.example/corridor"
	"corridor.example/corridor/entry"
	"corridor.example/corridor/evidence"
	"corridor.example/corridor/journal"
	"corridor.example/corridor/standing"
	"corridor.example/corridor/standing/verify"
)

// bulk records pages of messages as a busy hub writes them: frames of 64, acknowledgements in frames of 256.
func (r *recorder) bulk(from, to corridor.LT, messages int) {
	r.login(from)
	r.login(to)
	payload := bytes.Repeat([]byte("payload "), 60)
	digest := corridor.DigestOf(payload)
	var at []corridor.Position
	var leaves []corridor.Digest
	for first := 0; first < messages; first += 64 {
		var statements [][]byte
		var frame []corridor.Digest
		for range 64 {
			r.isn[from]++
			s := entry.Submission{Network: network, Sender: from, Receiver: to.Destination(), Number: r.isn[from], Type: "fin.103", Priority: corridor.Normal,
				Reference: corridor.Reference(fmt.Sprintf("REF%012d", r.isn[from])), UETR: "c8b66b47-2bd9-48fe-be90-93c2096f27d2", Payload: digest, PayloadSize: uint64(len(payload)), SignedAt: 1}
			statements = append(statements, s.Append(nil))
			frame = append(frame, entry.LeafHash(statements[len(statements)-1]))
		}
		f := r.signedFrame(entry.DomainSubmission, from, frame)
		for i, s := range statements {
			at = append(at, r.add(&entry.Accepted{Frame: f, Index: uint32(i), Session: 1, Statement: s}, payload))
		}
		leaves = append(leaves, frame...)
	}
	r.add(&entry.Assigned{LT: to, Session: 1, First: r.osn[to] + 1, Messages: at}, nil)
	for first := 0; first < len(at); first += 256 {
		n := min(256, len(at)-first)
		var statements [][]byte
		var frame []corridor.Digest
		for i := range n {
			r.osn[to]++
			a := entry.Acknowledgement{Network: network, Receiver: to, Number: r.osn[to], Message: leaves[first+i], ReceivedAt: 1}
			statements = append(statements, a.Append(nil))
			frame = append(frame, entry.LeafHash(statements[i]))
		}
		f := r.signedFrame(entry.DomainAcknowledgement, to, frame)
		for i, s := range statements {
			r.add(&entry.Acknowledged{Frame: f, Index: uint32(i), Statement: s}, nil)
		}
	}
}

func (r *recorder) signedFrame(d entry.Domain, who corridor.LT, leaves []corridor.Digest) uint32 {
	k := r.members[who]
	return r.builder.AddFrame(entry.FrameRecord{Domain: d, Signer: k.Certificate().ID, Signature: k.Sign(entry.AppendSigned(nil, d, len(leaves), evidence.RootOf(leaves))), Leaves: leaves})
}

// BenchmarkVerify reads and proves an export without contents, and a whole one: records a second from the file's bytes to the three sentences,
// with all signatures, an order over 300 institutions in force.
func BenchmarkVerify(b *testing.B) {
	r := newRecorder(b, vostrova, sister, german, french)
	var cut []corridor.BIC
	for i := range 300 {
		cut = append(cut, corridor.BIC(fmt.Sprintf("ZQ%c%cRUMM", 'A'+i/26, 'A'+i%26)))
	}
	r.order(standing.Order{ID: "ORD-1", Kind: standing.Disconnect, Subject: resolved(cut...), Effective: standing.Effective{UTC: start.Add(time.Hour).Format(time.RFC3339)}})
	const pages, messages = 60, 768
	for i := range pages {
		r.page(start.Add(2*time.Hour + time.Duration(i)*time.Millisecond))
		r.bulk(german, french, messages)
	}
	records := 0
	j := must(journal.Open(b.Context(), filepath.Join(b.TempDir(), "journal.db"), journal.Options{}))
	defer j.Close()
	for _, p := range r.end() {
		if err := j.Append(context.Background(), p); err != nil {
			b.Fatal(err)
		}
		records += int(p.Header.Entries)
	}
	var whole, redacted bytes.Buffer
	must(j.Export(b.Context(), 0, journal.ToEnd, &whole))
	must(j.ExportRedacted(b.Context(), 0, journal.ToEnd, journal.Redaction{}, &redacted))
	for name, file := range map[string][]byte{"redacted": redacted.Bytes(), "whole": whole.Bytes()} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				got := verifyFile(b, r, file)
				if !got.Holds() || got.Counts.Delivered != pages*messages {
					b.Fatalf("%+v", got)
				}
			}
			b.ReportMetric(float64(records)*float64(b.N)/b.Elapsed().Seconds(), "records/s")
		})
	}
}

// verifyFile reads on one goroutine, follows on another, and checks signatures on all processors, as corridor order verify does.
func verifyFile(t testing.TB, r *recorder, file []byte) *verify.Result {
	work := make(chan func(), 1024)
	var all sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		all.Go(func() {
			for f := range work {
				f()
			}
		})
	}
	v := verify.New(verify.Options{Root: r.authority.Root(), Particulars: particulars, Aside: func(f func()) { work <- f }})
	pages := make(chan *journal.Page, 8)
	var failed error
	go func() {
		defer close(pages)
		_, failed = journal.CheckExport(bytes.NewReader(file), journal.CheckOptions{
			HubKey: func(der []byte, at time.Time) (ed25519.PublicKey, error) {
				c, err := r.authority.Root().Hub(der, at)
				if err != nil {
					return nil, err
				}
				return c.Public, nil
			},
			Page: func(p *journal.Page) error { pages <- p; return nil },
		})
	}()
	for p := range pages {
		if err := v.Page(p); err != nil {
			t.Fatal(err)
		}
	}
	close(work)
	all.Wait()
	if failed != nil {
		t.Fatal(failed)
	}
	return v.End()
}
