package corridor

import (
	"fmt"
	"strings"
)

// The codes of the network's own faults. Where the field has a code it is that one; families: L login, R resumption,
// P protocol, SA abort by the system, Z signatures, H headers and addresses, M length, N the network's own checks of a message, Y a receiver's refusal.
const (
	FaultUnknownLT       = "L01"
	FaultDisabledLT      = "L02"
	FaultNotItsLT        = "L03"
	FaultRevoked         = "L04"
	FaultExpired         = "L05"
	FaultWindowRange     = "L06"
	FaultTestAndLive     = "L07"
	FaultVersion         = "L08"
	FaultDisconnected    = "L09"
	FaultOtherNetwork    = "L10"
	FaultLoggedIn        = "L11"
	FaultForeignKey      = "L12"
	FaultLoginForm       = "L13"
	FaultLoginLate       = "L14"
	FaultNoCertificate   = "L15"
	FaultNothingToResume = "R01"
	FaultISNAhead        = "R02"
	FaultOSNAhead        = "R03"
	FaultNumberReused    = "R04"
	FaultAnswerTooOld    = "R05"
	FaultOtherHistory    = "R06"
	FaultStoreBehind     = "R07"
	FaultGap             = "P01"
	FaultWindow          = "P02"
	FaultFrameTooLarge   = "P03"
	FaultNeverSent       = "P04"
	FaultNoAnswer        = "P05"
	FaultMalformed       = "P06"
	FaultNotExpected     = "P07"
	FaultFalseProof      = "P08"
	FaultReplayed        = "P09"
	FaultBadAcknowledge  = "P10"
	FaultTakenOver       = "SA100"
	FaultShutdown        = "SA101"
	FaultJournal         = "SA102"
	FaultSilent          = "SA103"
	FaultStalled         = "SA104"
	FaultKeyRevoked      = "SA105"
	FaultOrder           = "SA106"
	FaultLeader          = "SA107"
	FaultLineLost        = "SA108"
	FaultSignature       = "Z09"
	FaultSignerUnknown   = "Z10"
	FaultSignerRevoked   = "Z11"
	FaultSignerExpired   = "Z12"
	FaultSenderAddress   = "H10"
	FaultHeader          = "H98"
	FaultReceiver        = "H50"
	FaultNotAuthorised   = "H51"
	FaultNotAllowed      = "H52"
	FaultTooLong         = "M50"
	FaultStatement       = "N01"
	FaultPayloadDigest   = "N02"
	FaultStatementOther  = "N03"
	FaultClock           = "N04"
	FaultFormat          = "N05"
	FaultRMABody         = "N30"
	FaultRMAParty        = "N31"
	FaultRMAState        = "N32"
	FaultRMAOlder        = "N33"
	FaultRMAOrder        = "N34"
	FaultRMAQuery        = "N35"
	FaultRMAMessage      = "N36"
)

// Effect says what a fault stops.
type Effect string

// The effects, from the widest to the narrowest.
const (
	RefusesConnection Effect = "connection" // there is no session in which it could be said: it is the alert or status of the transport
	RefusesLogin      Effect = "login"      // a Farewell with the fault instead of a Welcome
	EndsSession       Effect = "session"    // a Farewell with the fault
	RefusesFrame      Effect = "frame"      // a FrameRefused: no number was consumed, the session goes on
	RefusesMessage    Effect = "message"    // an entry Refused: the number is consumed
)

// FaultInfo is one line of the network's table of faults.
type FaultInfo struct {
	Code   string
	Effect Effect
	Whose  Whose
	Retry  bool   // the same bytes may succeed later
	Text   string // what is wrong
	Remedy string // what to do
}

