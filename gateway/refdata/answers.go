package refdata

import (
	"net/http"
	"slices"

	"corridor.example/corridor"
	"corridor.example/corridor/directory"
)

// bicDetails is the answer for a BIC. Status and since are ours: whether an order suspended it.
type bicDetails struct {
	BIC          corridor.BIC      `json:"bic"`
	OfficeType   string            `json:"office_type"`
	Name         string            `json:"name"`
	Address      address           `json:"structured_address"`
	Connectivity connectivity      `json:"swift_connectivity"`
	Services     []string          `json:"swift_services"`
	Status       directory.Status  `json:"status"`
	Since        directory.Instant `json:"status_since,omitzero"`
}

type address struct {
	Town        string `json:"town_name,omitempty"`
	CountryCode string `json:"country_code"`
	CountryName string `json:"country_name"`
}

type connectivity struct {
	FIN      bool    `json:"fin"`
	FINPlus  finPlus `json:"finplus"`
	InterAct bool    `json:"interact"`
	FileAct  bool    `json:"fileact"`
}

type finPlus struct {
	Live   bool `json:"live"`
	Pilot  bool `json:"pilot"`
	Future bool `json:"future"`
}

// eleven is a BIC in the form of 11 characters that the service answers with.
func eleven(b corridor.BIC) corridor.BIC { return b.BIC8() + corridor.BIC(b.Branch()) }

func details(d *directory.Directory, b corridor.BIC) (any, *refusal) {
	l := d.LookUp(b)
	country, _ := directory.CountryOf(l.Established)
	a := bicDetails{
		BIC: eleven(b), OfficeType: "HEAD OFFICE", Name: l.Name, Status: l.Status, Since: l.From, Services: servicesOf(&l),
		Address: address{d.Office(b).City, country.Code, country.Name},
	}
	if b.Branch() != "XXX" {
		a.OfficeType = "BRANCH"
	}
	if l.Refusal == "" {
		has := func(name string) bool { return slices.Contains(a.Services, name) }
		a.Connectivity = connectivity{FIN: has("fin"), FINPlus: finPlus{Live: has("mx") && !b.IsTest(), Pilot: has("mx") && b.IsTest()}, InterAct: has("mx"), FileAct: has("file")}
	}
	return a, nil
}

// servicesOf are the services that a BIC is in; where the directory does not say, those that every member has.
func servicesOf(l *directory.Listing) []string {
	if len(l.Services) == 0 {
		return []string{"fin", "mx"}
	}
	var all []string
	for _, s := range l.Services {
		all = append(all, s.Name)
	}
	return all
}

func validity(d *directory.Directory, b corridor.BIC) (any, *refusal) {
	status, from := d.Status(b)
	a := struct {
		BIC       corridor.BIC     `json:"bic"`
		Validity  string           `json:"validity"`
		Effective string           `json:"effective_date,omitempty"`
		Status    directory.Status `json:"status"`
	}{eleven(b), "VBIC", "", status}
	if from != 0 {
		a.Effective = from.String()[:len("2006-01-02")]
	}
	return a, nil
}

func leiOf(d *directory.Directory, b corridor.BIC) (any, *refusal) {
	e := d.Owner(b)
	if e.LEI == "" {
		return nil, refuse(http.StatusNotFound, "LEIN", "the directory has no LEI of %s, %s", b, e.Name)
	}
	return map[string]string{"bic": string(eleven(b)), "lei": e.LEI}, nil
}

// connected is the BIC by which messages reach a BIC: a branch is reached by its own.
func connected(d *directory.Directory, b corridor.BIC) (any, *refusal) {
	if l := d.LookUp(b); l.Refusal != "" {
		return nil, refuse(http.StatusNotFound, "NCBF", "%s", l.Refusal)
	}
	return map[string]corridor.BIC{"bic": eleven(b), "connected_bic": eleven(b)}, nil
}

// reachability says by which services of this network a BIC is reached. SEPA's schemes are other networks'.
func reachability(d *directory.Directory, q *http.Request) (any, *refusal) {
	scheme := q.URL.Query().Get("sepa_scheme")
	switch scheme {
	case "", "SCT", "SCTINST", "SDD", "B2B", "COR1":
	default:
		return nil, refuse(http.StatusBadRequest, "ISSC", "sepa_scheme %q is not known", scheme)
	}
	return ofBIC(func(d *directory.Directory, b corridor.BIC) (any, *refusal) {
		l := d.LookUp(b)
		if scheme != "" || l.Refusal != "" {
			return nil, refuse(http.StatusNotFound, "ICHA", "there is no payment channel to %s here%s", b, because(l.Refusal))
		}
		return struct {
			BIC      corridor.BIC `json:"bic"`
			Channels []string     `json:"payment_channels"`
			Adherent corridor.BIC `json:"adherence_bic"`
		}{eleven(b), servicesOf(&l), eleven(b.BIC8())}, nil
	})(d, q)
}

func because(why string) string {
	if why == "" {
		return ": this network carries no SEPA schemes"
	}
	return ": " + why
}

// leiDetails is the answer for a LEI.
type leiDetails struct {
	LEI         string           `json:"lei"`
	LegalName   string           `json:"legal_name"`
	OtherNames  []string         `json:"other_names,omitempty"`
	CountryCode string           `json:"country_code"`
	CountryName string           `json:"country_name"`
	Status      directory.Status `json:"entity_status"`
}

func entityDetails(_ *directory.Directory, e *directory.Entity) (any, *refusal) {
	country, _ := directory.CountryOf(e.Country)
	return leiDetails{e.LEI, e.Name, e.OtherNames, country.Code, country.Name, e.Status}, nil
}

func bicsOf(d *directory.Directory, e *directory.Entity) (any, *refusal) {
	var bics []corridor.BIC
	for _, b := range d.OfficesOf(e.ID) {
		if status, _ := d.Status(b); status != directory.Withdrawn {
			bics = append(bics, eleven(b))
		}
	}
	if len(bics) == 0 {
		return nil, refuse(http.StatusNotFound, "IBIC", "%s has no BIC in the directory", e.Name)
	}
	return struct {
		LEI  string         `json:"lei"`
		BICs []corridor.BIC `json:"bics"`
	}{e.LEI, bics}, nil
}

func leiValidity(_ *directory.Directory, e *directory.Entity) (any, *refusal) {
	return map[string]string{"lei": e.LEI, "validity": "VLEI"}, nil
}

func countryDetails(c directory.Country) any {
	return map[string]string{"country_code": c.Code, "country_name": c.Name, "iso3_code": c.Code3, "numeric_code": c.Number}
}

func countryValidity(c directory.Country) any {
	return map[string]string{"country_code": c.Code, "validity": "VCOC"}
}
