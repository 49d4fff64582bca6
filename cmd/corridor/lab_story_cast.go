package main

import (
	"crypto/rand"
	"fmt"
	"os"
	"time"

	"corridor.example/corridor"
	"corridor.example/corridor/directory"
	"corridor.example/corridor/gateway"
	"corridor.example/corridor/internal/canonical"
	"corridor.example/corridor/pki"
	"corridor.example/corridor/standing"
)

// The story's banks beside the lab's own. All are invented; Antarctica is a country that has no banks.
const (
	vostrova corridor.LT = "ZQVARUMMAXXX" // listed
	severin  corridor.LT = "ZQVSRUMMAXXX" // owned 60 % by it, in the same country
	edelring corridor.LT = "ZQVEDEFFAXXX" // owned wholly by it, ring-fenced in another country
	penguin  corridor.LT = "PINGAQAAAXXX"
	krill    corridor.LT = "KRILAQBBAXXX"
	polar    corridor.LT = "POLRAQCCAXXX" // settles for the research stations: expressly out
)

// storyBanks are the members in the story.
func storyBanks() []labBank {
	return append(labBanks(),
		labBank{vostrova, "Vostrova Bank", "Russia", gateway.CheckFull},
		labBank{severin, "Severin Credit", "Russia", gateway.CheckFull},
		labBank{edelring, "Edelring Institut", "Germany", gateway.CheckFull},
		labBank{penguin, "Penguin Bank", "Antarctica", gateway.CheckFull},
		labBank{krill, "Krill Savings Bank", "Antarctica", gateway.CheckFull},
		labBank{polar, "Polar Settlement House", "Antarctica", gateway.CheckFull},
	)
}

// storyDirectory is what the directory's officer brings: the members, one more of a similar name, and who owns whom.
func storyDirectory() *directory.Body {
	b := &directory.Body{}
	member := func(id, name, country string, bic corridor.BIC) {
		b.Changes = append(b.Changes, directory.Change{Entity: &directory.Entity{ID: directory.EntityID(id), Name: name, Country: country, Status: directory.Active}},
			directory.Change{Office: &directory.Office{BIC: bic, Entity: directory.EntityID(id), Status: directory.Active}})
	}
	owns := func(owner, owned string, percent corridor.Decimal) {
		b.Changes = append(b.Changes, directory.Change{Ownership: &directory.Ownership{
			Owner: directory.EntityID(owner), Owned: directory.EntityID(owned), Percent: percent, Direct: true, From: "2015-01-01", Source: "register of banks",
		}})
	}
	member("LE-MERIDIAN", "Meridian Bank", "DE", "MERIDEFF")
	member("LE-CEDRE", "Banque du Cedre", "FR", "CEDRFRPP")
	member("LE-ORCA", "Banco Orca", "BR", "ORCABRSP")
	member("LE-TAMARIND", "Tamarind Bank", "JP", "TAMAJPJT")
	member("LE-VOSTROVA", "Vostrova Bank", "RU", vostrova.BIC8())
	member("LE-SEVERIN", "Severin Credit", "RU", severin.BIC8())
	member("LE-EDELRING", "Edelring Institut", "DE", edelring.BIC8())
	member("LE-VTRADE", "Vostrova Trade Bank", "RU", "VOTRRUMM")
	member("LE-PENGUIN", "Penguin Bank", "AQ", penguin.BIC8())
	member("LE-KRILL", "Krill Savings Bank", "AQ", krill.BIC8())
	member("LE-POLAR", "Polar Settlement House", "AQ", polar.BIC8())
	owns("LE-VOSTROVA", "LE-SEVERIN", "60")
	owns("LE-VOSTROVA", "LE-EDELRING", "100")
	return b
}

// storyOfficers are the network's seven officers and their roles.
func storyOfficers() []standing.Officer {
	role := func(name string, roles ...standing.Role) standing.Officer {
		return standing.Officer{Name: name, Roles: roles}
	}
	return []standing.Officer{
		role("anna", standing.Drafter), role("bruno", standing.Legal), role("carla", standing.Compliance), role("otto", standing.Operations),
		role("vera", standing.Observer), role("petra", standing.AppealOfficer), role("dario", standing.DirectoryOfficer, standing.Auditor),
	}
}

// storyPolicy is the founding policy. The lab asks no notice, so that the story fits into a minute.
func storyPolicy(officers []standing.Officer) *standing.Policy {
	return &standing.Policy{
		Version: 1, Officers: officers, Signers: []standing.Role{standing.Legal, standing.Compliance, standing.Operations, standing.Observer},
		Bank: 3, Country: 4, BeyondBounds: 1, LargeShare: "1", PauseHours: 72, Authorisations: "required",
	}
}

