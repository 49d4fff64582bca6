// Package sim runs many banks and the hub's heart, with the journal's real pages, on simulated time, disk and network, all
// from one seed: crashes at every step, frames lost, doubled, reordered and delayed, disk errors, torn pages, two leaders with clocks up
// to 200 ms off, and officers who file random orders meanwhile: disconnections, restrictions, lifts, amendments, pauses, returns.
// Checkers then compare what was sent, answered, stored and handed over (check.go), what orders let pass with a slow model of its own
// (oracle.go), and have the off-line verifier prove it. A seed and a commit replay any failure.
//
// The heart, the check of frames, the formats, signatures and proofs are the real ones; sockets, the shell's goroutines and
// the SQL engines are not: real processes and real databases have tests of their own.
package sim

import (
	"container/heap"
	"crypto/rand"
	"fmt"
	mathrand "math/rand/v2"
	"strings"
	"time"

	"corridor.example/corridor"
	"corridor.example/corridor/pki"
)

// Options of a run. The zero value is what tests use.
type Options struct {
	Banks    int      // 2 to 26; 0 is 4
	Messages int      // about how many; 0 is 60
	NoOrders bool     // traffic alone
	Sabotage Sabotage // break something on purpose, to see a checker fail
	Log      bool     // keep the log of events even when all is well
}

// Sabotage names a defect that is built in on purpose.
type Sabotage string

// The defects, each with the checker that must find it.
const (
	None           Sabotage = ""
	AnswerEarly    Sabotage = "answer-early"     // the hub answers before the page is durable: CheckLost
	AckBeforeStore Sabotage = "ack-before-store" // a bank acknowledges before it has stored: CheckLost
	HandOverTwice  Sabotage = "hand-over-twice"  // a bank does not drop repeats: CheckTwice
	Overtake       Sabotage = "overtake"         // a bank hands over the second before the first: CheckOrder
	OldJournal     Sabotage = "old-journal"      // a restart on an old copy of the journal: CheckAnswer or CheckLost
	AlterEntry     Sabotage = "alter-entry"      // a byte of an answer is flipped: CheckReceipt
	HiddenChange   Sabotage = "hidden-change"    // the state changes without an entry: CheckReplay
	LateFence      Sabotage = "late-fence"       // a fence stands behind a message that it was due before: CheckProof
	PassForbidden  Sabotage = "pass-forbidden"   // a message that an order forbids is shown as accepted: CheckPassed, CheckProof
	BlockOther     Sabotage = "block-other"      // a message that no order forbids is shown as refused by one: CheckBlocked, CheckProof
	ForgetMessage  Sabotage = "forget-message"   // what became of a message at the fence is left out: CheckProof
	ForgetOrder    Sabotage = "forget-order"     // a hub starts on a backup from before an order: CheckProof
)

// Result is what a run came to.
type Result struct {
	Seed      uint64
	Accepted  int
	Refused   int
	Delivered int
	Pages     int
	Crashes   int
	Leaders   int
	Orders    int // published
	Blocked   int // messages that orders stopped
	Failures  []Failure
	Log       []string
}

// Failure is one thing a checker found.
type Failure struct {
	Check Check
	Text  string
}

func (f Failure) String() string { return fmt.Sprintf("%s: %s", f.Check, f.Text) }

// Report is the failures and the log of events, for a person.
func (r *Result) Report() string {
	var b strings.Builder
	for _, f := range r.Failures {
		fmt.Fprintln(&b, f)
	}
	fmt.Fprintf(&b, "replay with: corridor sim --seed %d\nlast events:\n", r.Seed)
	for _, l := range r.Log {
		fmt.Fprintln(&b, " ", l)
	}
	return b.String()
}

// Keys are the certificates of a simulated network. They are made once and serve any number of runs.
type Keys struct {
	authority *pki.Authority
	root      *pki.Root
	hub       *pki.HubSigningKey
	members   [][]*pki.MemberSigningKey // of each bank, in the order in which it takes them
	officers  []*pki.OfficerSigningKey
	start     time.Time
}

// network is the name of every simulated network.
const network corridor.Network = "sim.corridor"

const maxBanks = 26

// MakeKeys makes an authority, a hub's key and the keys of as many banks as a run may have.
func MakeKeys() (*Keys, error) {
	start := time.Now().Truncate(time.Second)
	a, err := pki.CreateAuthority(network, 48*time.Hour, start.Add(-time.Hour), rand.Reader)
	if err != nil {
		return nil, err
	}
	h, err := a.IssueHub([]string{"localhost"}, 47*time.Hour, start.Add(-time.Hour), rand.Reader)
	if err != nil {
		return nil, err
	}
	k := &Keys{authority: a, root: a.Root(), hub: h.HubKey(), members: make([][]*pki.MemberSigningKey, maxBanks), start: start}
	for i := range maxBanks * keysEach {
		bank := i % maxBanks
		m, err := a.IssueMember([]corridor.LT{bankLT(bank)}, 47*time.Hour, start.Add(-time.Hour), rand.Reader)
		if err != nil {
			return nil, err
		}
		k.members[bank] = append(k.members[bank], m.MemberKey(0))
	}
	return k, k.makeOfficers(func(name string) (*pki.Issued, error) {
		return a.IssueOfficer("", name, 47*time.Hour, start.Add(-time.Hour), rand.Reader)
	})
}

