package hub

import (
	"crypto/ed25519"
	"log/slog"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"corridor.example/corridor"
	"corridor.example/corridor/entry"
	"corridor.example/corridor/evidence"
	"corridor.example/corridor/pki"
	"corridor.example/corridor/rma"
	"golang.org/x/sync/semaphore"
)

// Standards judges a message against its statement and the rules of its standard: step 4 of a message's way. It is
// called from many goroutines, keeps nothing and reads no clock; at is when the message came.
type Standards func(s *entry.Submission, payload []byte, at time.Time) *corridor.Fault

// job is one frame on its way from the wire to the heart.
type job struct {
	line   *line
	raw    []byte
	ack    bool
	frame  Frame
	public ed25519.PublicKey
	signed []byte
	done   bool
	closes string // not a frame: the session ends here, for this reason
}

// checker checks frames in parallel and hands them to their line in the order in which they came.
type checker struct {
	network   corridor.Network
	standards Standards
	clock     func() time.Time
	log       *slog.Logger // may be nil
	root      *pki.Root    // whose officers' acts messages may carry; nil for none
	look      atomic.Bool  // orders look inside every message: the particulars are read here, not on the heart's goroutine
	keys      keyring
	stopped   <-chan struct{}
	jobs      chan *job
	done      sync.WaitGroup
}

// signer is what checks and receivers need of a member's key. Whether it is revoked is the heart's knowledge.
type signer struct {
	public ed25519.PublicKey
	der    []byte
}

// keyring holds the members' keys that the heart has admitted; it is safe for concurrent use.
type keyring struct{ byID sync.Map }

func (k *keyring) put(id corridor.Digest, s signer) { k.byID.Store(id, s) }

func (k *keyring) get(id corridor.Digest) (signer, bool) {
	s, ok := k.byID.Load(id)
	if !ok {
		return signer{}, false
	}
	return s.(signer), true
}

// Checker is the check of frames without the shell's workers, for those who run a heart by themselves.
type Checker struct{ c checker }

// NewChecker makes one; clock gives the time of a check.
func NewChecker(network corridor.Network, standards Standards, clock func() time.Time) *Checker {
	c := &Checker{}
	c.c.network, c.c.standards, c.c.clock = network, standards, clock
	return c
}

// TrustOfficers lets messages carry acts of the officers of a network.
func (c *Checker) TrustOfficers(root *pki.Root) { c.c.root = root }

// Admit lets frames of a member's signing key pass.
func (c *Checker) Admit(lt corridor.LT, certificate []byte) error {
	k, err := readKey(lt, certificate)
	if err == nil {
		c.c.keys.put(keyID(certificate), signer{k.public, certificate})
	}
	return err
}

// Check checks one frame of a session.
func (c *Checker) Check(s SessionRef, raw []byte, acknowledgements bool) *Frame {
	j := &job{line: &line{ref: s}, raw: raw, ack: acknowledgements}
	c.c.check([]*job{j})
	return &j.frame
}

func (c *checker) start(workers int, stopped <-chan struct{}) {
	c.stopped = stopped
	c.jobs = make(chan *job, maxQueuedChecks)
	for range workers {
		c.done.Go(c.work)
	}
}

// work takes what is there, up to a batch, checks it and delivers it. It never waits for a batch to fill.
func (c *checker) work() {
	batch := make([]*job, 0, checkBatch)
	for {
		select {
		case j := <-c.jobs:
			batch = c.fill(append(batch[:0], j))
		case <-c.stopped:
			return
		}
		c.check(batch)
		for _, j := range batch {
			j.line.checked(j)
		}
	}
}

func (c *checker) fill(batch []*job) []*job {
	for len(batch) < checkBatch {
		select {
		case j := <-c.jobs:
			batch = append(batch, j)
		default:
			return batch
		}
	}
	return batch
}

func (c *checker) check(batch []*job) {
	for _, j := range batch {
		if f := c.read(j); f != nil {
			j.frame.Fault = f
		}
	}
	c.verify(batch)
}

// verify checks the signatures of all frames that are otherwise sound, together; if that fails, one by one.
func (c *checker) verify(batch []*job) {
	var all pki.Batch
	for _, j := range batch {
		if j.frame.Fault == nil {
			all.Add(j.public, j.signed, j.frame.Record.Signature)
		}
	}
	if all.Len() == 0 || all.Verify() {
		return
	}
	for _, j := range batch {
		if j.frame.Fault == nil && !pki.Verify(j.public, j.signed, j.frame.Record.Signature) {
			j.frame.Fault = corridor.NetworkFault(corridor.FaultSignature)
		}
	}
}

// read decodes a frame and checks everything but its signature.
func (c *checker) read(j *job) *corridor.Fault {
	raw, err := entry.DecodeFrame(j.raw)
	if err != nil {
		return corridor.NetworkFault(corridor.FaultMalformed, err)
	}
	leaves := make([]corridor.Digest, len(raw.Items))
	for i := range raw.Items {
		leaves[i] = entry.LeafHash(raw.Items[i].Statement)
	}
	domain := entry.DomainSubmission
	if j.ack {
		domain = entry.DomainAcknowledgement
	}
	j.frame.Record = entry.FrameRecord{Domain: domain, Signer: raw.Signer, Signature: raw.Signature, Leaves: leaves}
	j.frame.Tree = evidence.NewTree(leaves)
	j.signed = entry.AppendSigned(make([]byte, 0, 80), domain, len(leaves), j.frame.Tree.Root())
	k, ok := c.keys.get(raw.Signer)
	if !ok {
		return corridor.NetworkFault(corridor.FaultSignerUnknown)
	}
	j.public = k.public
	if j.ack {
		return c.readAcknowledgements(j, raw.Items)
	}
	return c.readSubmissions(j, raw.Items)
}