const (
	storyLaw1 = "Regulation of invention 1/26\n\nArticle 1. From the instant named in the annex no messages are carried for the institutions listed,\nnor for those established in the same country that they own by more than half.\n\nAnnex: Vostrova Bank; Vostrova Insurance Company.\n"
	storyLaw2 = "Regulation of invention 2/26\n\nArticle 1. From the instant named in the annex no messages are carried for institutions of Antarctica.\nArticle 2. Accounts of the research stations are not concerned.\n"
	storyLaw3 = "Decision of invention 3/26\n\nArticle 1. Vostrova Bank is taken off the list.\n"
)

// instrument is a text of the story as an order names it.
func instrument(text, number string) standing.Instrument {
	return standing.Instrument{Issuer: "Council of Examples", Number: number, Published: "2026-01-02", SHA256: corridor.DigestOf([]byte(text)).String(), Article: "1"}
}

// bankDraft is the order against Vostrova Bank and whom it owns.
func bankDraft() *standing.Order {
	return &standing.Order{
		ID: "ORD-1", Kind: standing.Disconnect, Ground: "law", Instruments: []standing.Instrument{instrument(storyLaw1, "1/26")},
		Subject: standing.Subject{
			Names:   []standing.Name{{Name: "Vostrova Bank", Entity: "LE-VOSTROVA", Evidence: "register of banks"}, {Name: "Vostrova Insurance Company"}},
			Closure: &standing.Closure{Percent: "50", Op: ">", Indirect: true, EstablishedIn: []string{"RU"}, AsOf: "2026-01-02"},
		},
		Appeal: "petra@lab.corridor",
	}
}

// countryDraft is the order against the banks of Antarctica.
func countryDraft() *standing.Order {
	return &standing.Order{
		ID: "ORD-2", Kind: standing.Disconnect, Ground: "law", Instruments: []standing.Instrument{instrument(storyLaw2, "2/26")},
		Subject: standing.Subject{
			Countries: []standing.Country{{Country: "AQ", Test: "either"}},
			Excluded:  []standing.Excluded{{BIC: polar.BIC8(), Reason: "settles for the research stations, article 2"}},
		},
	}
}

// keep issues the officers' keys and writes the policy, signed by the authority.
func (s *story) keep() error {
	a, err := pki.LoadAuthority(s.lab.path("authority"), pki.Unencrypted())
	if err != nil {
		return err
	}
	officers := storyOfficers()
	for i := range officers {
		id, err := s.issueOfficer(a, "", officers[i].Name)
		if err != nil {
			return err
		}
		officers[i].Key = id.String()
	}
	for _, of := range []corridor.BIC{"MERIDEFF", vostrova.BIC8()} {
		if _, err := s.issueOfficer(a, of, "desk-"+deskName(of)); err != nil {
			return err
		}
	}
	text, err := canonical.Marshal(storyPolicy(officers))
	if err != nil {
		return err
	}
	file, err := pki.EncodeDocument(standing.DomainPolicy, text, a.SignDocument(standing.DomainPolicy, text))
	if err != nil {
		return err
	}
	return os.WriteFile(s.lab.path("policy.signed"), file, 0o644)
}

// deskName is the name of the officer who acts for a bank.
func deskName(of corridor.BIC) string {
	if of == "MERIDEFF" {
		return "meridian"
	}
	return "vostrova"
}

func (s *story) issueOfficer(a *pki.Authority, of corridor.BIC, name string) (corridor.Digest, error) {
	issued, err := a.IssueOfficer(of, name, 365*hoursPerDay, time.Now().Add(-time.Minute), rand.Reader)
	if err != nil {
		return corridor.Digest{}, err
	}
	return issued.Signing[0].Certificate.ID, issued.Write(s.officer(name), pki.Unencrypted())
}

// officer is the folder of an officer's key.
func (s *story) officer(name string) string { return s.lab.path("officers", name) }

// importDirectory brings the directory.
func (s *story) importDirectory() error {
	text, err := pretty(storyDirectory())
	if err != nil {
		return err
	}
	if err := os.WriteFile(s.lab.path("directory.json"), text, 0o644); err != nil {
		return err
	}
	return s.by("dario", 0, brief, "directory", "import", s.lab.path("directory.json"))
}

// authorise writes the list of authorisations to start with: every bank may send to every other.
func (s *story) authorise() error {
	text := "issuer,correspondent,service,permission\n"
	for _, to := range s.lab.banks {
		for _, from := range s.lab.banks {
			if to.lt == from.lt {
				continue
			}
			for _, service := range []string{"fin", "mx"} {
				text += fmt.Sprintf("%s,%s,%s,all\n", to.lt.BIC8(), from.lt.BIC8(), service)
			}
		}
	}
	return os.WriteFile(s.lab.path("bilateral.csv"), []byte(text), 0o600)
}
