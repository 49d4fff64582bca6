package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"corridor.example/corridor"
)

const (
	// killSeedEnv repeats a run of the kill test: the moments are then drawn alike, though not met to the microsecond.
	killSeedEnv = "CORRIDOR_KILL_SEED"
	killRounds  = 30
	// restTimeout is how long everything may take to come to rest after the last kill.
	restTimeout = 25 * time.Second
)

// mt199 is a free-format message between terminals.
func mt199(from, to corridor.LT, priority, reference, text string) []byte {
	return []byte("{1:F01" + string(from) + "0000000000}{2:I199" + string(to) + priority + "}{3:{108:" + reference + "}}{4:\r\n:20:" + reference +
		"\r\n:79:" + text + "\r\n-}")
}

// block4 is the text of a FIN message.
func block4(message []byte) string {
	_, rest, _ := bytes.Cut(message, []byte("{4:"))
	text, _, _ := bytes.Cut(rest, []byte("-}"))
	return string(text)
}

// sentMessage is what the load remembers of a message.
type sentMessage struct {
	from, to  corridor.LT
	priority  string
	reference string
	content   []byte
	refused   bool // no such receiver
}

// traffic drops messages between all terminals until it is stopped.
type traffic struct {
	m    *machines
	rng  *rand.Rand
	lts  []corridor.LT
	sent []sentMessage // in the order of dropping
	stop chan struct{}
	all  sync.WaitGroup
}

func startTraffic(m *machines, seed uint64, lts ...corridor.LT) *traffic {
	l := &traffic{m: m, rng: rand.New(rand.NewPCG(seed, 1)), lts: lts, stop: make(chan struct{})}
	l.all.Go(func() {
		for {
			l.drop()
			select {
			case <-l.stop:
				return
			case <-time.After(time.Duration(5+l.rng.IntN(50)) * time.Millisecond):
			}
		}
	})
	return l
}

func (l *traffic) drop() {
	k := len(l.sent)
	from := k % len(l.lts)
	s := sentMessage{from: l.lts[from], to: l.lts[(from+1+l.rng.IntN(len(l.lts)-1))%len(l.lts)], priority: "N", reference: fmt.Sprintf("K%05d", k)}
	if l.rng.IntN(4) == 0 {
		s.priority = "U1" // urgent asks for monitoring
	}
	if l.rng.IntN(16) == 0 {
		s.to, s.refused = "NOWHFRP0XXXX", true
	}
	s.content = mt199(s.from, s.to, s.priority, s.reference, strings.Repeat("LINE OF A FREE FORMAT MESSAGE\r\n", l.rng.IntN(20))+"THE END OF "+s.reference)
	l.m.drop(s.from, s.reference+".fin", s.content)
	l.sent = append(l.sent, s)
}

func (l *traffic) end() {
	close(l.stop)
	l.all.Wait()
}

// office takes files out of an incoming folder, so that a second hand-over of a message is seen.
type office struct {
	t     testing.TB
	from  string
	taken string
	stop  chan struct{}
	all   sync.WaitGroup
}

func openOffice(m *machines, lt corridor.LT) *office {
	o := &office{t: m.t, from: m.incoming(lt), taken: m.path("taken-" + string(lt)), stop: make(chan struct{})}
	noError(m.t, os.Mkdir(o.taken, 0o700))
	o.all.Go(func() {
		for {
			o.take()
			select {
			case <-o.stop:
				return
			case <-time.After(5 * time.Millisecond):
			}
		}
	})
	m.t.Cleanup(o.close)
	return o
}

func (o *office) take() {
	for _, name := range names(o.t, o.from) {
		to := filepath.Join(o.taken, name)
		if fileExists(to) {
			o.t.Errorf("%s was handed over twice", to)
		}
		if err := os.Rename(filepath.Join(o.from, name), to); err != nil {
			o.t.Error(err)
		}
	}
}

func (o *office) close() {
	select {
	case <-o.stop:
	default:
		close(o.stop)
		o.all.Wait()
	}
}

func (o *office) count() int {
	all, _ := filepath.Glob(filepath.Join(o.taken, "*.fin"))
	return len(all)
}

