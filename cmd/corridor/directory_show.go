package main

import (
	"context"
	"fmt"
	"strings"
	"text/tabwriter"

	"corridor.example/corridor"
	"corridor.example/corridor/directory"
)

// DirectoryShowCommand shows one BIC or entity.
type DirectoryShowCommand struct {
	What string `arg:"" help:"A BIC of 8 or 11 characters, an entity's id, or a LEI."`
	directorySource
}

// Help shows examples.
func (DirectoryShowCommand) Help() string {
	return "Examples:\n  corridor directory show ZQVARUMM\n  corridor directory show LE-VOSTROVA --file directory.json --json\n\nExit status 1: the directory does not have it."
}

// shownEntity is an entity with what belongs to it.
type shownEntity struct {
	Version uint64                 `json:"version"`
	Digest  string                 `json:"digest"`
	Entity  *directory.Entity      `json:"entity,omitempty"`
	Offices []shownOffice          `json:"offices,omitempty"`
	Owners  []*directory.Ownership `json:"owners,omitempty"`
	Owns    []*directory.Ownership `json:"owns,omitempty"`
}

// shownOffice is a BIC with what is looked up by it.
type shownOffice struct {
	directory.Listing
	City      string         `json:"city,omitempty"`
	Terminals []string       `json:"terminals,omitempty"`
	Branches  []corridor.BIC `json:"branches,omitempty"`
	Gateway   string         `json:"gateway,omitempty"`
	Sharing   []corridor.BIC `json:"sharing,omitempty"` // other members on its gateway
}

// Run prints it.
func (c DirectoryShowCommand) Run(ctx context.Context, io streams) error {
	d, err := c.directory(ctx)
	if err != nil {
		return fmt.Errorf("show %s: %w", c.What, err)
	}
	s, err := show(d, c.What)
	if err != nil {
		return err
	}
	if c.JSON {
		return printJSON(io.Out, s)
	}
	return s.print(io, d)
}

// show gathers what there is. Of a BIC that orders speak of and the directory has not yet, only its standing is there.
func show(d *directory.Directory, what string) (*shownEntity, error) {
	s := &shownEntity{Version: d.Version(), Digest: d.Digest().String()}
	bic, bicErr := corridor.ParseBIC(strings.ToUpper(what))
	e, err := named(d, what)
	switch {
	case err == nil:
		s.Entity, s.Owners, s.Owns = e, d.Owners(e.ID), d.Owns(e.ID)
	case bicErr == nil && d.LookUp(bic).Status != "":
		s.Offices = append(s.Offices, showOffice(d, bic))
		return s, nil
	default:
		return nil, err
	}
	if bicErr == nil && e.ID != directory.EntityID(bic) {
		if d.Office(bic) == nil {
			return nil, answerNo(fmt.Errorf("%s", d.LookUp(bic).Refusal))
		}
		s.Offices = append(s.Offices, showOffice(d, bic))
		return s, nil
	}
	for _, b := range d.OfficesOf(e.ID) {
		s.Offices = append(s.Offices, showOffice(d, b))
	}
	return s, nil
}

func showOffice(d *directory.Directory, b corridor.BIC) shownOffice {
	s := shownOffice{Listing: d.LookUp(b), Sharing: d.Sharing(b)}
	if len(b) == 8 {
		s.Branches = d.Branches(b)
	}
	if o := d.Office(b); o != nil {
		s.City = o.City
	}
	if o := d.Office(b.BIC8()); o != nil {
		s.Terminals, s.Gateway = o.Terminals, o.Gateway
	}
	return s
}

func (s *shownEntity) print(io streams, d *directory.Directory) error {
	w := table(io)
	if e := s.Entity; e != nil {
		fmt.Fprintf(w, "entity\t%s, %s, established in %s, %s\n", e.ID, e.Name, countryName(e.Country), e.Status)
		printIf(w, "LEI", e.LEI)
		printIf(w, "also called", strings.Join(e.OtherNames, "; "))
	}
	for i := range s.Offices {
		s.Offices[i].print(w)
	}
	for _, o := range s.Owners {
		fmt.Fprintf(w, "owned by\t%s\n", share(d, o, o.Owner))
	}
	for _, o := range s.Owns {
		fmt.Fprintf(w, "owns\t%s\n", share(d, o, o.Owned))
	}
	fmt.Fprintf(w, "directory\tversion %d, digest %s\n", s.Version, s.Digest)
	return w.Flush()
}

func (s *shownOffice) print(w *tabwriter.Writer) {
	since := ""
	if s.From != 0 {
		since = " since " + s.From.String()
	}
	fmt.Fprintf(w, "BIC\t%s, %s, %s%s\n", s.BIC, s.Name, s.Status, since)
	if s.Established != "" && s.Established != s.Country {
		fmt.Fprintf(w, "\testablished in %s, though its letters say %s\n", countryName(s.Established), countryName(s.Country))
	}
	printIf(w, "", s.City)
	printIf(w, "\tservices", services(s.Services))
	printIf(w, "\tterminals", strings.Join(s.Terminals, ", "))
	printIf(w, "\tbranches", joinText(s.Branches))
	printIf(w, "\tgateway", strings.TrimSuffix(s.Gateway+", with "+joinText(s.Sharing), ", with "))
	printIf(w, "\tnote", s.Refusal)
}

