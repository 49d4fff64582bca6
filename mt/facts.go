package mt

import (
	"strings"

	corridor "corridor.example/corridor"
)

// Facts are what every program wants of a message: references, money, date and parties. What a type does not have
// stays empty.
type Facts struct {
	Type      corridor.MessageType
	Sender    corridor.BIC
	Receiver  corridor.BIC
	Reference string // field 20, or the SEME reference
	Related   string // field 21, or the RELA reference
	MUR       corridor.Reference
	UETR      corridor.UETR

	ValueDate string // YYYYMMDD
	Currency  string
	Amount    string // as in the message, with a comma: "1350,25"

	Ordering    Party // customer, or institution in bank transfers
	Beneficiary Party
	Account     string // of a statement or advice: field 25
}

// Party is one party of a payment.
type Party struct {
	Account string // without slashes
	BIC     corridor.BIC
	Name    []string // name and address, line by line
}

// FactsOf reads the facts of a message that was parsed.
func FactsOf(m *Message) Facts {
	f := Facts{Type: m.Type, Sender: corridor.LT(m.Sender()).BIC(), Receiver: corridor.LT(m.Receiver()).BIC()}
	f.Reference, f.Related = m.reference("20", "SEME"), m.reference("21", "RELA")
	mur, _ := m.UserTag("108")
	uetr, _ := m.UserTag("121")
	f.MUR, f.UETR = corridor.Reference(mur), corridor.UETR(uetr)
	f.ValueDate, f.Currency, f.Amount = m.money()
	f.Ordering = m.party("50a", "52a")
	f.Beneficiary = m.party("59a", "58a")
	if acct := m.First("25a"); acct != nil {
		f.Account = strings.TrimPrefix(acct.Component("account"), "/")
	}
	return f
}

// reference is a field, or the generic 20C with that qualifier.
func (m *Message) reference(tag, qualifier string) string {
	if f := m.First(tag); f != nil {
		return f.Value
	}
	for _, f := range m.All("20C") {
		if f.Qualifier() == qualifier {
			return f.Component("reference")
		}
	}
	return ""
}

// money finds date, currency and amount: of 32a, of the closing balance of a statement, or of a settlement.
func (m *Message) money() (date, currency, amount string) {
	for _, tag := range []string{"32a", "62a", "19A", "34a"} {
		f := m.First(tag)
		if f == nil {
			continue
		}
		currency, amount, date = f.Component("currency"), f.Component("amount"), f.Component("date")
		if currency == "" {
			currency = f.Component("currency_code")
		}
		if amount != "" {
			break
		}
	}
	if date == "" {
		date = m.dateElsewhere()
	}
	if len(date) == 6 {
		date = century(date) + date
	}
	return date, currency, amount
}

func (m *Message) dateElsewhere() string {
	for _, tag := range []string{"30", "30V"} {
		if f := m.First(tag); f != nil {
			return f.Value
		}
	}
	for _, f := range m.All("98a") {
		if f.Qualifier() == "SETT" {
			return f.Component("date")
		}
	}
	return ""
}

func century(date string) string {
	if date >= "80" {
		return "19"
	}
	return "20"
}

// party reads the first of the tags that is there.
func (m *Message) party(tags ...string) Party {
	for _, tag := range tags {
		if f := m.First(tag); f != nil {
			return f.Party()
		}
	}
	return Party{}
}

// Party reads a party field: account, BIC, name and address. Of 50F and 59F the numbers before the lines are left out.
func (f *Field) Party() Party {
	var p Party
	for _, c := range f.Components() {
		switch c.Kind {
		case "account", "party_id":
			p.Account = strings.TrimLeft(c.Value, "/")
		case "party_id_50F":
			if strings.HasPrefix(c.Value, "/") {
				p.Account = c.Value[1:]
			}
		case "bic":
			p.BIC = corridor.BIC(c.Value)
		case "name_address":
			p.Name = strings.Split(c.Value, "\r\n")
		case "numbered_lines":
			for _, l := range strings.Split(c.Value, "\r\n") {
				p.Name = append(p.Name, l[min(2, len(l)):])
			}
		}
	}
	return p
}
