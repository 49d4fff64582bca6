package story

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"corridor.example/corridor"
	"corridor.example/corridor/entry"
	"corridor.example/corridor/hub"
	"corridor.example/corridor/pki"
	"corridor.example/corridor/standing"
)

// actCommands are what officers do.
func actCommands() map[string]command {
	return map[string]command{
		"order":    {"order ID KIND [by=OFFICER] [file=no] with clauses below: a draft", true, (*stage).cmdOrder},
		"confirm":  {"confirm ID [by OFFICER]: a second person confirms the resolution", true, (*stage).cmdConfirm},
		"object":   {"object ID by OFFICER \"REASON\"", true, (*stage).cmdObject},
		"sign":     {"sign ID by OFFICER…", true, (*stage).cmdSign},
		"publish":  {"publish ID [by OFFICER]", true, (*stage).cmdPublish},
		"carry":    {"carry ID [by OFFICER…]: confirm, sign and publish", true, (*stage).cmdCarry},
		"pause":    {"pause ID by OFFICER \"REASON\"", true, (*stage).cmdPause},
		"resume":   {"resume ID by OFFICER", true, (*stage).cmdResume},
		"withdraw": {"withdraw ID by OFFICER", true, (*stage).cmdWithdraw},
		"step":     {"step ID BIC [by OFFICER]: the next stage of a return", true, (*stage).cmdStep},
		"release":  {"release MESSAGE by OFFICER OFFICER", true, (*stage).cmdHeld},
		"return":   {"return MESSAGE by OFFICER OFFICER", true, (*stage).cmdHeld},
		"appeal":   {"appeal ID order=ORDER [message=NAME] by OFFICER@BIC \"TEXT\"", true, (*stage).cmdAppeal},
		"answer":   {"answer ID upheld|rejected [amend=ORDER] by OFFICER \"TEXT\"", true, (*stage).cmdAnswer},
		"try":      {"try COMMAND…: an act that is to be refused", true, (*stage).cmdTry},
		"again":    {"again: the very act that was taken last, once more", true, (*stage).cmdAgain},
	}
}

// submit gives a signed act to the hub's heart as the shell does, after the check of the signature, and waits for its word.
func (s *stage) submit(o *officer, a *entry.Act) (*corridor.Fault, error) {
	acted := s.sign(o, a)
	return s.submitted(acted, *a)
}

func (s *stage) submitted(acted entry.Acted, a entry.Act) (*corridor.Fault, error) {
	c, err := s.authority.Root().Officer(acted.Certificate, s.clock())
	if err != nil {
		return nil, err
	}
	if !pki.Verify(c.Public, entry.AppendSignedAct(nil, acted.Statement), acted.Signature) {
		return nil, errors.New("the signature of the act is wrong")
	}
	s.ticket++
	ticket := s.ticket
	s.heart.Act(s.nano(), ticket, &hub.Act{Acted: acted, Act: a, Key: c.ID})
	if err := s.settle(); err != nil {
		return nil, err
	}
	answer, ok := s.answers[ticket]
	if !ok {
		return nil, fmt.Errorf("the hub did not answer %s", a.Kind)
	}
	s.last = acted
	return answer.Fault, nil
}

// officers are the words behind "by", or those that stand for none.
func (l *line) officers(none ...string) []string {
	if w, ok := l.after("by"); ok && len(w) > 0 {
		return w
	}
	return none
}

// reason is the last word of a line, which is its text.
func (l *line) reason() string { return l.words[len(l.words)-1] }

// about does one act on an order, by one officer.
func (s *stage) about(id, kind, by, reason string, body any) error {
	o := s.desk.drafts[id]
	if o == nil {
		return fmt.Errorf("there is no order %q", id)
	}
	document, err := o.Encode()
	if err != nil {
		return err
	}
	f, err := s.act(by, &entry.Act{Kind: kind, Subject: id, Document: corridor.DigestOf(document), Reason: reason}, body)
	if err != nil {
		return err
	}
	if f == nil && kind == standing.OrderPublish {
		s.desk.published[id] = o
	}
	if f == nil && kind != standing.OrderSign {
		s.say("%s: %s by %s", id, strings.TrimPrefix(kind, "order."), by)
	}
	return s.judged(f)
}

func (s *stage) cmdConfirm(l *line) error {
	return s.about(l.words[1], standing.OrderResolve, l.officers("lena")[0], "", nil)
}

func (s *stage) cmdObject(l *line) error {
	return s.about(l.words[1], standing.OrderObject, l.officers("lena")[0], l.reason(), nil)
}