// verified runs "corridor verify --json" in this process, for a receipt and, where it is at hand, its message.
func (m *machines) verified(receipt string, message ...string) verifiedJSON {
	m.t.Helper()
	var out, failed bytes.Buffer
	status := run(append([]string{"verify", "--json", "--root", m.path("ca", "network.pem"), receipt}, message...), streams{nil, &out, &failed})
	var v verifiedJSON
	if err := json.Unmarshal(out.Bytes(), &v); status != 0 || err != nil || !v.Verified || v.MessageVerified != (len(message) == 1) {
		m.t.Errorf("verify %s: status %d, %v\n%s%s", receipt, status, err, &out, &failed)
	}
	return v
}

// TestProcessesKilledAtRandom kills hub and gateways with SIGKILL at random moments under load, starts them again, lets
// everything come to rest and compares what was dropped, answered, recorded, delivered and handed over.
func TestProcessesKilledAtRandom(t *testing.T) {
	rounds, seed := killRounds, uint64(time.Now().UnixNano())
	if testing.Short() {
		rounds = 5
	}
	if given := os.Getenv(killSeedEnv); given != "" {
		var err error
		seed, err = strconv.ParseUint(given, 10, 64)
		noError(t, err)
	}
	t.Logf("%s=%d", killSeedEnv, seed)
	lts := []corridor.LT{merid, cedar, tamar}
	m := newMachines(t, lts...)
	roles := []string{"hub"}
	offices := map[corridor.LT]*office{}
	for _, lt := range lts {
		roles = append(roles, string(lt))
		offices[lt] = openOffice(m, lt)
	}
	m.startAll(lts...)
	l := startTraffic(m, seed, lts...)
	m.killRounds(rand.New(rand.NewPCG(seed, 2)), roles, rounds)
	l.end()
	for _, role := range roles[1:] { // a new start connects at once, without the pauses that the kills have made long
		m.restart(role)
	}
	m.atRest(l.sent, offices)
	time.Sleep(500 * time.Millisecond) // a second copy would come now
	for _, o := range offices {
		o.close()
	}
	m.compare(l.sent)
	m.journalIsWhole(l.sent)
	t.Logf("%d messages, %d rounds", len(l.sent), rounds)
}

// killRounds lets the load run for a moment, kills one or two processes, and starts them again a moment later.
func (m *machines) killRounds(rng *rand.Rand, roles []string, rounds int) {
	moment := func(most int) { time.Sleep(time.Duration(rng.IntN(most)) * time.Millisecond) }
	for range rounds {
		moment(800)
		victims := roles[:1]
		switch rng.IntN(4) {
		case 0:
			victims = []string{"hub", roles[1+rng.IntN(len(roles)-1)]}
		case 1, 2:
			victims = []string{roles[1+rng.IntN(len(roles)-1)]}
		}
		for _, v := range victims {
			m.kill(v)
			moment(20)
		}
		for _, v := range victims {
			moment(100)
			m.start(v)
		}
	}
}

// atRest waits until every message has its answer and every accepted one is with its receiver's back office.
func (m *machines) atRest(sent []sentMessage, offices map[corridor.LT]*office) {
	m.t.Helper()
	answers, arrivals := map[corridor.LT]int{}, map[corridor.LT]int{}
	for _, s := range sent {
		answers[s.from]++
		if !s.refused {
			arrivals[s.to]++
		}
	}
	for lt, o := range offices {
		m.eventually(restTimeout, fmt.Sprintf("%s has its %d answers and %d messages", lt, answers[lt], arrivals[lt]), func() bool {
			return len(m.answers(lt, ".ack"))+len(m.answers(lt, ".nak")) >= answers[lt] && o.count() >= arrivals[lt]
		})
		m.eventually(restTimeout, fmt.Sprintf("%s is on line and at rest", lt), func() bool {
			s, ok := m.gatewayStatus(lt)
			return ok && s.Connected && s.Waiting == 0 && s.Unrouted == 0 && s.Stopped == ""
		})
	}
}

// compare asks that each message was answered once, that what was accepted came once, as it was sent, proven and in order.
func (m *machines) compare(sent []sentMessage) {
	m.t.Helper()
	came := m.arrivals()
	accepted := 0
	for _, s := range sent {
		answer := ".ack"
		if s.refused {
			answer = ".nak"
		}
		if got := m.answersTo(&s); !slices.Equal(got, []string{answer}) {
			m.t.Errorf("%s of %s has the answers %v, want one %s", s.reference, s.from, got, answer)
			continue
		}
		base := m.outgoing(s.from, "sent", s.reference)
		v := m.verified(base+".receipt", base+".fin")
		got := came[s.reference]
		delete(came, s.reference)
		if s.refused {
			if v.Outcome != "refused" || len(got) != 0 {
				m.t.Errorf("%s: outcome %s, %d copies came", s.reference, v.Outcome, len(got))
			}
			continue
		}
		accepted++
		if len(got) != 1 {
			m.t.Errorf("%s came %d times", s.reference, len(got))
			continue
		}
		m.sameMessage(&s, &v, &got[0])
	}
	for reference := range came {
		m.t.Errorf("%s came and was never sent", reference)
	}
	m.t.Logf("%d accepted, %d refused", accepted, len(sent)-accepted)
}

