package files

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"corridor.example/corridor"
	"corridor.example/corridor/directory"
)

// The LEI system publishes two lists: entities (level 1) and who consolidates whom (level 2, relationship records), each as CSV
// and as JSON. The columns of the CSV are the paths of the JSON with a point between names; a JSON value may stand under "$".

const (
	leiEntitiesCSV   = "LEI entities, CSV"
	leiEntitiesJSON  = "LEI entities, JSON"
	leiRelationsCSV  = "LEI relationships, CSV"
	leiRelationsJSON = "LEI relationships, JSON"
)

// cells are the values of one published record by their path.
type cells map[string]string

// first is the value of the first path that has one.
func (c cells) first(paths ...string) string {
	for _, p := range paths {
		if v := strings.TrimSpace(c[p]); v != "" {
			return v
		}
	}
	return ""
}

// leiSection is the section that begins with a published file's line of column names, or nil.
func (f *File) leiSection(head *row, d *directory.Directory) *section {
	take := (*leiReader).relation
	switch {
	case slices.Contains(head.cells, "Relationship.StartNode.NodeID"):
		f.Kind = leiRelationsCSV
	case slices.Contains(head.cells, "LEI") && slices.Contains(head.cells, "Entity.LegalName"):
		f.Kind, take = leiEntitiesCSV, (*leiReader).entity
	default:
		return nil
	}
	l := &leiReader{f, d}
	return &section{head.cells, func(f *File, r *row) error {
		c := cells{}
		for i, v := range r.cells {
			c[head.cells[i]] = v
		}
		line, column := r.place()
		return take(l, c, line, column)
	}}
}

// leiReader turns published records into the directory's.
type leiReader struct {
	f *File
	d *directory.Directory
}

func (l *leiReader) skip(why string) error {
	l.f.Skipped[why]++
	return nil
}

// entity takes a legal entity: one that the directory has by its LEI keeps its id and its other names.
func (l *leiReader) entity(c cells, line, column int) error {
	lei := c.first("LEI")
	if !directory.ValidLEI(lei) {
		return l.f.fail(line, column, "the LEI %q is not well-formed", lei)
	}
	e := directory.Entity{ID: directory.EntityID("LEI-" + lei), LEI: lei, Status: directory.Active}
	if old := l.d.ByLEI(lei); old != nil {
		e = *old
	}
	e.Name = oneLine(c.first("Entity.LegalName"))
	e.Country = c.first("Entity.LegalAddress.Country")
	if jurisdiction := c.first("Entity.LegalJurisdiction"); e.Country == "" && len(jurisdiction) >= 2 {
		e.Country = jurisdiction[:2] // US-DE is a state of US
	}
	if e.Status = directory.Active; c.first("Entity.EntityStatus") == "INACTIVE" {
		e.Status = directory.Dissolved
	}
	if c.first("Registration.RegistrationStatus") == "DUPLICATE" || c.first("Registration.RegistrationStatus") == "ANNULLED" {
		return l.skip("registrations that were annulled or duplicates")
	}
	return l.f.add(Record{directory.Change{Entity: &e}, line, column})
}

// oneLine brings a published text into the directory's form of names.
func oneLine(s string) string {
	s = strings.Join(strings.Fields(strings.ReplaceAll(s, "|", "/")), " ")
	if r := []rune(s); len(r) > directory.MaxName {
		s = strings.TrimSpace(string(r[:directory.MaxName]))
	}
	return s
}

// relation takes "start is consolidated by end": the end owns. A share that the record does not quantify is control, which is
// what consolidation means in accounting.
func (l *leiReader) relation(c cells, line, column int) error {
	kind := c.first("Relationship.RelationshipType")
	direct := kind == "IS_DIRECTLY_CONSOLIDATED_BY"
	if !direct && kind != "IS_ULTIMATELY_CONSOLIDATED_BY" {
		return l.skip("relationships other than consolidation")
	}
	if status := c.first("Registration.RegistrationStatus"); status == "ANNULLED" || status == "DUPLICATE" {
		return l.skip("registrations that were annulled or duplicates")
	}
	owned, owner := l.known(c.first("Relationship.StartNode.NodeID")), l.known(c.first("Relationship.EndNode.NodeID"))
	if owned == "" || owner == "" {
		return l.skip("relationships of entities that are not in the directory")
	}
	o := directory.Ownership{Owner: owner, Owned: owned, Direct: direct, Source: "LEI relationship record, " + kind}
	var err error
	if o.Percent, err = percentage(c); err != nil {
		return l.f.fail(line, column, "the quantifier: %w", err)
	}
	o.Control = o.Percent == ""
	if o.From, o.To, err = period(c); err != nil {
		return l.f.fail(line, column, "the relationship's period: %w", err)
	}
	return l.merge(o, line, column)
}

// known is the directory's id of a LEI, or that under which this file brings it.
func (l *leiReader) known(lei string) directory.EntityID {
	if e := l.d.ByLEI(lei); e != nil {
		return e.ID
	}
	return ""
}

