package hub

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"corridor.example/corridor"
	"corridor.example/corridor/directory"
	"corridor.example/corridor/entry"
	"corridor.example/corridor/internal/canonical"
	"corridor.example/corridor/notice"
)

// directoryChange is the type of the message that carries a change of the directory to every member, as its officers signed it.
const directoryChange corridor.MessageType = "directory.change"

// announceDue begins the notices of orders that are due (R60).
func (h *Heart) announceDue() {
	s := h.state
	if s.noticesAt == s.standing.Version() && h.now < s.nextNotice {
		return
	}
	s.noticesAt, s.nextNotice = s.standing.Version(), math.MaxInt64
	for _, r := range s.standing.Orders() {
		if r.PublishedAt == 0 || r.Order.Shadow {
			continue
		}
		life := notice.LifeOf(r, s.comebacks[r.Order.ID]...)
		for _, i := range notice.Due(life, s.noticed[r.Order.ID], h.time) {
			e := &entry.Announced{Order: r.Order.ID, Occasion: string(i.Why), At: i.At, BIC: i.BIC, Until: i.Until, Number: s.notices + 1}
			at := h.add(e, nil)
			s.announced(at, h.time, entry.Append(nil, e), e)
		}
		if next := notice.Next(life, h.time); next != 0 {
			s.nextNotice = min(s.nextNotice, next)
		}
	}
}

// announced notes that a notice of an order goes out, or that it has reached all.
func (s *state) announced(at corridor.Position, time int64, stored []byte, e *entry.Announced) {
	if e.Done {
		s.announcedAll(e)
		return
	}
	s.log = append(s.log, governed{at, time, stored})
	s.notices = e.Number
	s.noticed[strings.Clone(e.Order)] = time
	s.broadcasts = append(s.broadcasts, &broadcast{about: at, reason: entry.Notice, time: time, stored: stored})
}

func (s *state) announcedAll(e *entry.Announced) {
	s.broadcasts = slices.DeleteFunc(s.broadcasts, func(b *broadcast) bool { return b.about == e.About })
}

func (h *Heart) broadcasting() bool { return len(h.state.broadcasts) > 0 }

// broadcast carries what is announced on to some more members. Those without service are passed over: the directory and the
// closing statement tell them.
func (h *Heart) broadcast() {
	room := maxBroadcast
	for len(h.state.broadcasts) > 0 && room > 0 && h.page.Size() < corridor.MaxPage {
		b := h.state.broadcasts[0]
		for _, bic := range h.bics() {
			if bic <= b.after || h.off(h.state.destinations[bic]) {
				continue
			}
			if room <= 0 || h.page.Size() >= corridor.MaxPage {
				return // notices of a country's order have 20 KB each: traffic does not wait for all of them
			}
			to := h.state.destinations[bic].address()
			parts := h.partsOf(b, notice.WayOf(h.state.directory, bic))
			for i := range parts {
				h.send(to, parts[i].typ, parts[i].payload(to), b.about, b.reason, "")
			}
			room -= max(1, len(parts))
		}
		done := &entry.Announced{Done: true, About: b.about}
		h.add(done, nil)
		h.state.announcedAll(done)
	}
}

// part is one message of a broadcast.
type part struct {
	typ     corridor.MessageType
	payload func(to corridor.LT) []byte
}

// partsOf are the messages of a broadcast for those who read it one way; they are made once.
func (h *Heart) partsOf(b *broadcast, w notice.Way) []part {
	parts, made := b.parts[w]
	if made {
		return parts
	}
	e, err := entry.Decode(b.stored)
	must(err)
	same := func(text []byte) []part {
		return []part{{directoryChange, func(corridor.LT) []byte { return text }}}
	}
	switch e := e.(type) {
	case *entry.Acted:
		parts = same(carried(entry.EncodeActFile(*e)))
	case *entry.Fenced:
		if text := h.standings(e, b); text != nil {
			parts = same(text)
		}
	case *entry.Announced:
		parts = h.noticeParts(b, e, w)
	}
	if b.parts == nil {
		b.parts = map[notice.Way][]part{}
	}
	b.parts[w] = parts
	return parts
}

