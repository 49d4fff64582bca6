package mx

import (
	"slices"
	"strconv"
	"strings"

	corridor "corridor.example/corridor"
)

// Facts are what every program wants to know of a message, whatever its type.
type Facts struct {
	Type      corridor.MessageType
	From, To  corridor.BIC
	Reference corridor.Reference // BizMsgIdr
	Service   string
	Copy      string // CpyDplct
	MessageID string // GrpHdr/MsgId, Assgnmt/Id, MsgHdr/MsgId …
	Created   string // as written
	Payments  []Payment
}

// Money is an amount as written; compute with decimals, never with floating point.
type Money struct{ Currency, Amount string }

// IsZero reports an absent amount.
func (m Money) IsZero() bool { return m == Money{} }

// Party is a person, company or agent.
type Party struct {
	Name    string
	BIC     corridor.BIC
	LEI     string
	Member  string // clearing system and member identification: "USABA 021000021"
	ID      string // another identification, the first given
	Address []string
	Town    string
	Country string
	Account string // IBAN, or another identification
}

// Reason is a coded or free reason.
type Reason struct{ Code, Text string }

// Payment is one transaction, entry, item or case of a message.
type Payment struct {
	Path string // of its element, below Document

	InstructionID, EndToEndID, TransactionID, ClearingReference string
	UETR                                                        corridor.UETR
	OriginalMessage, OriginalMessageName                        string
	OriginalInstructionID, OriginalEndToEndID, OriginalID       string
	OriginalUETR                                                corridor.UETR

	Settled, Instructed Money
	Rate                string
	SettlementDate      string
	ChargeBearer        string
	Charges             []Money
	CreditDebit         string // of an entry: CRDT or DBIT
	Status              string
	Reasons             []Reason
	Purpose             string
	Remittance          []string

	Debtor, Creditor, UltimateDebtor, UltimateCreditor Party
	Agents                                             []Agent // in the order of the schema
}

// Agent is an agent with its role, the name of its element.
type Agent struct {
	Role string
	Party
}

// Agent is the agent of a role ("InstgAgt", "CdtrAgt"), or nil.
func (p *Payment) Agent(role string) *Party {
	for i := range p.Agents {
		if p.Agents[i].Role == role {
			return &p.Agents[i].Party
		}
	}
	return nil
}

// paymentElements are the elements that hold one transaction; inside a larger one the smaller counts.
var paymentElements = []string{"CdtTrfTxInf", "DrctDbtTxInf", "TxInf", "TxInfAndSts", "TxDtls", "Itm", "OrgnlItm", "Rcrd", "Chq", "NtryDtls", "Ntry", "Undrlyg", "OrgnlPmtInfAndSts"}

// FactsOf reads the facts of a message.
func FactsOf(m *Message) Facts {
	f := Facts{Type: m.Type}
	if h := m.AppHdr; h != nil {
		f.From, f.To = bicOf(h.Find("Fr")), bicOf(h.Find("To"))
		f.Reference, f.Service, f.Copy = corridor.Reference(h.Value("BizMsgIdr")), h.Value("BizSvc"), h.Value("CpyDplct")
	}
	if m.Document == nil || len(m.Document.Children) == 0 {
		return f
	}
	body := m.Document.Children[0]
	for _, head := range [...]string{"GrpHdr", "Assgnmt", "MsgHdr", "MsgId"} {
		if h := body.Find(head); h != nil && f.MessageID == "" {
			f.MessageID = first(h, "MsgId", "Id")
			f.Created = first(h, "CreDtTm")
		}
	}
	collect(body, body.Name, body, &f)
	return f
}

// collect finds the transactions below e; shared is where what they leave out is looked for.
func collect(e *Element, path string, shared *Element, f *Facts) bool {
	found := false
	count := map[string]int{}
	for _, c := range e.Children {
		count[c.Name]++
		below := path + "/" + c.Name
		if n := count[c.Name]; n > 1 {
			below += "[" + strconv.Itoa(n) + "]"
		}
		up := shared
		if c.Name == "PmtInf" || c.Name == "CdtInstr" || c.Name == "Ntry" {
			up = c
		}
		if collect(c, below, up, f) {
			found = true
		} else if slices.Contains(paymentElements, c.Name) {
			f.Payments = append(f.Payments, paymentOf(c, below, up))
			found = true
		}
	}
	return found
}

// first is the first value that one of some paths has.
func first(e *Element, paths ...string) string {
	for _, p := range paths {
		if v := e.Value(p); v != "" {
			return v
		}
	}
	return ""
}

// paymentOf reads one transaction.
func paymentOf(e *Element, path string, shared *Element) Payment {
	refs := e
	for _, name := range [...]string{"PmtId", "Refs"} {
		if r := e.Find(name); r != nil {
			refs = r
		}
	}
	p := Payment{Path: path,
		InstructionID: first(refs, "InstrId", "UndrlygTx/InstrId", "ChrgsId"), EndToEndID: first(refs, "EndToEndId"), TransactionID: refs.Value("TxId"),
		ClearingReference: refs.Value("ClrSysRef"), UETR: corridor.UETR(first(refs, "UETR", "UndrlygTx/UETR")),
		OriginalInstructionID: e.Value("OrgnlInstrId"), OriginalEndToEndID: e.Value("OrgnlEndToEndId"),
		OriginalID: e.Value("OrgnlTxId"), OriginalUETR: corridor.UETR(e.Value("OrgnlUETR")),
		OriginalMessage:     first(e, "OrgnlGrpInf/OrgnlMsgId", "OrgnlMsgId"),
		OriginalMessageName: first(e, "OrgnlGrpInf/OrgnlMsgNmId", "OrgnlMsgNmId"),
		Rate:                e.Value("XchgRate"), ChargeBearer: e.Value("ChrgBr"), CreditDebit: first2(e, shared, "CdtDbtInd"),
		SettlementDate: first2(e, shared, "IntrBkSttlmDt"), Status: first2(e, shared, "TxSts", "TxCxlSts", "Sts/Cd", "Sts/Conf", "Sts"),
		Purpose: first(e, "Purp/Cd", "Purp/Prtry")}
	p.Settled = money(e, "IntrBkSttlmAmt", "RtrdIntrBkSttlmAmt", "OrgnlIntrBkSttlmAmt", "Amt", "TtlChrgsPerRcrd/TtlChrgsAmt")
	p.Instructed = money(e, "InstdAmt", "Amt/InstdAmt", "RtrdInstdAmt", "OrgnlInstdAmt")
	p.read(e, shared)
	return p
}

