package story

import (
	"fmt"

	"corridor.example/corridor"
	"corridor.example/corridor/entry"
	"corridor.example/corridor/internal/canonical"
	"corridor.example/corridor/rma"
)

// authoriseCommands are about authorisations between members (RMA).
func authoriseCommands() map[string]command {
	return map[string]command{
		"authorise": {"authorise ISSUER CORRESPONDENT: given and accepted, by officers of both, as messages; authorise all: everyone everyone, by a list to start with", true, (*stage).cmdAuthorise},
		"accept":    {"accept ISSUER CORRESPONDENT: the correspondent takes the newest issue", true, (*stage).cmdAccept},
		"request":   {"request CORRESPONDENT ISSUER as NAME: one message, no answer", true, (*stage).cmdRequest},
	}
}

func (s *stage) cmdAuthorise(l *line) error {
	if len(l.words) == 2 && l.words[1] == "all" {
		return s.authoriseAll()
	}
	if len(l.words) != 3 {
		return usage(l)
	}
	k := rma.Key{Issuer: corridor.BIC(l.words[1]), Correspondent: corridor.BIC(l.words[2]), Service: rma.FIN}
	if _, err := s.rmaMessage(rma.KindAuthorise, k.Issuer, k.Correspondent, &rma.Body{Key: k, Permission: &rma.Permission{Mode: rma.All}}, corridor.Digest{}); err != nil {
		return err
	}
	return s.accept(k)
}

func (s *stage) cmdAccept(l *line) error {
	if len(l.words) != 3 {
		return usage(l)
	}
	return s.accept(rma.Key{Issuer: corridor.BIC(l.words[1]), Correspondent: corridor.BIC(l.words[2]), Service: rma.FIN})
}

// accept has the correspondent take the newest issue.
func (s *stage) accept(k rma.Key) error {
	v, found := s.heart.Authorisations().Look(k, s.nano(), nil)
	if !found {
		return fmt.Errorf("there is no authorisation of %s", k)
	}
	d, err := digest(v.Document)
	if err != nil {
		return err
	}
	m, err := s.rmaMessage(rma.KindAccept, k.Correspondent, k.Issuer, &rma.Body{Key: k, Issued: v.Issued}, d)
	if err != nil {
		return err
	}
	if f := s.fateOf(m); !f.accepted {
		return fmt.Errorf("the acceptance of %s is %v", k, &f)
	}
	return nil
}

func (s *stage) cmdRequest(l *line) error {
	if len(l.words) < 3 {
		return usage(l)
	}
	k := rma.Key{Issuer: corridor.BIC(l.words[2]), Correspondent: corridor.BIC(l.words[1]), Service: rma.FIN}
	m, err := s.rmaMessage(rma.KindRequest, k.Correspondent, k.Issuer, &rma.Body{Key: k, Permission: &rma.Permission{Mode: rma.All}}, corridor.Digest{})
	if err != nil {
		return err
	}
	if name, ok := l.after("as"); ok && len(name) == 1 {
		m.name = name[0]
		s.messages[name[0]] = m
	}
	return nil
}

// rmaMessage has a member's officer sign an act, and the member send it to the other side.
func (s *stage) rmaMessage(kind string, from, to corridor.BIC, body any, document corridor.Digest) (*message, error) {
	o, err := s.officer("rita@" + string(from))
	if err != nil {
		return nil, err
	}
	a := entry.Act{Kind: kind, Document: document}
	if a.Body, err = canonical.Marshal(body); err != nil {
		return nil, err
	}
	acted := s.sign(o, &a)
	b, err := s.bankNamed(string(from))
	if err != nil {
		return nil, err
	}
	sub := entry.Submission{Type: corridor.MessageType(kind), Priority: corridor.Normal, Reference: rma.Reference(acted.Statement)}
	m := s.send(b, corridor.LTOf(to, 'X'), sub, entry.EncodeActFile(acted))
	return m, s.settle()
}

// authoriseAll is the network's list to start with: each member may send to each on both services.
func (s *stage) authoriseAll() error {
	var rows []rma.Row
	for _, a := range s.banks {
		for _, b := range s.banks {
			if a.lt.BIC8() == b.lt.BIC8() || len(a.lt.BIC().Branch()) > 0 && a.lt.BIC().Branch() != "XXX" || b.lt.BIC().Branch() != "XXX" {
				continue
			}
			for _, service := range []string{rma.FIN, rma.MX} {
				rows = append(rows, rma.Row{Key: rma.Key{Issuer: b.lt.BIC8(), Correspondent: a.lt.BIC8(), Service: service}, Permission: rma.Permission{Mode: rma.All}})
			}
		}
	}
	if len(rows) == 0 {
		return fmt.Errorf("there are no members")
	}
	return s.must("otto", &entry.Act{Kind: rma.KindBootstrap}, &rma.Bootstrap{ConfirmBy: rma.InstantOf(s.now.AddDate(0, 6, 0)), Rows: rows})
}
