package directory

import (
	"fmt"
	"slices"
	"strings"

	"corridor.example/corridor"
)

// The check functions look at a record alone; what it refers to is looked at in edit.go.

// firstFault is the fault of the first check that failed.
func firstFault(path string, checks ...fieldCheck) *corridor.Fault {
	for _, c := range checks {
		if c.err != nil {
			return fault(FaultForm, path+"."+c.name, "%v", c.err)
		}
	}
	return nil
}

// fieldCheck is what came of looking at one field.
type fieldCheck struct {
	name string
	err  error
}

func (x *Entity) check(path string) *corridor.Fault {
	_, idErr := ParseEntityID(string(x.ID))
	return firstFault(path,
		fieldCheck{"id", idErr},
		fieldCheck{"name", needed(x.Name, checkText(x.Name, MaxName))},
		fieldCheck{"other_names", checkNames(x.OtherNames)},
		fieldCheck{"country", checkCountry(x.Country)},
		fieldCheck{"lei", checkLEI(x.LEI)},
		fieldCheck{"status", oneOf(x.Status, Active, Dissolved)},
	)
}

func (x *Office) check(path string) *corridor.Fault {
	f := firstFault(path,
		fieldCheck{"bic", checkBIC(x.BIC)},
		fieldCheck{"name", checkText(x.Name, MaxName)},
		fieldCheck{"city", checkText(x.City, MaxID)},
		fieldCheck{"gateway", checkText(x.Gateway, MaxID)},
		fieldCheck{"status", oneOf(x.Status, Active, Withdrawn)},
		fieldCheck{"established", orEmpty(x.Established, checkCountry)},
		fieldCheck{"terminals", checkTerminals(x.Terminals)},
		fieldCheck{"services", checkServices(x.Services)},
	)
	switch {
	case f != nil:
		return f
	case x.Status == Withdrawn && x.From == 0:
		return fault(FaultForm, path+".from", "a withdrawn BIC says since when, as 2026-01-31T00:00:00Z")
	case len(x.BIC) == 11 && (x.Entity != "" || x.Gateway != "" || len(x.Services) != 0 || len(x.Terminals) != 0):
		return fault(FaultNotItself, path, "the branch %s has an entity, gateway, services or terminals: those are its BIC8's", x.BIC)
	}
	return nil
}

func (x *Ownership) check(path string) *corridor.Fault {
	_, ownerErr := ParseEntityID(string(x.Owner))
	_, ownedErr := ParseEntityID(string(x.Owned))
	_, fromErr := ParseDate(string(x.From))
	return firstFault(path,
		fieldCheck{"owner", ownerErr},
		fieldCheck{"owned", ownedErr},
		fieldCheck{"percent", checkPercent(x.Percent)},
		fieldCheck{"from", fromErr},
		fieldCheck{"to", x.checkTo()},
		fieldCheck{"source", checkText(x.Source, MaxSource)},
	)
}

func (x *Ownership) checkTo() error {
	if x.To == "" {
		return nil
	}
	if _, err := ParseDate(string(x.To)); err != nil {
		return err
	}
	if x.To < x.From {
		return fmt.Errorf("the share ends on %s, before it begins on %s", x.To, x.From)
	}
	return nil
}

func (x *Standing) check(path string) *corridor.Fault {
	_, bicErr := corridor.ParseBIC(string(x.BIC)) // an order may speak of what no directory would take
	f := firstFault(path, fieldCheck{"bic", bicErr}, fieldCheck{"status", oneOf(x.Status, Suspended, Active)})
	if f == nil && len(x.BIC) != 8 {
		return fault(FaultForm, path+".bic", "a standing is a BIC8's, %s has %d characters", x.BIC, len(x.BIC))
	}
	return f
}

func needed(s string, err error) error {
	if s == "" {
		return fmt.Errorf("it is needed")
	}
	return err
}

func orEmpty(s string, check func(string) error) error {
	if s == "" {
		return nil
	}
	return check(s)
}

func oneOf(s Status, all ...Status) error {
	if !slices.Contains(all, s) {
		return fmt.Errorf("status %q: give one of %v", s, all)
	}
	return nil
}

func checkNames(names []string) error {
	if len(names) > MaxOtherNames {
		return fmt.Errorf("%d other names, the limit is %d", len(names), MaxOtherNames)
	}
	for _, n := range names {
		if err := needed(n, checkText(n, MaxName)); err != nil {
			return err
		}
	}
	return nil
}

func checkCountry(c string) error {
	if _, ok := CountryOf(c); !ok {
		return fmt.Errorf("country %q: give a code of ISO 3166 such as DE", c)
	}
	return nil
}

func checkLEI(s string) error {
	if s != "" && !ValidLEI(s) {
		return fmt.Errorf("LEI %q: it has 18 letters and digits and two check digits that agree with them", s)
	}
	return nil
}

func checkBIC(b corridor.BIC) error {
	if _, err := corridor.ParseBIC(string(b)); err != nil {
		return err
	}
	if strings.HasSuffix(string(b), "XXX") && len(b) == 11 {
		return fmt.Errorf("BIC %q is the head office: give the BIC8 %s", b, b.BIC8())
	}
	return checkCountry(b.Country())
}

func checkTerminals(codes []string) error {
	if len(codes) > MaxTerminals {
		return fmt.Errorf("%d terminals, the limit is %d", len(codes), MaxTerminals)
	}
	for i, c := range codes {
		if len(c) != 1 || c == "X" || !('A' <= c[0] && c[0] <= 'Z' || '0' <= c[0] && c[0] <= '9') {
			return fmt.Errorf("terminal %q: give the terminal's code, one letter or digit but X", c)
		}
		if i > 0 && codes[i-1] >= c {
			return fmt.Errorf("terminals %q, %q: give them in ascending order, each once", codes[i-1], c)
		}
	}
	return nil
}

func checkServices(all []Service) error {
	if len(all) > MaxServices {
		return fmt.Errorf("%d services, the limit is %d", len(all), MaxServices)
	}
	for i, s := range all {
		if !isServiceName(s.Name) {
			return fmt.Errorf("service %q: give 1 to 16 of a-z, for example fin, mx or file", s.Name)
		}
		if i > 0 && all[i-1].Name >= s.Name {
			return fmt.Errorf("services %q, %q: give them in ascending order, each once", all[i-1].Name, s.Name)
		}
		if err := checkTypes(s.Types); err != nil {
			return err
		}
	}
	return nil
}

func isServiceName(s string) bool {
	return len(s) > 0 && len(s) <= 16 && strings.Trim(s, "abcdefghijklmnopqrstuvwxyz") == ""
}

func checkTypes(types []corridor.MessageType) error {
	if len(types) > MaxTypes {
		return fmt.Errorf("%d message types, the limit is %d: leave them out where all are taken", len(types), MaxTypes)
	}
	for i, t := range types {
		if _, err := corridor.ParseMessageType(string(t)); err != nil {
			return err
		}
		if i > 0 && types[i-1] >= t {
			return fmt.Errorf("message types %s, %s: give them in ascending order, each once", types[i-1], t)
		}
	}
	return nil
}

func checkPercent(p corridor.Decimal) error {
	if p == "" {
		return nil
	}
	if d, err := corridor.ParseDecimal(string(p)); err != nil || d != p {
		return fmt.Errorf("percent %q: give a number from 0 to 100 with at most five digits after the point and no needless zeros, for example 50 or 50.01", p)
	}
	if shareOf(p) > whole {
		return fmt.Errorf("percent %s: a share is at most 100", p)
	}
	return nil
}