// answersTo lists the extensions of all answers to a message, those under a name that was made unique too.
func (m *machines) answersTo(s *sentMessage) (found []string) {
	for _, name := range names(m.t, m.outgoing(s.from, "sent")) {
		if strings.HasPrefix(name, s.reference+".") && (filepath.Ext(name) == ".ack" || filepath.Ext(name) == ".nak") {
			found = append(found, strings.TrimPrefix(name, s.reference))
		}
	}
	return found
}

// arrival is a message in a back office.
type arrival struct {
	at    corridor.LT
	osn   int
	text  string
	proof verifiedJSON
}

// arrivals are all messages of all back offices by reference, each verified; it asks for rising numbers and for order.
func (m *machines) arrivals() map[string][]arrival {
	m.t.Helper()
	came := map[string][]arrival{}
	for _, lt := range []corridor.LT{merid, cedar, tamar} { // those without a back office have none
		newest := map[string]string{} // of a sender and priority
		files, _ := filepath.Glob(filepath.Join(m.path("taken-"+string(lt)), "*.fin"))
		slices.Sort(files)
		for i, path := range files {
			content, err := os.ReadFile(path)
			noError(m.t, err)
			a := arrival{at: lt, text: block4(content), proof: m.verified(strings.TrimSuffix(path, ".fin")+".receipt", path)}
			if a.osn, err = strconv.Atoi(strings.SplitN(filepath.Base(path), "-", 2)[0]); err != nil || a.osn != i+1 {
				m.t.Errorf("%s is the file number %d of %s", filepath.Base(path), i+1, lt)
			}
			stream := a.proof.Sender + a.proof.Priority
			if newest[stream] >= a.proof.Reference {
				m.t.Errorf("%s: %s came after %s of the same sender and priority", lt, a.proof.Reference, newest[stream])
			}
			newest[stream] = a.proof.Reference
			came[a.proof.Reference] = append(came[a.proof.Reference], a)
		}
	}
	return came
}

// sameMessage asks that sender's and receiver's proofs name one entry of the journal, and the text is as it was sent.
func (m *machines) sameMessage(s *sentMessage, v *verifiedJSON, a *arrival) {
	m.t.Helper()
	p := &a.proof
	if a.at != s.to || a.text != block4(s.content) {
		m.t.Errorf("%s came to %s with the text\n%q\nwant, at %s,\n%q", s.reference, a.at, a.text, s.to, block4(s.content))
	}
	if p.Position != v.Position || p.MIR != v.MIR || p.ISN != v.ISN || p.MessageSHA256 != v.MessageSHA256 {
		m.t.Errorf("%s: the sender's receipt says %s %s, the receiver's %s %s", s.reference, v.Position, v.MIR, p.Position, p.MIR)
	}
}

// journalIsWhole checks every page, and that the journal has each decision once.
func (m *machines) journalIsWhole(sent []sentMessage) {
	m.t.Helper()
	refused := 0
	for _, s := range sent {
		if s.refused {
			refused++
		}
	}
	want := uint64(len(sent) - refused)
	m.eventually(5*time.Second, "the last acknowledgement is recorded", func() bool { return m.hubStatus().Delivered == want })
	if s := m.hubStatus(); s.Accepted != want || s.Refused != uint64(refused) || s.Waiting != 0 {
		m.t.Errorf("the journal has %d accepted, %d refused, %d waiting; want %d, %d and none", s.Accepted, s.Refused, s.Waiting, want, refused)
	}
	m.corridor("journal", "check", "--journal", m.journal, "--root", m.path("ca", "network.pem"))
}