func (c *checker) readSubmissions(j *job, items []entry.Item) *corridor.Fault {
	j.frame.Submissions = make([]Submission, len(items))
	now := c.clock()
	for i := range items {
		sub := &j.frame.Submissions[i]
		var err error
		if sub.Submission, err = entry.DecodeSubmission(items[i].Statement); err != nil {
			return corridor.NetworkFault(corridor.FaultMalformed, err)
		}
		sub.Statement, sub.Payload = items[i].Statement, items[i].Payload
		if i == 0 {
			j.frame.First = sub.Number
		} else if sub.Number != j.frame.Submissions[i-1].Number+1 {
			return corridor.NetworkFault(corridor.FaultMalformed, "the numbers of a frame follow one another")
		}
		if f := c.bound(j, sub, now); f != nil {
			return f
		}
		sub.Fault = c.judge(sub, now)
	}
	return nil
}

// bound checks that a statement is this network's, this terminal's, of this time, and of this payload: faults of the
// frame, for what is not so cannot consume a number.
func (c *checker) bound(j *job, s *Submission, now time.Time) *corridor.Fault {
	signedAt := time.UnixMilli(int64(s.SignedAt))
	switch {
	case s.Network != c.network:
		return corridor.NetworkFault(corridor.FaultStatementOther, s.Network)
	case s.Sender != j.line.ref.LT:
		return corridor.NetworkFault(corridor.FaultReplayed, s.Sender)
	case uint64(len(s.Payload)) != s.PayloadSize || corridor.DigestOf(s.Payload) != s.Submission.Payload:
		return corridor.NetworkFault(corridor.FaultPayloadDigest, "number", s.Number)
	case signedAt.Sub(now) > corridor.MaxClockSkew:
		return corridor.NetworkFault(corridor.FaultClock, "number", s.Number, "signed", signedAt.Sub(now).Round(time.Second), "from now")
	}
	return nil
}

func (c *checker) judge(s *Submission, now time.Time) *corridor.Fault {
	if len(s.Payload) > corridor.MaxPayload {
		return corridor.NetworkFault(corridor.FaultTooLong, len(s.Payload), "bytes")
	}
	if s.Priority == corridor.System {
		return corridor.NetworkFault(corridor.FaultStatement, "priority S is the network's own")
	}
	if rma.IsKind(s.Type) {
		return c.readAuthorisation(s, now)
	}
	if c.look.Load() {
		s.particulars()
	}
	if c.standards == nil {
		return nil
	}
	return c.apply(s, now)
}

// readAuthorisation reads the act that a message of package rma carries, and checks who signed it.
func (c *checker) readAuthorisation(s *Submission, now time.Time) *corridor.Fault {
	if c.root == nil {
		return corridor.NetworkFault(corridor.FaultFormat, "this network carries no authorisations")
	}
	acted, act, f := rma.ReadMessage(s.Payload)
	if f == nil {
		f = rma.CheckMessage(&s.Submission, &acted, &act)
	}
	if f != nil {
		return f
	}
	s.Act = ReadAct(c.root, acted, now)
	return nil
}

// apply asks the standards. A panic there is a bug, and the message that wakes it must not stop the network each time it is
// sent: it is refused, and the bug is in the log.
func (c *checker) apply(s *Submission, now time.Time) (f *corridor.Fault) {
	defer func() {
		if p := recover(); p != nil {
			f = corridor.NetworkFault(corridor.FaultFormat, "the network's check of it failed; the operator has the details")
			f.Whose = corridor.Hub
			if c.log != nil {
				c.log.Error("a check of a message panicked: report this as a defect", "lt", s.Sender, "isn", s.Number, "type", s.Type, "panic", p, "stack", string(debug.Stack()))
			}
		}
	}()
	return c.standards(&s.Submission, s.Payload, now)
}

func (c *checker) readAcknowledgements(j *job, items []entry.Item) *corridor.Fault {
	j.frame.Acknowledgements = make([]Acknowledgement, len(items))
	for i := range items {
		a := &j.frame.Acknowledgements[i]
		var err error
		if a.Acknowledgement, err = entry.DecodeAcknowledgement(items[i].Statement); err != nil {
			return corridor.NetworkFault(corridor.FaultMalformed, err)
		}
		a.Statement = items[i].Statement
		switch {
		case len(items[i].Payload) != 0:
			return corridor.NetworkFault(corridor.FaultMalformed, "an acknowledgement has no payload")
		case a.Network != c.network:
			return corridor.NetworkFault(corridor.FaultStatementOther, a.Network)
		case a.Receiver != j.line.ref.LT:
			return corridor.NetworkFault(corridor.FaultReplayed, a.Receiver)
		}
	}
	return nil
}

// line keeps the order of one session's frames through the parallel check.
type line struct {
	ref   SessionRef
	room  *semaphore.Weighted // bytes of frames that are not decided yet
	toHub func([]*job)
	mu    sync.Mutex
	queue []*job // in the order of arrival

	falseSignatures int // frames with one; the heart's goroutine counts
}

// push notes a frame's place in the order, before it is checked.
func (l *line) push(j *job) {
	l.mu.Lock()
	l.queue = append(l.queue, j)
	l.mu.Unlock()
}

// checked marks a frame and hands over all that are next in order.
func (l *line) checked(j *job) {
	l.mu.Lock()
	defer l.mu.Unlock()
	j.done = true
	n := 0
	for n < len(l.queue) && l.queue[n].done {
		n++
	}
	if n == 0 {
		return
	}
	l.toHub(append([]*job(nil), l.queue[:n]...))
	l.queue = append(l.queue[:0], l.queue[n:]...)
}