// merge leaves shares alone that the directory has from elsewhere, and changes those from here.
func (l *leiReader) merge(o directory.Ownership, line, column int) error {
	for _, old := range l.d.Owns(o.Owner) {
		if old.Owned != o.Owned || old.Direct != o.Direct || old.To != "" && old.To <= o.From {
			continue
		}
		if !strings.HasPrefix(old.Source, "LEI relationship record") {
			return l.skip("relationships that the directory has from another source")
		}
		o.From = old.From // the same relationship, whatever its record now says of its beginning
		if o.To != "" && o.To < o.From {
			o.To = o.From
		}
	}
	return l.f.add(Record{directory.Change{Ownership: &o}, line, column})
}

// percentage is the share that a quantifier states in percent, or empty.
func percentage(c cells) (corridor.Decimal, error) {
	for i := 1; i <= 5; i++ {
		at := fmt.Sprintf("Relationship.Quantifiers.%d.", i)
		json := fmt.Sprintf("Relationship.RelationshipQuantifiers.RelationshipQuantifier.%d.", i)
		if c.first(at+"QuantifierUnits", json+"QuantifierUnits") != "PERCENTAGE" {
			continue
		}
		if amount := c.first(at+"QuantifierAmount", json+"QuantifierAmount"); amount != "" {
			return corridor.ParseDecimal(amount)
		}
	}
	return "", nil
}

// period is when the relationship holds. Without a period of its own the accounting period or the registration's date stands for its
// beginning; one that is over without an end is over from its last update on.
func period(c cells) (from, to directory.Date, err error) {
	start, end := periodOf(c, "RELATIONSHIP_PERIOD")
	if start == "" {
		start, _ = periodOf(c, "ACCOUNTING_PERIOD")
	}
	if start == "" {
		start = c.first("Registration.InitialRegistrationDate")
	}
	if end == "" && c.first("Relationship.RelationshipStatus") != "ACTIVE" {
		end = c.first("Registration.LastUpdateDate")
	}
	if from, err = day(start); err != nil {
		return "", "", err
	}
	if to, err = day(end); err != nil {
		return "", "", err
	}
	if from == "" {
		return "", "", fmt.Errorf("it has no beginning, and its registration no date")
	}
	if to != "" && to < from {
		to = from
	}
	return from, to, nil
}

func periodOf(c cells, kind string) (start, end string) {
	for i := 1; i <= 5; i++ {
		at := fmt.Sprintf("Relationship.Period.%d.", i)
		json := fmt.Sprintf("Relationship.RelationshipPeriods.RelationshipPeriod.%d.", i)
		if c.first(at+"periodType", json+"PeriodType") == kind {
			return c.first(at+"startDate", json+"StartDate"), c.first(at+"endDate", json+"EndDate")
		}
	}
	return "", ""
}

// day is the day of a published time; it begins with it in every form.
func day(s string) (directory.Date, error) {
	if s == "" {
		return "", nil
	}
	return directory.ParseDate(s[:min(len(s), len("2006-01-02"))])
}

func (j *jsonFile) leiEntity(at int64) error   { return j.published(at, (*leiReader).entity) }
func (j *jsonFile) leiRelation(at int64) error { return j.published(at, (*leiReader).relation) }

// published reads one record of another's JSON.
func (j *jsonFile) published(at int64, take func(*leiReader, cells, int, int) error) error {
	var raw json.RawMessage
	if err := j.d.Decode(&raw); err != nil {
		return j.error(at, err)
	}
	line, column := j.lines.at(j.d.InputOffset() - int64(len(raw)))
	if len(raw) > MaxRecord {
		return j.f.fail(line, column, "the record has %d bytes, the limit is %d", len(raw), MaxRecord)
	}
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	var tree any
	if err := d.Decode(&tree); err != nil {
		return j.error(j.d.InputOffset(), err)
	}
	c := cells{}
	c.flatten("", tree)
	return take(&leiReader{j.f, j.dir}, c, line, column)
}

// flatten gives each value of a tree its path. What stands under "$" is the value itself, attributes (@) are left out, a
// single element where others have an array is the first.
func (c cells) flatten(path string, tree any) {
	switch v := tree.(type) {
	case map[string]any:
		for key, x := range v {
			switch {
			case key == "$":
				c.flatten(path, x)
			case !strings.HasPrefix(key, "@"):
				c.flatten(strings.TrimPrefix(path+"."+key, "."), one(key, x))
			}
		}
	case []any:
		for i, x := range v {
			c.flatten(path+"."+strconv.Itoa(i+1), x)
		}
	case string:
		c[path] = v
	case json.Number:
		c[path] = v.String()
	}
}

// one makes an array of what is an array in other records.
func one(key string, x any) any {
	if _, isObject := x.(map[string]any); isObject && (key == "RelationshipPeriod" || key == "RelationshipQuantifier") {
		return []any{x}
	}
	return x
}

// decodeChange reads one record of our own form.
func decodeChange(raw []byte) (c directory.Change, err error) {
	d := json.NewDecoder(bytes.NewReader(raw))
	d.DisallowUnknownFields()
	return c, d.Decode(&c)
}