func (s *stage) cmdSign(l *line) error {
	for _, by := range l.officers("lena", "clara", "otto") {
		if err := s.about(l.words[1], standing.OrderSign, by, "", nil); err != nil {
			return err
		}
	}
	s.saySigned(l.words[1])
	return nil
}

func (s *stage) saySigned(id string) {
	var names []string
	for _, x := range s.heart.Standing().Order(id).Signatures {
		names = append(names, fmt.Sprintf("%s (%s)", x.Name, x.Role))
	}
	if len(names) == 0 {
		return
	}
	s.say("%s: signed by %s", id, strings.Join(names, ", "))
}

func (s *stage) cmdPublish(l *line) error {
	return s.about(l.words[1], standing.OrderPublish, l.officers("otto")[0], "", nil)
}

// cmdCarry takes a draft to its publication: as many sign as the policy asks for.
func (s *stage) cmdCarry(l *line) error {
	id := l.words[1]
	if err := s.about(id, standing.OrderResolve, "lena", "", nil); err != nil {
		return err
	}
	signers := l.officers("oona", "lena", "clara", "otto", "carl")
	for _, by := range signers {
		r := s.heart.Standing().Order(id)
		if len(l.officers()) == 0 && len(r.Signatures) >= s.heart.Standing().Needed(r, s.nano()) {
			break
		}
		if err := s.about(id, standing.OrderSign, by, "", nil); err != nil {
			return err
		}
	}
	s.saySigned(id)
	return s.about(id, standing.OrderPublish, "otto", "", nil)
}

func (s *stage) cmdPause(l *line) error {
	return s.about(l.words[1], standing.OrderPause, l.words[3], l.reason(), nil)
}

func (s *stage) cmdResume(l *line) error {
	return s.about(l.words[1], standing.OrderResume, l.officers("")[0], "", nil)
}

func (s *stage) cmdWithdraw(l *line) error {
	return s.about(l.words[1], standing.OrderWithdraw, l.officers("dora")[0], "", nil)
}

func (s *stage) cmdStep(l *line) error {
	return s.about(l.words[1], standing.OrderStep, l.officers("otto")[0], "", &standing.Institution{BIC: corridor.BIC(l.words[2])})
}

// cmdHeld releases or returns a held message: a first officer asks, a second confirms.
func (s *stage) cmdHeld(l *line) error {
	m := s.messages[l.words[1]]
	if m == nil {
		return fmt.Errorf("there is no message %q", l.words[1])
	}
	kind := map[string]string{"release": standing.MessageRelease, "return": standing.MessageReturn}[l.words[0]]
	at := s.fateOf(m).at
	for _, by := range l.officers("clara", "lena") {
		f, err := s.act(by, &entry.Act{Kind: kind}, &standing.Place{Page: at.Page, Index: at.Index})
		if err != nil {
			return err
		}
		if err := s.judged(f); err != nil {
			return err
		}
	}
	s.say("%s: %s by %s", m.name, l.words[0], strings.Join(l.officers("clara", "lena"), " and "))
	return nil
}

func (s *stage) cmdAppeal(l *line) error {
	filing := standing.Filing{Order: l.setting("order", ""), Text: l.reason()}
	if name, ok := l.settings["message"]; ok {
		m := s.messages[name]
		if m == nil {
			return fmt.Errorf("there is no message %q", name)
		}
		at := s.fateOf(m).at
		filing.Message = &standing.Place{Page: at.Page, Index: at.Index}
	}
	by := l.officers("")[0]
	f, err := s.act(by, &entry.Act{Kind: standing.AppealFile, Subject: l.words[1]}, &filing)
	if err != nil {
		return err
	}
	s.say("%s files appeal %s against %s", by, l.words[1], filing.Order)
	return s.judged(f)
}

func (s *stage) cmdAnswer(l *line) error {
	w := standing.Answer{Outcome: l.words[2], Text: l.reason(), Amend: l.setting("amend", "")}
	f, err := s.act(l.officers("paula")[0], &entry.Act{Kind: standing.AppealAnswer, Subject: l.words[1]}, &w)
	if err != nil {
		return err
	}
	s.say("appeal %s: %s", l.words[1], w.Outcome)
	return s.judged(f)
}

// cmdTry carries out a line that the hub is to refuse; the state must be as before.
func (s *stage) cmdTry(l *line) error {
	rest := &line{l.number, l.text, l.words[1:], l.settings, l.body}
	c, ok := actCommands()[first(rest)]
	if !ok {
		return usage(l)
	}
	s.desk.refusal = nil
	before := s.refusals()
	if err := c.run(s, rest); err != nil {
		return err
	}
	if s.desk.refusal == nil {
		return errors.New("the hub took it")
	}
	if s.refusals() != before+1 && l.setting("logged", "yes") == "yes" {
		return fmt.Errorf("it was refused (%v) and the journal does not show that it was tried", s.desk.refusal)
	}
	s.say("refused: %s: %s", strings.Join(rest.words, " "), s.desk.refusal.Text)
	return nil
}

