package gateway

import (
	"corridor.example/corridor"
	"corridor.example/corridor/entry"
)

// ruleDirectory is the rule of a fault by which this gateway, and not the network, refuses a message to a receiver.
const ruleDirectory = "directory"

// compose is step 1 of a message's way out: what it says of itself, whether it may go, and what the directory says of its receiver.
func (t *terminal) compose(m *outgoing) *corridor.Fault {
	s, ext, fault := t.read(m.payload)
	m.submission = s
	if m.extension == "" {
		m.extension = ext
	}
	if fault != nil {
		return fault
	}
	if m.against = t.g.directory.against(s.Receiver, s.Type); m.against == "" {
		return nil
	}
	t.g.counts.unreachable.Add(1)
	if t.g.config.DirectoryCheck == DirectoryRefuses {
		return &corridor.Fault{Code: corridor.FaultReceiver, Rule: ruleDirectory, Text: m.against, Whose: corridor.Sender}
	}
	if t.g.directory.firstOf(s.Receiver.BIC()) {
		t.log.Warn("the directory speaks against the receiver", "receiver", string(s.Receiver), "type", string(s.Type), "reference", string(s.Reference), "directory", m.against)
	}
	return nil
}

// explain is what the directory says of a receiver that the network refused; empty where it says nothing, or that was not the reason.
func (t *terminal) explain(statement []byte, f *corridor.Fault) string {
	if f == nil || f.Code != corridor.FaultReceiver {
		return ""
	}
	s, err := entry.DecodeSubmission(statement)
	if err != nil {
		return ""
	}
	return t.g.directory.against(s.Receiver, s.Type)
}

// changeDirectory takes a change that the network pushed, after it is durable. Crash before it: the store is read at the next start.
func (t *terminal) changeDirectory(m *inRow) {
	if m.typ != typeDirectoryChange || !m.originated {
		return
	}
	s, fresh, err := t.g.directory.take(&pushedRow{m.about, m.accepted, m.payload})
	switch {
	case err != nil:
		t.log.Error("a change of the directory cannot be taken; get a newer dated file from the operator", "position", m.about.String(), "error", err)
	case fresh && s.Missing != "":
		t.log.Warn("directory changed", "position", s.Position, "version", s.Version, "institutions", s.Institutions, "missing", s.Missing)
	case fresh:
		t.log.Info("directory changed", "position", s.Position, "version", s.Version, "institutions", s.Institutions)
	}
}