// noticeParts are the messages of a notice; none where the order is a draft again, for only its signers may read it then.
func (h *Heart) noticeParts(b *broadcast, e *entry.Announced, w notice.Way) []part {
	r := h.state.standing.Order(e.Order)
	item := notice.Item{Why: notice.Occasion(e.Occasion), At: e.At, BIC: e.BIC, Until: e.Until}
	by := notice.Issuer{Network: h.network, LT: h.own}
	n, err := notice.New(by, e.Number, b.time, notice.LifeOf(r, h.state.comebacks[e.Order]...), item, notice.NewDirectory(h.state.directory))
	if err != nil {
		return nil
	}
	forms, err := n.Forms(w)
	if err != nil {
		forms, err = n.Forms(notice.ByFIN)
	}
	must(err)
	parts := make([]part, len(forms))
	for i := range forms {
		parts[i] = part{forms[i].Type, func(to corridor.LT) []byte { return forms[i].Payload(by, to) }}
	}
	return parts
}

// standings is the change of the directory that a fence makes: the same records as in the dated file (R28). Whom another order had
// cut off before keeps its record, and nil says that there is none.
func (h *Heart) standings(f *entry.Fenced, x *broadcast) []byte {
	var body directory.Body
	put := func(bic corridor.BIC, status directory.Status, from int64) {
		body.Changes = append(body.Changes, directory.Change{Standing: &directory.Standing{BIC: bic.BIC8(), From: directory.Instant(from), Status: status}})
	}
	if f.What == entry.Readmitted {
		put(f.BIC, directory.Active, x.time)
	} else if r := h.state.standing.Order(f.Order); r != nil {
		for i := range r.Order.Subject.Resolved {
			b := r.Order.Subject.Resolved[i].BIC.BIC8()
			if since, _, off := h.state.standing.OffSince(b); off && since == x.about {
				put(b, directory.Suspended, r.Order.EffectiveAt())
			}
		}
	}
	if len(body.Changes) == 0 {
		return nil
	}
	text, err := canonical.Marshal(&body)
	must(err)
	return carried(text)
}

// carried is a change of the directory as a message, or where it is too large for one, the word that there is one: members then
// fetch the dated file.
func carried(text []byte) []byte {
	if len(text) <= corridor.MaxPayload {
		return text
	}
	text, err := canonical.Marshal(&directory.Body{Announce: true, Changes: []directory.Change{}})
	must(err)
	return text
}

// send queues a message of the network itself.
func (h *Heart) send(to corridor.LT, typ corridor.MessageType, payload []byte, about corridor.Position, r entry.Reason, reference corridor.Reference) {
	sub := entry.Submission{
		Network: h.network, Sender: h.own, Receiver: to.Destination(), Number: corridor.ISN(h.state.originated + 1), Type: typ,
		Priority: corridor.System, Reference: reference, Payload: corridor.DigestOf(payload), PayloadSize: uint64(len(payload)), SignedAt: uint64(h.time / int64(time.Millisecond)),
	}
	e := &entry.Originated{Statement: sub.Append(nil), About: about, Reason: r}
	at := h.add(e, payload)
	must(h.state.messageOriginated(at, e, &sub, entry.LeafHash(e.Statement)))
	h.touch(h.state.destinations[sub.Receiver.BIC8()])
}

// cause is why a message was returned, as the answer to its sender in ISO 20022 says it.
func cause(abort string) notice.Cause {
	switch abort {
	case reasonScreened:
		return notice.ReturnedScreened
	case reasonDisabledAfter:
		return notice.ReturnedAwaiting
	default:
		return notice.Returned
	}
}

// reference is that of the next message of the network's own.
func (h *Heart) reference() corridor.Reference {
	return corridor.Reference(fmt.Sprintf("CRDR%012d", h.state.originated+1))
}