// keysEach is how many keys a bank may take in a run: each readmission needs a new one.
const keysEach = 4

func bankLT(i int) corridor.LT { return corridor.LT(fmt.Sprintf("SIM%cDEFFAXXX", 'A'+i)) }

// world is one run: the clock, the queue of what will happen, chance, the log.
type world struct {
	keys    *Keys
	options Options
	rng     *mathrand.Rand
	now     int64 // nanoseconds since the start
	queue   queue
	order   uint64
	calm    bool // no more faults: let everything come to its end
	disk    *disk
	leaders []*leader
	banks   []*bank
	office  *office
	quiet   int64 // when the newest page was written
	log     []string
	result  *Result
}

// event is something that will happen.
type event struct {
	at, order int64
	do        func()
}

type queue []event

func (q queue) Len() int { return len(q) }
func (q queue) Less(i, j int) bool {
	return q[i].at < q[j].at || q[i].at == q[j].at && q[i].order < q[j].order
}
func (q queue) Swap(i, j int) { q[i], q[j] = q[j], q[i] }
func (q *queue) Push(x any)   { *q = append(*q, x.(event)) }
func (q *queue) Pop() any {
	old := *q
	x := old[len(old)-1]
	*q = old[:len(old)-1]
	return x
}

// after lets something happen later.
func (w *world) after(d time.Duration, do func()) {
	w.order++
	heap.Push(&w.queue, event{w.now + int64(d), int64(w.order), do})
}

// chance is true with probability p while there are faults.
func (w *world) chance(p float64) bool { return !w.calm && w.rng.Float64() < p }

// between is a random time.
func (w *world) between(lo, hi time.Duration) time.Duration {
	return lo + time.Duration(w.rng.Int64N(int64(hi-lo)))
}

// clock is the time that the heart and the banks see.
func (w *world) clock() time.Time { return w.keys.start.Add(time.Duration(w.now)) }

const maxLog = 400

func (w *world) note(format string, args ...any) {
	if len(w.log) >= 2*maxLog {
		w.log = append(w.log[:0], w.log[maxLog:]...)
	}
	w.log = append(w.log, fmt.Sprintf("%9.3fs ", float64(w.now)/1e9)+fmt.Sprintf(format, args...))
}

func (w *world) fail(c Check, format string, args ...any) {
	if len(w.result.Failures) < 20 {
		w.result.Failures = append(w.result.Failures, Failure{c, fmt.Sprintf(format, args...)})
	}
	w.note("FAILURE %s: %s", c, fmt.Sprintf(format, args...))
}

// times of a run: faults until calm, then time to finish.
const (
	faultTime  = 40 * time.Second
	finishTime = 400 * time.Second
)

// Run simulates one seed. It panics only if the heart contradicts itself, which is a failure of its own.
func Run(seed uint64, k *Keys, o Options) (result *Result) {
	if o.Banks == 0 {
		o.Banks = 4
	}
	if o.Messages == 0 {
		o.Messages = 60
	}
	w := &world{keys: k, options: o, rng: mathrand.New(mathrand.NewPCG(seed, 0xc0441d04)), result: &Result{Seed: seed}, disk: &disk{}}
	defer func() {
		if p := recover(); p != nil {
			w.fail(CheckHeart, "%v", p)
		}
		result = w.result
		if len(result.Failures) > 0 || o.Log {
			result.Log = w.log
		}
	}()
	w.begin()
	for len(w.queue) > 0 && w.now < int64(finishTime) && !w.finished() {
		e := heap.Pop(&w.queue).(event)
		w.now = e.at
		e.do()
	}
	w.check()
	return w.result
}

// begin sets the scene: a leader, the banks, their traffic, and the accidents to come.
func (w *world) begin() {
	w.office = &office{w: w}
	w.newLeader()
	for i := range w.options.Banks {
		w.banks = append(w.banks, newBank(w, i))
	}
	if err := w.office.found(); err != nil {
		w.fail(CheckHeart, "found the policy: %v", err)
	}
	if !w.options.NoOrders {
		w.after(w.between(2*time.Second, 8*time.Second), w.office.plan)
	}
	w.traffic()
	w.after(w.between(time.Second, 15*time.Second), w.accident)
	w.after(faultTime, func() {
		w.calm = true
		w.note("from here on nothing fails")
	})
}

// accident crashes something, or lets a second leader begin, and plans the next.
func (w *world) accident() {
	if w.calm {
		return
	}
	switch w.rng.IntN(4) {
	case 0:
		w.leaders[len(w.leaders)-1].crash()
	case 1, 2:
		w.banks[w.rng.IntN(len(w.banks))].crash()
	case 3:
		w.note("a second leader begins while the first still works")
		w.newLeader()
	}
	w.after(w.between(500*time.Millisecond, 8*time.Second), w.accident)
}

// send carries something over the network: it may be lost, come twice, and overtake what was sent before.
func (w *world) send(what string, deliver func()) {
	if w.chance(0.02) {
		w.note("lost: %s", what)
		return
	}
	w.after(w.between(time.Millisecond, 30*time.Millisecond), deliver)
	if w.chance(0.03) {
		w.note("doubled: %s", what)
		w.after(w.between(time.Millisecond, 300*time.Millisecond), deliver)
	}
}