// refusals counts the acts that the journal shows as refused.
func (s *stage) refusals() int {
	n := 0
	for _, r := range s.record {
		if _, ok := r.entry.(*entry.ActRefused); ok {
			n++
		}
	}
	return n
}

// cmdAgain replays the last act.
func (s *stage) cmdAgain(*line) error {
	a, err := entry.DecodeAct(s.last.Statement)
	if err != nil {
		return err
	}
	f, err := s.submitted(s.last, a)
	if err != nil {
		return err
	}
	return s.judged(f)
}

// actExpectations are what may be expected of orders and officers' acts.
func actExpectations() map[string]command {
	return map[string]command{
		"refusal":  {"expect refusal CODE [text=…]: of the act that was tried last", true, (*stage).expectRefusal},
		"order":    {"expect order ID PHASE [signatures=N] [blocked=N]", true, (*stage).expectOrder},
		"resolved": {"expect resolved ID BIC…: these and no others", true, (*stage).expectResolved},
		"path":     {"expect path ID BIC TEXT: the path of ownership by which it came in", true, (*stage).expectPath},
		"fence":    {"expect fence ID CHANGE at INSTANT [bic=BIC] [times=N]", true, (*stage).expectFence},
		"closing":  {"expect closing BIC [order=ID] [lists=m1,m2] [returned=N] [stored=N] [held=N] [in_doubt=N] [generation=N] [text=…]", true, (*stage).expectClosing},
		"draft":    {"expect draft ID PATH VALUE: a part of the document", true, (*stage).expectDraft},
	}
}

func (s *stage) expectRefusal(l *line) error {
	f := s.desk.refusal
	if f == nil {
		return errors.New("nothing was refused")
	}
	if len(l.words) > 2 && f.Code != l.words[2] || !strings.Contains(f.Text, l.setting("text", "")) {
		return fmt.Errorf("the refusal is %s %s", f.Code, f.Text)
	}
	return nil
}

func (s *stage) expectOrder(l *line) error {
	r := s.heart.Standing().Order(l.words[2])
	if r == nil {
		if len(l.words) > 3 && l.words[3] == "unknown" {
			return nil
		}
		return fmt.Errorf("the hub knows no order %q", l.words[2])
	}
	if len(l.words) > 3 && string(r.Phase) != l.words[3] {
		return fmt.Errorf("order %s is %s", r.Order.ID, r.Phase)
	}
	for key, want := range l.settings {
		got := map[string]int{"signatures": len(r.Signatures), "blocked": r.Blocked, "licensed": r.Licensed}
		if fmt.Sprint(got[key]) != want {
			return fmt.Errorf("order %s has %s=%d", r.Order.ID, key, got[key])
		}
	}
	return nil
}

func (s *stage) expectResolved(l *line) error {
	o := s.desk.drafts[l.words[2]]
	if o == nil {
		return fmt.Errorf("there is no order %q", l.words[2])
	}
	var got []string
	for _, r := range o.Subject.Resolved {
		got = append(got, string(r.BIC))
	}
	want := slices.Sorted(slices.Values(l.words[3:]))
	slices.Sort(got)
	if !slices.Equal(got, want) {
		return fmt.Errorf("%s covers %s", o.ID, strings.Join(got, " "))
	}
	return nil
}

func (s *stage) expectPath(l *line) error {
	if len(l.words) != 5 {
		return errors.New(actExpectations()["path"].usage)
	}
	for _, r := range s.desk.drafts[l.words[2]].Subject.Resolved {
		if string(r.BIC) == l.words[3] {
			if got := strings.Join(r.Path, " / "); !strings.Contains(got, l.words[4]) {
				return fmt.Errorf("the path of %s is %q", r.BIC, got)
			}
			return nil
		}
	}
	return fmt.Errorf("%s is not covered", l.words[3])
}