// TestResubmissionGivesTheSameAnswer puts a gateway's store back to where nothing was answered yet, so that it submits all again.
func TestResubmissionGivesTheSameAnswer(t *testing.T) {
	m := newMachines(t, merid, cedar)
	m.startAll(merid, cedar)
	m.eventually(20*time.Second, "the sender is on line", func() bool { s, _ := m.gatewayStatus(merid); return s.Connected })
	m.signal("hub", syscall.SIGTERM)
	const count = 6
	for k := range count {
		to := cedar
		if k == 3 {
			to = "NOWHFRP0XXXX"
		}
		reference := fmt.Sprintf("AGAIN%d", k)
		m.drop(merid, reference+".fin", mt199(merid, to, "N", reference, "THE SAME AGAIN"))
	}
	m.eventually(20*time.Second, "all messages wait", func() bool { s, _ := m.gatewayStatus(merid); return s.Waiting == count })
	m.signal(string(merid), syscall.SIGTERM)
	store, before := m.path(string(merid), "store"), m.path("store-before")
	noError(t, os.CopyFS(before, os.DirFS(store)))

	m.start("hub")
	m.start(string(merid))
	first := m.allReceipts(count)
	m.signal(string(merid), syscall.SIGTERM)
	noError(t, os.RemoveAll(store))
	noError(t, os.CopyFS(store, os.DirFS(before)))
	noError(t, os.RemoveAll(m.outgoing(merid, "sent")))
	m.start(string(merid))
	if again := m.allReceipts(count); !maps.Equal(first, again) {
		t.Errorf("submitted again, the answers are\n%v\nwant\n%v", again, first)
	}
	if s := m.hubStatus(); s.Accepted != count-1 || s.Refused != 1 {
		t.Errorf("the journal has %d accepted and %d refused", s.Accepted, s.Refused)
	}
}

// allReceipts waits for a number of receipts of the first member and gives what is proven by each: position, MIR and outcome.
func (m *machines) allReceipts(count int) map[string]string {
	m.t.Helper()
	sent := m.outgoing(merid, "sent")
	m.eventually(30*time.Second, "all answers are there", func() bool {
		return len(m.answers(merid, ".ack"))+len(m.answers(merid, ".nak")) == count
	})
	all := map[string]string{}
	for _, base := range m.answers(merid, ".receipt") {
		v := m.verified(filepath.Join(sent, base+".receipt"))
		all[v.Reference] = v.Position + " " + v.MIR + " " + v.Outcome
	}
	return all
}

// TestFoldersRemovedWhileRunning takes the folders away under running gateways and puts empty ones back.
func TestFoldersRemovedWhileRunning(t *testing.T) {
	m := newMachines(t, merid, cedar)
	m.startAll(merid, cedar)
	send := func(reference string) {
		m.drop(merid, reference+".fin", mt199(merid, cedar, "N", reference, "A FOLDER OF ITS OWN"))
	}
	came := func() int { all, _ := filepath.Glob(filepath.Join(m.incoming(cedar), "*.fin")); return len(all) }
	send("BEFORE")
	m.eventually(20*time.Second, "the first came", func() bool { return came() == 1 })
	noError(t, os.RemoveAll(m.incoming(cedar)))
	noError(t, os.RemoveAll(m.outgoing(merid)))
	send("AFTER1") // a back office makes the folder that it needs
	m.eventually(20*time.Second, "the receiver's log says what to do", func() bool { return m.logHas(string(cedar), "put it back, then all goes on by itself") })
	noError(t, os.Mkdir(m.incoming(cedar), 0o770))
	send("AFTER2")
	m.eventually(20*time.Second, "both came after all", func() bool { return came() == 2 })
	m.eventually(20*time.Second, "all is answered", func() bool { return len(m.answers(merid, ".ack")) == 2 })
}

// stream sends messages one after the other from one member to another.
type stream struct {
	m        *machines
	from, to corridor.LT
	sent     []sentMessage
}

func (s *stream) send() {
	r := fmt.Sprintf("D%05d", len(s.sent))
	s.sent = append(s.sent, sentMessage{from: s.from, to: s.to, priority: "N", reference: r, content: mt199(s.from, s.to.Destination(), "N", r, "ONE AFTER THE OTHER")})
	s.m.drop(s.from, r+".fin", s.sent[len(s.sent)-1].content)
}

// allIsThrough waits until everything is answered and handed over, then compares all of it, with what others have sent.
func (s *stream) allIsThrough(o *office, others ...sentMessage) {
	s.m.t.Helper()
	s.m.atRest(s.sent, map[corridor.LT]*office{s.to: o})
	s.m.eventually(restTimeout, "the sender has all answers", func() bool { return len(s.m.answers(s.from, ".ack")) >= len(s.sent) })
	o.close()
	s.m.compare(s.sent)
	s.m.journalIsWhole(append(others, s.sent...))
}
