package main

import (
	"fmt"
	"strings"
	"time"

	"corridor.example/corridor/entry"
)

// readGovernance says what acts of officers and orders did.
func readGovernance(e entry.Entry) (summary string, fields []field, err error) {
	switch e := e.(type) {
	case *entry.Acted:
		return readAct(e.Statement, e.Certificate)
	case *entry.ActRefused:
		summary, fields, err = readAct(e.Statement, e.Certificate)
		return summary + ": " + e.Fault.Code, append(fields, text("fault", e.Fault.Error())), err
	case *entry.Fenced:
		due := time.Unix(0, e.Instant).UTC().Format(time.RFC3339Nano)
		return strings.TrimSpace(fmt.Sprintf("%s %s %s", e.Order, e.What, e.BIC)),
			[]field{text("order", e.Order), text("what", e.What), text("bic", e.BIC), text("due", due), text("document", e.Document.String())}, nil
	case *entry.Decided:
		return fmt.Sprintf("%v from %s to %s at %s: %s", e.Message, e.Sender, e.Receiver, e.Stage, e.Outcome), []field{
			text("message", e.Message.String()), text("sender", e.Sender), text("receiver", e.Receiver), text("stage", e.Stage), text("outcome", e.Outcome), text("rule", e.Rule),
			text("orders", strings.Join(e.Orders, " ")), text("licence", e.Licence), text("amount", strings.TrimSpace(e.Currency+" "+e.Amount.String())),
			text("policy", e.Policy.String()), text("inside", string(e.Particulars))}, nil
	case *entry.Announced:
		return fmt.Sprintf("notice %d of %s: %s", e.Number, e.Order, e.Occasion),
			[]field{number("number", e.Number), text("order", e.Order), text("occasion", e.Occasion), text("bic", e.BIC), text("done", map[bool]string{true: "yes"}[e.Done])}, nil
	case *entry.Closing:
		return fmt.Sprintf("%s under %s", e.BIC, e.Order), []field{text("bic", e.BIC), text("order", e.Order), text("statement", string(e.Statement))}, nil
	}
	return "", nil, nil // a kind that this program can read and has no words for
}

// readAct reads what an officer signed.
func readAct(statement, der []byte) (string, []field, error) {
	a, err := entry.DecodeAct(statement)
	if err != nil {
		return "", nil, err
	}
	document := ""
	if !a.Document.IsZero() {
		document = a.Document.String()
	}
	fields := []field{text("act", a.Kind), text("subject", a.Subject), text("for", a.For), text("by", officerOf(der)), text("reason", a.Reason), milliseconds("signed at", a.SignedAt),
		text("document", document), text("body", string(a.Body)), certificate(der)}
	return strings.TrimSpace(fmt.Sprintf("%s %s", a.Kind, a.Subject)) + " by " + officerOf(der), fields, nil
}