// printIf prints a line that has something; a label that begins with a tab stands in the second column.
func printIf(w *tabwriter.Writer, label, text string) {
	if text == "" {
		return
	}
	if inner, ok := strings.CutPrefix(label, "\t"); ok {
		label, text = "", inner+": "+text
	}
	fmt.Fprintf(w, "%s\t%s\n", label, text)
}

func services(all []directory.Service) string {
	var out []string
	for _, s := range all {
		one := s.Name
		if len(s.Types) > 0 {
			one += " (" + joinText(s.Types) + ")"
		}
		out = append(out, one)
	}
	return strings.Join(out, ", ")
}

// share is a share in words, from the side of the other entity.
func share(d *directory.Directory, o *directory.Ownership, other directory.EntityID) string {
	text := fmt.Sprintf("%s %s: ", other, d.Entity(other).Name)
	switch {
	case o.Percent != "":
		text += string(o.Percent) + " %"
	default:
		text += "share not known"
	}
	if o.Control {
		text += ", control"
	}
	if !o.Direct {
		text += ", through others"
	}
	text += ", from " + string(o.From)
	if o.To != "" {
		text += " until before " + string(o.To)
	}
	if o.Source != "" {
		text += " (" + o.Source + ")"
	}
	return text
}

func countryName(code string) string {
	if c, ok := directory.CountryOf(code); ok {
		return code + " " + c.Name
	}
	return code
}

// DirectoryFindCommand finds entities by their names.
type DirectoryFindCommand struct {
	Text string `arg:"" help:"Words of a name, or their beginnings, in any order; or an id, LEI or BIC."`
	directorySource
}

// Help shows an example.
func (DirectoryFindCommand) Help() string {
	return "Example:\n  corridor directory find 'vostr kaz'\n\nExit status 1: none."
}

// foundEntity is one line of the answer.
type foundEntity struct {
	Entity  directory.EntityID `json:"entity"`
	Name    string             `json:"name"`
	Country string             `json:"country"`
	BICs    []corridor.BIC     `json:"bics"`
}

// Run prints what it finds.
func (c DirectoryFindCommand) Run(ctx context.Context, io streams) error {
	d, err := c.directory(ctx)
	if err != nil {
		return fmt.Errorf("find: %w", err)
	}
	found := []foundEntity{}
	for _, e := range d.Find(c.Text) {
		found = append(found, foundEntity{e.ID, e.Name, e.Country, append([]corridor.BIC{}, d.OfficesOf(e.ID)...)})
	}
	if c.JSON {
		if err := printJSON(io.Out, found); err != nil {
			return err
		}
	} else if len(found) > 0 {
		w := table(io)
		fmt.Fprintln(w, "ENTITY\tNAME\tIN\tBIC")
		for _, f := range found {
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", f.Entity, f.Name, f.Country, joinText(f.BICs))
		}
		if err := w.Flush(); err != nil {
			return err
		}
	}
	switch {
	case len(found) == 0:
		return answerNo(fmt.Errorf("no entity has all of %q in one of its names", c.Text))
	case len(found) == directory.MaxFound:
		fmt.Fprintf(io.Err, "corridor: there may be more than these %d: give more words\n", directory.MaxFound)
	}
	return nil
}

// DirectoryMembersCommand lists members.
type DirectoryMembersCommand struct {
	Country     string `placeholder:"CC" help:"Those whose BIC has these letters, and those established there."`
	Gateway     string `placeholder:"NAME" help:"Those that use this gateway, for example a service bureau's BIC."`
	ByStatus    string `name:"status" enum:"active,withdrawn,suspended-by-order,all" default:"all" help:"Only those with this status: active, withdrawn, suspended-by-order, all."`
	Established bool   `help:"With --country: only those established there."`
	directorySource
}

// Help shows examples.
func (DirectoryMembersCommand) Help() string {
	return "Examples:\n  corridor directory members --country RU\n  corridor directory members --gateway ZQBUBEBB --json\n\nA country is asked in two ways: by the letters of the BIC and by the place of establishment; the list says which holds."
}

// shownMember is one line of the list.
type shownMember struct {
	BIC         corridor.BIC     `json:"bic"`
	Name        string           `json:"name"`
	Country     string           `json:"country"`
	Established string           `json:"established"`
	Status      directory.Status `json:"status"`
	Gateway     string           `json:"gateway,omitempty"`
}

// Run prints the list.
func (c DirectoryMembersCommand) Run(ctx context.Context, io streams) error {
	d, err := c.directory(ctx)
	if err != nil {
		return fmt.Errorf("members: %w", err)
	}
	members := []shownMember{}
	for _, b := range d.Members() {
		l := d.LookUp(b)
		m := shownMember{b, l.Name, l.Country, l.Established, l.Status, d.Office(b).Gateway}
		if c.fits(m) {
			members = append(members, m)
		}
	}
	if c.JSON {
		return printJSON(io.Out, members)
	}
	w := table(io)
	fmt.Fprintln(w, "BIC\tNAME\tLETTERS\tESTABLISHED\tSTATUS\tGATEWAY")
	for _, m := range members {
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\n", m.BIC, m.Name, m.Country, m.Established, m.Status, m.Gateway)
	}
	return w.Flush()
}

func (c *DirectoryMembersCommand) fits(m shownMember) bool {
	if c.Country != "" && m.Established != c.Country && (c.Established || m.Country != c.Country) {
		return false
	}
	return (c.Gateway == "" || m.Gateway == c.Gateway) && (c.ByStatus == "all" || string(m.Status) == c.ByStatus)
}
