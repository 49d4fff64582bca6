package files

import (
	"fmt"
	"strings"

	"corridor.example/corridor"
	"corridor.example/corridor/directory"
)

// column is one column of a section: how a record's field is written and read.
type column[T any] struct {
	name string
	get  func(*T) string
	set  func(*T, string) error
}

// Each section is known by its first column's name. A column that a file leaves out is as if empty.

func entityColumns() []column[directory.Entity] {
	type E = directory.Entity
	return []column[E]{
		{"entity", func(e *E) string { return string(e.ID) }, func(e *E, s string) error { e.ID = directory.EntityID(s); return nil }},
		{"name", func(e *E) string { return e.Name }, func(e *E, s string) error { e.Name = s; return nil }},
		{"country", func(e *E) string { return e.Country }, func(e *E, s string) error { e.Country = s; return nil }},
		{"lei", func(e *E) string { return e.LEI }, func(e *E, s string) error { e.LEI = s; return nil }},
		{"status", func(e *E) string { return string(e.Status) }, func(e *E, s string) error { e.Status = statusOr(s); return nil }},
		{"other_names", func(e *E) string { return strings.Join(e.OtherNames, "|") }, func(e *E, s string) error { e.OtherNames = list(s, "|"); return nil }},
	}
}

func officeColumns() []column[directory.Office] {
	type O = directory.Office
	return []column[O]{
		{"bic", func(o *O) string { return string(o.BIC) }, func(o *O, s string) error { o.BIC = corridor.BIC(s); return nil }},
		{"owner", func(o *O) string { return string(o.Entity) }, func(o *O, s string) error { o.Entity = directory.EntityID(s); return nil }},
		{"name", func(o *O) string { return o.Name }, func(o *O, s string) error { o.Name = s; return nil }},
		{"city", func(o *O) string { return o.City }, func(o *O, s string) error { o.City = s; return nil }},
		{"established", func(o *O) string { return o.Established }, func(o *O, s string) error { o.Established = s; return nil }},
		{"status", func(o *O) string { return string(o.Status) }, func(o *O, s string) error { o.Status = statusOr(s); return nil }},
		{"from", func(o *O) string { return o.From.String() }, func(o *O, s string) error { return setInstant(&o.From, s) }},
		{"terminals", func(o *O) string { return strings.Join(o.Terminals, " ") }, func(o *O, s string) error { o.Terminals = list(s, " "); return nil }},
		{"gateway", func(o *O) string { return o.Gateway }, func(o *O, s string) error { o.Gateway = s; return nil }},
		{"services", func(o *O) string { return writeServices(o.Services) }, func(o *O, s string) (err error) { o.Services, err = readServices(s); return err }},
	}
}

func ownershipColumns() []column[directory.Ownership] {
	type W = directory.Ownership
	return []column[W]{
		{"owner", func(w *W) string { return string(w.Owner) }, func(w *W, s string) error { w.Owner = directory.EntityID(s); return nil }},
		{"owned", func(w *W) string { return string(w.Owned) }, func(w *W, s string) error { w.Owned = directory.EntityID(s); return nil }},
		{"percent", func(w *W) string { return string(w.Percent) }, func(w *W, s string) error { return setPercent(&w.Percent, s) }},
		{"from", func(w *W) string { return string(w.From) }, func(w *W, s string) error { w.From = directory.Date(s); return nil }},
		{"to", func(w *W) string { return string(w.To) }, func(w *W, s string) error { w.To = directory.Date(s); return nil }},
		{"direct", func(w *W) string { return yesNo(w.Direct) }, func(w *W, s string) error { return setYesNo(&w.Direct, s, true) }},
		{"control", func(w *W) string { return yesNo(w.Control) }, func(w *W, s string) error { return setYesNo(&w.Control, s, false) }},
		{"source", func(w *W) string { return w.Source }, func(w *W, s string) error { w.Source = s; return nil }},
	}
}

func standingColumns() []column[directory.Standing] {
	type S = directory.Standing
	return []column[S]{
		{"standing", func(x *S) string { return string(x.BIC) }, func(x *S, s string) error { x.BIC = corridor.BIC(s); return nil }},
		{"status", func(x *S) string { return string(x.Status) }, func(x *S, s string) error { x.Status = directory.Status(s); return nil }},
		{"from", func(x *S) string { return x.From.String() }, func(x *S, s string) error { return setInstant(&x.From, s) }},
	}
}

func headColumns() []column[Head] {
	return []column[Head]{
		{"directory", func(*Head) string { return directory.Form }, func(_ *Head, s string) error { return checkForm(s) }},
		{"version", func(h *Head) string { return fmt.Sprint(h.Version) }, func(h *Head, s string) error { return setNumber(&h.Version, s) }},
		{"digest", func(h *Head) string { return h.Digest.String() }, func(h *Head, s string) error { return setDigest(&h.Digest, s) }},
		{"date", func(h *Head) string { return string(h.Date) }, func(h *Head, s string) error { return setDate(&h.Date, s) }},
		{"position", func(h *Head) string { return h.Position.String() }, func(h *Head, s string) error { return setPosition(&h.Position, s) }},
	}
}
