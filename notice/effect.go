package notice

import "corridor.example/corridor/standing"

// inFlight is what becomes of messages, connections, authorisations and records, and until when things can be done.
func (n *Notice) inFlight() []paragraph {
	f, at := &n.Order.InFlight, stamp(n.Order.EffectiveAt())
	return []paragraph{
		{label: "Before the instant", text: windDown(n.Order.Notice.WindDown)},
		{label: "What waits at the instant", list: []string{
			"offered and not yet accepted: refused",
			"to them: " + waiting(f.UndeliveredTo, "returned to the sender, MT 019 code "+CodeDisabled+" or pacs.002 "+ReasonSuspended),
			"from them: " + waiting(f.UndeliveredFrom, "returned, listed in their closing statement"),
			"held for review: " + waiting(f.Held, "returned to the sender"),
			"given out and not acknowledged: " + unacknowledged(f.Unacked),
		}},
		{label: "Last moment to send", text: "accepted and delivered before " + at},
		{label: "Last moment to fetch", text: "acknowledged before " + at + n.readUntil()},
		{label: "Authorisations", text: n.authorisations()},
		{label: "Directory", text: n.directory()},
	}
}

// severs reports an order that ends all service of its subjects.
func (n *Notice) severs() bool {
	o := *n.Order
	o.Kind = n.Effect
	return o.Severs()
}

// over says whether what the order forbids is forbidden no more, or never was.
func (n *Notice) over() bool {
	switch n.Due.Why {
	case Withdrawn, Lifted, Expired, Superseded:
		return true
	}
	return false
}

func windDown(rule string) string {
	switch rule {
	case standing.WindDownNoRMA:
		return "no new authorisations with them; messages go on as usual"
	case standing.WindDownReplies:
		return "from publication on only replies and cancellations"
	case standing.WindDownValueDates:
		return "from publication on only payments with a value date before the instant"
	}
	return "traffic goes on as usual"
}

func waiting(rule, returned string) string {
	switch rule {
	case "hold":
		return "held until the order is lifted, then looked at again"
	case "deliver":
		return "still delivered"
	}
	return returned
}

func unacknowledged(rule string) string {
	if rule == "delivered" {
		return "counts as delivered"
	}
	return "in doubt, on the lists of both sides; the network does not send it again. Who sends it again later marks it as a possible duplicate"
}

func (n *Notice) readUntil() string {
	if u := n.Order.InFlight.ReadUntil; u != "" {
		return "; they may read their own past traffic until " + u
	}
	return ""
}

func (n *Notice) authorisations() string {
	if !n.severs() {
		return "stay; they open nothing that the order forbids"
	}
	return "with them are suspended at the instant, not erased; new ones are refused"
}

func (n *Notice) directory() string {
	if !n.severs() {
		return "the records stay as they are"
	}
	return "the records stay, marked as suspended from the instant; messages of others that name them inside stay valid"
}

// toDo tells members what to do, and whom the order covers.
func (n *Notice) toDo() paragraph {
	p := paragraph{label: "What to do"}
	switch {
	case n.Due.Why == Withdrawn, n.Due.Why == Paused, n.Due.Why == PauseEnded && n.Order.EffectiveAt() <= n.Due.At:
		p.list = []string{"Members: go on as before. Wait for the network's next notice."}
	case n.Order.Kind == standing.Lift, n.over() && n.severs():
		p.list = []string{"Members: who was disconnected comes back by an order of readmission alone; wait for it. The network sends nothing again that it returned."}
	case n.over():
		p.list = []string{"Members: send as before the order. The network sends nothing again that it returned."}
	case n.Order.Kind == standing.Pause:
		p.list = []string{"Members: messages pass until the pause ends. What needs no haste can wait for what follows."}
	case n.Order.Kind == standing.Readmit:
		p.list = []string{"Members: confirm or refuse their authorisations; none comes back by silence.", "They: install new keys, exchange test messages, send within the stage."}
	case n.inEffect():
		p.list = []string{
			"Members: send them nothing in scope; it is refused. Settle what is on your list of returned and in-doubt messages outside the network.",
			"Members: do not stop traffic that is out of scope or with those who are not covered.",
		}
	default:
		p.list = []string{
			"Members: send what must arrive early enough to be delivered before the instant; look at your list of open items.",
			"Members: do not stop traffic that is out of scope, before its time, or with those who are not covered.",
			"They: empty the queues, stay logged in until the instant, settle what is open.",
		}
	}
	if len(n.Order.Carveouts) > 0 && n.stops() && !n.over() && n.Due.Why != Paused {
		p.list = append(p.list, "Users of a licence: quote it in each message; a message that claims it and does not fit is held.")
	}
	return p
}

func (n *Notice) inEffect() bool {
	return n.Due.Why == InForce || n.Due.Why == After || n.Order.EffectiveAt() <= n.At
}