// first2 looks in the transaction, then in what it shares with others.
func first2(e, shared *Element, paths ...string) string {
	if v := first(e, paths...); v != "" || shared == nil {
		return v
	}
	return first(shared, paths...)
}

func money(e *Element, paths ...string) Money {
	for _, p := range paths {
		if f := e.Find(p); f != nil && f.Ccy != "" {
			return Money{f.Ccy, f.Text}
		}
	}
	return Money{}
}

// read fills parties, agents, charges, reasons and remittance.
func (p *Payment) read(e, shared *Element) {
	parties := e
	if c := e.Find("RtrChain"); c != nil {
		parties = c
	} else if r := e.Find("RltdPties"); r != nil {
		parties = r
	}
	for _, x := range [...]struct {
		to   *Party
		name string
	}{{&p.Debtor, "Dbtr"}, {&p.Creditor, "Cdtr"}, {&p.UltimateDebtor, "UltmtDbtr"}, {&p.UltimateCreditor, "UltmtCdtr"}} {
		*x.to = partyOf(parties.Find(x.name), parties.Find(x.name+"Acct"))
		if x.to.empty() && shared != nil {
			*x.to = partyOf(shared.Find(x.name), shared.Find(x.name+"Acct"))
		}
	}
	p.agents(e)
	if parties != e {
		p.agents(parties)
	}
	if r := e.Find("RltdAgts"); r != nil {
		p.agents(r)
	}
	if shared != nil && shared != e {
		p.agents(shared)
	}
	for _, c := range e.All("ChrgsInf/Amt") {
		p.Charges = append(p.Charges, Money{c.Ccy, c.Text})
	}
	for _, name := range [...]string{"StsRsnInf", "RtrRsnInf", "CxlRsnInf", "CxlStsRsnInf", "RvslRsnInf"} {
		for _, r := range e.All(name) {
			p.Reasons = append(p.Reasons, Reason{first(r, "Rsn/Cd", "Rsn/Prtry"), first(r, "AddtlInf")})
		}
	}
	for _, path := range [...]string{"RmtInf/Ustrd", "RmtInf/Strd/RfrdDocInf/Nb", "RmtInf/Strd/CdtrRefInf/Ref"} {
		for _, r := range e.All(path) {
			p.Remittance = append(p.Remittance, r.Text)
		}
	}
}

// agents adds the agents that stand directly below e and are not there yet.
func (p *Payment) agents(e *Element) {
	for _, c := range e.Children {
		if c.Find("FinInstnId") != nil && strings.Contains(c.Name, "Agt") && p.Agent(c.Name) == nil {
			p.Agents = append(p.Agents, Agent{c.Name, partyOf(c, e.Find(c.Name+"Acct"))})
		}
	}
}

func (p *Party) empty() bool {
	return p.Name == "" && p.BIC == "" && p.Account == "" && p.ID == "" && p.Member == "" && p.LEI == ""
}

func bicOf(e *Element) corridor.BIC {
	if e == nil {
		return ""
	}
	return corridor.BIC(first(e, "FIId/FinInstnId/BICFI", "FIId/FinInstnId/BIC", "OrgId/Id/OrgId/AnyBIC"))
}

// partyOf reads a party or agent, in the shapes of all versions.
func partyOf(e, account *Element) Party {
	var p Party
	if account != nil {
		p.Account = first(account, "Id/IBAN", "Id/Othr/Id", "Id/PrtryAcct/Id")
	}
	if e == nil {
		return p
	}
	for _, inner := range [...]string{"Pty", "Agt", "FinInstnId"} {
		if x := e.Find(inner); x != nil {
			e = x
		}
	}
	p.Name = e.Value("Nm")
	p.BIC = corridor.BIC(first(e, "BICFI", "BIC", "Id/OrgId/AnyBIC", "Id/OrgId/BICOrBEI"))
	p.LEI = first(e, "LEI", "Id/OrgId/LEI")
	p.ID = first(e, "Id/OrgId/Othr/Id", "Id/PrvtId/Othr/Id", "Othr/Id")
	if id := e.Value("ClrSysMmbId/MmbId"); id != "" {
		p.Member = strings.TrimSpace(first(e, "ClrSysMmbId/ClrSysId/Cd", "ClrSysMmbId/ClrSysId/Prtry") + " " + id)
	}
	if a := e.Find("PstlAdr"); a != nil {
		p.Town, p.Country = a.Value("TwnNm"), a.Value("Ctry")
		for _, c := range a.Children {
			if len(c.Children) == 0 {
				p.Address = append(p.Address, c.Text)
			}
		}
	}
	return p
}
