package hub

import (
	"context"
	"fmt"
	"time"

	"corridor.example/corridor"
	"corridor.example/corridor/directory"
	"corridor.example/corridor/entry"
	"corridor.example/corridor/internal/canonical"
	"corridor.example/corridor/pki"
	"corridor.example/corridor/rma"
	"corridor.example/corridor/standing"
)

// ReadAct checks who signed an act: a certificate of the network's authority for an officer of the institution that the act names,
// valid at the time given, and that officer's signature over the statement. A founding policy has the authority's signature too.
// The fault is in the result; an act without a good signature has no Key.
func ReadAct(root *pki.Root, acted entry.Acted, at time.Time) *Act {
	a := &Act{Acted: acted}
	var err error
	if a.Act, err = entry.DecodeAct(acted.Statement); err != nil {
		a.Fault = corridor.NetworkFault(corridor.FaultMalformed, err)
		return a
	}
	officer, err := root.Officer(acted.Certificate, at)
	switch {
	case err != nil:
		a.Fault = corridor.NetworkFault(corridor.FaultForeignKey, err)
	case !pki.Verify(officer.Public, entry.AppendSignedAct(nil, acted.Statement), acted.Signature):
		a.Fault = corridor.NetworkFault(corridor.FaultSignature)
	default:
		a.Key = officer.ID
		a.Fault = actBound(root, a, officer, at)
	}
	return a
}

// actBound checks what binds an act to its officer, its network and its time.
func actBound(root *pki.Root, a *Act, officer *pki.OfficerCertificate, at time.Time) *corridor.Fault {
	signed := time.UnixMilli(int64(a.Act.SignedAt))
	switch {
	case a.Act.Network != root.Network():
		return corridor.NetworkFault(corridor.FaultStatementOther, a.Act.Network)
	case officer.For != a.Act.For:
		return corridor.NetworkFault(corridor.FaultForeignKey, fmt.Sprintf("the certificate is for %q, the act for %q", officer.For, a.Act.For))
	case signed.Sub(at) > corridor.MaxClockSkew:
		return corridor.NetworkFault(corridor.FaultClock, "signed", signed.Sub(at).Round(time.Second), "from now")
	case at.Sub(signed) > maxActAge:
		return &corridor.Fault{Code: standing.FaultActTime, Text: fmt.Sprintf("the act was signed at %s, more than %d days ago: sign it anew", signed.UTC().Format(time.RFC3339), maxActAge/(24*time.Hour)), Whose: corridor.Sender}
	case a.Act.Kind == standing.PolicyFound:
		return foundingFault(root, a.Act.Body)
	}
	return nil
}

func foundingFault(root *pki.Root, body []byte) *corridor.Fault {
	var f standing.Founding
	err := canonical.Unmarshal(body, &f)
	var document, signature []byte
	if err == nil {
		document, signature, err = f.Signed()
	}
	if err == nil {
		err = root.VerifyDocument(standing.DomainPolicy, document, signature)
	}
	if err != nil {
		return &corridor.Fault{Code: standing.FaultPolicy, Text: "the founding policy is not signed by the authority: " + err.Error(), Whose: corridor.Sender}
	}
	return nil
}

// File takes an officer's act: it is answered when it is durable, in the journal and in the register of acts. The fault says why it was
// refused; err that the hub cannot take acts now.
func (h *Hub) File(ctx context.Context, acted entry.Acted) (at corridor.Position, fault *corridor.Fault, err error) {
	if h.state.Load() != stateLeading {
		return at, nil, errNotLeading
	}
	a := ReadAct(h.config.Root, acted, h.config.Clock())
	if a.Fault == nil {
		a.Fault = h.outsideFault(&a.Act)
	}
	o, _, fault := h.ask(ctx, func(now int64, ticket uint64) { h.heart.Act(now, ticket, a) })
	switch {
	case len(o.Messages) == 1:
		at = o.Messages[0].At
		if err := h.register(at, acted); err != nil {
			return at, nil, fmt.Errorf("the act holds, and stands in the journal at %v, but not in the register of acts: %w", at, err)
		}
		h.config.Log.Info("act taken", "kind", a.Act.Kind, "subject", a.Act.Subject, "officer", a.Key, "position", at)
		return at, nil, nil
	case o.Kind == Recorded && fault != nil:
		h.config.Log.Warn("act refused", "kind", a.Act.Kind, "subject", a.Act.Subject, "officer", a.Key, "code", fault.Code, "text", fault.Text)
		return at, fault, nil
	case ctx.Err() != nil:
		return at, nil, ctx.Err()
	default:
		return at, nil, errNotLeading
	}
}

// outsideFault is what an act needs of the world outside the journal, or nil.
func (h *Hub) outsideFault(a *entry.Act) *corridor.Fault {
	switch {
	case rma.IsKind(a.Kind):
		if _, to, _ := rma.Route(a); to != "" {
			return corridor.NetworkFault(corridor.FaultRMAMessage, "it is not filed but sent to", to, "as a message")
		}
	case a.Kind == standing.OrderDraft:
		return h.reportFault(a)
	case a.Kind == standing.InstrumentFile && !h.hasInstrument(a.Document):
		return &corridor.Fault{Code: standing.FaultInstrument, Text: fmt.Sprintf("the hub has no text with SHA-256 %s: send the text first, and file the digest of exactly that text", a.Document), Whose: corridor.Sender}
	}
	return nil
}

// reportFault refuses a draft whose dry run nobody can read: the hub keeps its report (R45).
func (h *Hub) reportFault(a *entry.Act) *corridor.Fault {
	o, err := standing.DecodeOrder(a.Body)
	if err != nil || o.DryRun == "" || h.config.Register == "" {
		return nil // what is wrong with the document is for the heart to say
	}
	if d, err := corridor.ParseDigest(o.DryRun); err == nil && h.hasInstrument(d) {
		return nil
	}
	return &corridor.Fault{Code: standing.FaultUnresolved, Text: fmt.Sprintf("order %s names the dry run %s, and the hub has no such report: send it with corridor order draft --report", o.ID, o.DryRun), Whose: corridor.Sender}
}

// Look lets f read what orders, directory and authorisations have come to, on the heart's goroutine: f keeps nothing of it and is short.
func (h *Hub) Look(ctx context.Context, f func(now int64, s *standing.State, d *directory.Directory, r *rma.State)) error {
	return h.act(ctx, func(now int64) error {
		f(now, h.heart.state.standing, h.heart.state.directory, h.heart.state.authorised)
		return nil
	})
}