func (s *stage) expectFence(l *line) error {
	if len(l.words) < 4 {
		return errors.New(actExpectations()["fence"].usage)
	}
	n := 0
	var seen []string
	for i, r := range s.record {
		f, ok := r.entry.(*entry.Fenced)
		if !ok || f.Order != l.words[2] {
			continue
		}
		seen = append(seen, fmt.Sprintf("%s at %v, instant %s, page of %s %s", f.What, r.at, utc(f.Instant), r.time.Format("2006-01-02T15:04:05.999999999Z"), f.BIC))
		if string(f.What) != l.words[3] || l.setting("bic", string(f.BIC)) != string(f.BIC) {
			continue
		}
		n++
		if err := s.fencePlace(l, i, f); err != nil {
			return err
		}
	}
	if want := l.setting("times", "1"); fmt.Sprint(n) != want {
		return fmt.Errorf("there are %d such fences of %s; there are: %s", n, l.words[2], strings.Join(seen, "; "))
	}
	return nil
}

// fencePlace checks that a fence stands before the first entry whose stamp is at or after its instant, and at the instant that
// the line names.
func (s *stage) fencePlace(l *line, i int, f *entry.Fenced) error {
	for _, before := range s.record[:i] {
		if before.time.UnixNano() >= f.Instant && before.at.Page != s.record[i].at.Page && f.What == entry.InForce {
			if s.publishedBefore(f.Order, before.at) {
				return fmt.Errorf("the fence stands at %v, and %v is stamped %s", s.record[i].at, before.at, before.time.Format("15:04:05.000000000"))
			}
		}
	}
	if len(l.words) < 6 {
		return nil
	}
	want, err := s.instant(l.words[5])
	if err != nil {
		return err
	}
	if f.Instant != want.UnixNano() {
		return fmt.Errorf("the fence's instant is %s", utc(f.Instant))
	}
	return nil
}

// publishedBefore reports that an order was published before a place: else its fence could not stand there.
func (s *stage) publishedBefore(order string, at corridor.Position) bool {
	for _, r := range s.record {
		if corridor.Position.Compare(r.at, at) >= 0 {
			return false
		}
		if e, ok := r.entry.(*entry.Acted); ok {
			if a, err := entry.DecodeAct(e.Statement); err == nil && a.Kind == standing.OrderPublish && a.Subject == order {
				return true
			}
		}
	}
	return false
}

func (s *stage) expectClosing(l *line) error {
	for _, r := range s.record {
		if c, ok := r.entry.(*entry.Closing); ok && string(c.BIC) == l.words[2] && c.Order == l.setting("order", c.Order) {
			if err := closingSays(c, l); err != nil {
				return err
			}
			for _, name := range l.list("lists") {
				at := s.fateOf(s.messages[name]).at
				if !strings.Contains(string(c.Statement), fmt.Sprintf("%q", at.String())) {
					return fmt.Errorf("%s at %v is not in the closing statement of %s: %s", name, at, c.BIC, c.Statement)
				}
			}
			if !strings.Contains(string(c.Statement), l.setting("text", "")) {
				return fmt.Errorf("the closing statement of %s is %s", c.BIC, c.Statement)
			}
			return nil
		}
	}
	return fmt.Errorf("%s has no closing statement", l.words[2])
}

// closingSays compares the counts of a closing statement, and the generation of its terminals.
func closingSays(c *entry.Closing, l *line) error {
	var statement hub.ClosingStatement
	if err := json.Unmarshal(c.Statement, &statement); err != nil {
		return err
	}
	got := map[string]string{
		"returned": fmt.Sprint(statement.Returned.Count), "stored": fmt.Sprint(statement.Stored.Count), "held": fmt.Sprint(statement.Held.Count),
		"in_doubt": fmt.Sprint(statement.InDoubt.Count),
	}
	for _, t := range statement.Terminals {
		got["generation"] = fmt.Sprint(t.Generation)
	}
	for key, is := range got {
		if want := l.setting(key, is); want != is {
			return fmt.Errorf("the closing statement of %s has %s=%s", c.BIC, key, is)
		}
	}
	return nil
}

// expectDraft compares a part of an order's document: "expect draft ORD-1 subject.no_member "Vostrova Insurance"".
func (s *stage) expectDraft(l *line) error {
	o := s.desk.drafts[l.words[2]]
	if o == nil || len(l.words) != 5 {
		return errors.New(actExpectations()["draft"].usage)
	}
	b, err := json.Marshal(o)
	if err != nil {
		return err
	}
	var tree any
	if err := json.Unmarshal(b, &tree); err != nil {
		return err
	}
	for _, key := range strings.Split(l.words[3], ".") {
		m, ok := tree.(map[string]any)
		if !ok {
			return fmt.Errorf("the document has no %s", l.words[3])
		}
		tree = m[key]
	}
	if got := pretty(tree); !strings.Contains(got, l.words[4]) {
		return fmt.Errorf("%s is %s", l.words[3], got)
	}
	return nil
}