// NetworkFaults is the table of the network's own faults. Each call returns its own copy.
func NetworkFaults() []FaultInfo {
	return []FaultInfo{
		{FaultUnknownLT, RefusesLogin, Sender, false, "the network does not know this logical terminal", "check lt; the operator admits terminals with a certificate of the authority"},
		{FaultDisabledLT, RefusesLogin, Sender, true, "this logical terminal is disabled", "ask the operator to enable it"},
		{FaultNotItsLT, RefusesLogin, Sender, false, "the certificate is not valid for this logical terminal", "log in with the transport and signing certificates that were issued for lt"},
		{FaultRevoked, RefusesLogin, Sender, false, "the certificate is revoked", "ask the authority for a new certificate"},
		{FaultExpired, RefusesLogin, Sender, false, "the certificate has expired or is not valid yet", "renew it with the authority; check this computer's clock"},
		{FaultWindowRange, RefusesLogin, Sender, false, "the window is out of range", fmt.Sprintf("ask for 1 to %d messages, or 0 for the default of %d", MaxWindow, DefaultWindow)},
		{FaultTestAndLive, RefusesLogin, Sender, false, "a test terminal cannot log in to a live network, nor a live one to a test network", "check the address of the network and lt"},
		{FaultVersion, RefusesLogin, Sender, false, "the network speaks none of the offered versions of the protocol", "use a program that speaks a version which the network names"},
		{FaultDisconnected, RefusesLogin, Sender, true, "the member is disconnected by an order", "the order names its legal instrument and its end; speak to the operator"},
		{FaultOtherNetwork, RefusesLogin, Sender, false, "this is another network than the one that the login names", "check the address and the network's name"},
		{FaultLoggedIn, RefusesLogin, Sender, true, "this logical terminal has a live session", "end it, wait until it ends, or log in with takeover"},
		{FaultForeignKey, RefusesLogin, Sender, false, "the certificate was not issued by this network's authority for this use", "use the certificates that the authority of this network issued"},
		{FaultLoginForm, RefusesLogin, Sender, false, "the first frame is not a well-formed login", "send a Login with versions, network, lt and signing_certificate first"},
		{FaultLoginLate, RefusesLogin, Sender, true, "no login came in time", fmt.Sprintf("send the Login at once, within %v", LoginTimeout)},
		{FaultNoCertificate, RefusesConnection, Sender, false, "the transport certificate is missing, expired, or not of this network's authority", "connect with TLS 1.3 and the transport certificate that the authority issued; check its dates and this computer's clock"},
		{FaultNothingToResume, RefusesLogin, Sender, false, "there is nothing to resume", "log in with last_sent, last_answered and last_stored 0"},
		{FaultISNAhead, RefusesLogin, Hub, false, "the member's store has answers of numbers that the network does not have", "stop: the network's journal or the member's store was restored from an old copy; compare receipts with the operator before going on"},
		{FaultOSNAhead, RefusesLogin, Hub, false, "the member's store has received numbers that the network has not given out", "stop: the network's journal or the member's store was restored from an old copy; compare receipts with the operator before going on"},
		{FaultNumberReused, RefusesFrame, Sender, false, "this number was used before with other content", "give the message a new number; if this store was restored from an old copy, fetch what was sent since first"},
		{FaultAnswerTooOld, RefusesFrame, Sender, false, "the answer of this number is older than the network keeps at hand", "ask the operator for the receipt from the archive"},
		{FaultStoreBehind, RefusesLogin, Sender, false, "the network has taken numbers that the member's store has not given out", "stop: the store was restored from an old copy or is new; see the member's guide on restoring before anything is sent"},
		{FaultOtherHistory, RefusesLogin, Hub, false, "the member's checkpoint is not the beginning of this network's journal", "stop: two histories were shown, or the journal was restored from an old copy; keep the checkpoint, it is the proof"},
		{FaultGap, RefusesFrame, Sender, false, "there is a gap in the numbers", "send again from the number that the network expects"},
		{FaultWindow, EndsSession, Sender, false, "more messages are unanswered than the window allows", "wait for answers before sending more"},
		{FaultFrameTooLarge, EndsSession, Sender, false, "the frame is too large", fmt.Sprintf("a frame has at most %d bytes and %d messages, a Submit at most %d bytes", MaxFrame, MaxFrameItems, MaxSubmit)},
		{FaultNeverSent, EndsSession, Receiver, false, "an acknowledgement names a number that was never sent in this session or before", "acknowledge only what was delivered"},
		{FaultNoAnswer, EndsSession, Receiver, true, "no acknowledgement came in time", "log in again; what was not acknowledged is delivered again"},
		{FaultMalformed, RefusesFrame, Sender, false, "the frame is malformed", "see docs/protocol.md for the form; a frame is refused if it has any other"},
		{FaultNotExpected, EndsSession, Sender, false, "this frame is not expected here", "send one Login, then frames of the other kinds; after a Logout nothing"},
		{FaultFalseProof, EndsSession, Hub, false, "what the network sent is not proven by its signature", "stop and keep the log: the network's software or its database was altered"},
		{FaultReplayed, RefusesFrame, Sender, false, "the frame was signed by or for another terminal than the one of this session", "send only what this terminal signed"},
		{FaultBadAcknowledge, EndsSession, Receiver, false, "an acknowledgement does not fit the message of that number", "acknowledge the leaf hash of the sender's statement as it was delivered"},
		{FaultTakenOver, EndsSession, Sender, false, "a new login of this terminal replaced the session (RP052, reason 023)", "find out who logged in; a key in other hands must be revoked"},
		{FaultShutdown, EndsSession, Hub, true, "the network's hub is shutting down (reason 024)", "connect again after a few seconds"},
		{FaultJournal, EndsSession, Hub, true, "the hub takes no sessions now: it is starting, or it cannot write its journal", "connect again after a few seconds; what was not answered was not accepted"},
		{FaultSilent, EndsSession, Sender, true, "nothing came for three keep-alive intervals (reason 022)", "check the line, and send a Ping in each interval"},
		{FaultStalled, EndsSession, Receiver, true, "the member did not read what was sent to it (reason 022)", "read from the stream at all times, and keep what arrives elsewhere than in it"},
		{FaultKeyRevoked, EndsSession, Sender, false, "a key of this session was revoked", "ask the authority for a new certificate"},
		{FaultOrder, EndsSession, Sender, true, "the member was disconnected by an order (reason 030)", "the order names its legal instrument and its end; speak to the operator"},
		{FaultLeader, EndsSession, Hub, true, "this hub no longer leads the network", "connect again; the address leads to the new leader"},
		{FaultLineLost, EndsSession, Sender, true, "the line was lost (reason 022)", "connect again"},
		{FaultSignature, RefusesFrame, Sender, false, "the signature is wrong", "sign domain, count and Merkle root with the signing key of the login"},
		{FaultSignerUnknown, RefusesFrame, Sender, false, "the signer is not known to the network", "sign with the key of the certificate given at login"},
		{FaultSignerRevoked, RefusesFrame, Sender, false, "the signer's certificate is revoked", "ask the authority for a new certificate"},
		{FaultSignerExpired, RefusesFrame, Sender, false, "the signer's certificate has expired", "renew it with the authority and log in again"},
		{FaultSenderAddress, RefusesMessage, Sender, false, "the message's header names another sender than the one who signed", "write the terminal of the session into the header"},
		{FaultReceiver, RefusesMessage, Sender, false, "the receiver is unknown or cannot be reached from here", "check the receiver's address"},
		{FaultNotAllowed, RefusesMessage, Sender, true, "the network does not carry this message between these two now", "the notices of the network (MT 094) say whom an order covers and whom not; speak to the operator, or file an appeal"},
		{FaultNotAuthorised, RefusesMessage, Sender, true, "the receiver has not authorised this sender to send it messages of this type", "ask for it with corridor rma request, or accept what was issued with corridor rma accept; corridor rma list shows what there is"},
		{FaultHeader, RefusesMessage, Sender, false, "the message's header is malformed", "correct the header"},
		{FaultTooLong, RefusesMessage, Sender, false, "the message is too long", fmt.Sprintf("a message has at most %d bytes", MaxPayload)},
		{FaultStatement, RefusesMessage, Sender, false, "the signed statement says something else than the message's header", "write sender, receiver, type, priority, monitoring, reference and UETR as the message has them"},
		{FaultPayloadDigest, RefusesFrame, Sender, false, "the payload is not the one that was signed", "sign the size and the SHA-256 digest of the payload that is sent"},
		{FaultStatementOther, RefusesFrame, Sender, false, "the statement was signed for another network", "sign with the name of this network"},
		{FaultClock, RefusesFrame, Sender, true, "the sender's clock is too far off", fmt.Sprintf("set the clock: it may differ by at most %v", MaxClockSkew)},
		{FaultFormat, RefusesMessage, Sender, false, "the message is neither FIN nor ISO 20022 as the network carries it", "see corridor check"},
		{FaultRMABody, RefusesMessage, Sender, false, "the act about an authorisation is malformed", "write it with corridor rma"},
		{FaultRMAParty, RefusesMessage, Sender, false, "the act about an authorisation is signed for another institution than the one whose act it is", "the issuer authorises and revokes, the correspondent requests, accepts, rejects and deletes"},
		{FaultRMAState, RefusesMessage, Sender, false, "the act does not fit the state of the authorisation", "corridor rma show says how it stands"},
		{FaultRMAOlder, RefusesMessage, Sender, false, "a newer act about the authorisation was taken before", "look at it with corridor rma show, then sign anew"},
		{FaultRMAOrder, RefusesMessage, Sender, true, "an order stops new authorisations", "what there is can be rejected, revoked and deleted; the rest waits until the order ends"},
		{FaultRMAQuery, RefusesMessage, Sender, true, "the query or answer between two desks does not fit what is open", "answer what is open first; an answer names its query"},
		{FaultRMAMessage, RefusesMessage, Sender, false, "the message's header does not fit the act that it carries", "send the act's file as corridor rma writes it: its kind is the type, sender and receiver are its two institutions"},
		{"Y01", RefusesMessage, Receiver, true, "the receiver could not verify the signature", "the receiver looks into its log"},
		{"Y02", RefusesMessage, Receiver, true, "the receiver found the checksum wrong", "the receiver looks into its log"},
		{"Y03", RefusesMessage, Receiver, false, "the receiver has no authorisation for this sender or type", "exchange authorisations"},
		{"Y04", RefusesMessage, Receiver, false, "the receiver cannot read the text", "correct the message"},
		{"Y05", RefusesMessage, Receiver, true, "the receiver cannot store the message now", "the network delivers it again"},
	}
}

// LookUpFault finds a line of NetworkFaults.
func LookUpFault(code string) (FaultInfo, bool) {
	for _, f := range NetworkFaults() {
		if f.Code == code {
			return f, true
		}
	}
	return FaultInfo{}, false
}

// NetworkFault makes the fault of that code; the details say what was seen. A code that is not in the table is a bug of the caller.
func NetworkFault(code string, detail ...any) *Fault {
	info, ok := LookUpFault(code)
	if !ok {
		panic("corridor: " + code + " is not in the table of NetworkFaults")
	}
	text := info.Text
	if d := strings.TrimSpace(fmt.Sprintln(detail...)); d != "" {
		text += " (" + d + ")"
	}
	text += ": " + info.Remedy
	if len(text) > MaxFaultText {
		text = strings.ToValidUTF8(text[:MaxFaultText], "")
	}
	return &Fault{Code: code, Text: text, Whose: info.Whose, Retry: info.Retry}
}
