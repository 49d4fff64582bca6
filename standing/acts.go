package standing

import (
	"encoding/base64"
	"fmt"

	"corridor.example/corridor"
	"corridor.example/corridor/internal/canonical"
)

// The kinds of act that this package reads.
const (
	PolicyFound    = "policy.found"    // body Founding: the first policy, signed by the authority
	PolicyPropose  = "policy.propose"  // body Policy
	PolicySign     = "policy.sign"     // document = the proposed policy
	InstrumentFile = "instrument.file" // document = the legal text's digest; body Instrument
	OrderDraft     = "order.draft"     // subject = order id, document = its digest, body = the document
	OrderResolve   = "order.resolve"   // a second person confirms the resolution
	OrderObject    = "order.object"    // back to draft, with the reason
	OrderSign      = "order.sign"
	OrderPublish   = "order.publish"
	OrderPause     = "order.pause" // before the effect: any one signer, once
	OrderResume    = "order.resume"
	OrderWithdraw  = "order.withdraw"
	OrderStep      = "order.step"      // body Institution: the next stage of its return
	MessageRelease = "message.release" // body Place; two officers
	MessageReturn  = "message.return"
	AppealFile     = "appeal.file"   // subject = appeal id, body Filing
	AppealAnswer   = "appeal.answer" // body Answer
)

// DomainPolicy separates the authority's signature under a founding policy from all others.
const DomainPolicy = "corridor/policy/1\x00"

// Founding is the body of policy.found. Whoever checks acts verifies the signature over the policy's canonical form with the
// network's root before the act is taken.
type Founding struct {
	Policy    Policy `json:"policy"`
	Signature string `json:"signature"` // of the authority, base64
}

// Signed is what the authority signed, and its signature.
func (f *Founding) Signed() (document, signature []byte, err error) {
	if document, err = canonical.Marshal(&f.Policy); err != nil {
		return nil, nil, err
	}
	signature, err = base64.StdEncoding.DecodeString(f.Signature)
	return document, signature, err
}

// Institution names one BIC8.
type Institution struct {
	BIC corridor.BIC `json:"bic"`
}

// Place names one message by its place in the journal.
type Place struct {
	Page  uint64 `json:"page"`
	Index uint32 `json:"index"`
}

// Filing is the body of an appeal: against an order, or against one blocked message.
type Filing struct {
	Order   string `json:"order"`
	Message *Place `json:"message,omitempty"`
	Text    string `json:"text"`
}

// Answer is the body of an appeal's answer. An upheld appeal names the order that amends (R54).
type Answer struct {
	Outcome string `json:"outcome"` // "upheld", "rejected"
	Text    string `json:"text"`
	Amend   string `json:"amend,omitempty"`
}

// The codes of acts that are refused.
const (
	FaultActForm     = "G01" // the body is not what the kind needs
	FaultActRole     = "G02" // the officer may not do that
	FaultActPhase    = "G03" // not at this point of the order's life
	FaultActDocument = "G04" // it speaks of another document than the present one
	FaultActOwn      = "G05" // one's own draft
	FaultActTwice    = "G06" // already signed, already paused, filed before
	FaultInstrument  = "G07" // no instrument, or none with that hash
	FaultSignatures  = "G08" // too few signatures
	FaultUnknown     = "G09" // the order, appeal or message is not known
	FaultContradicts = "G10" // contradicts what is in force
	FaultPolicy      = "G11" // there is no policy, or not this one
	FaultOperator    = "G12" // an order against the operator itself
	FaultUnresolved  = "G13" // resolution, look-alikes or dry run are missing
	FaultActTime     = "G14" // the instant has passed, or the signature is too old
)

func fault(code, format string, args ...any) *corridor.Fault {
	return &corridor.Fault{Code: code, Text: fmt.Sprintf(format, args...), Whose: corridor.Sender}
}
