package archive

import (
	"bytes"
	_ "embed" // the page
	"html/template"
	"slices"
)

// page is the report as one HTML file: it needs nothing else, and is made for paper.
//
//go:embed dryrun.html
var page string

// HTML is the report as a page to print. It shows what Text shows, with longer tables, and the digest of the canonical form.
func (r *Report) HTML() ([]byte, error) {
	digest, err := r.Digest()
	if err != nil {
		return nil, err
	}
	t, err := template.New("dryrun").Funcs(template.FuncMap{
		"money": money, "place": place, "reason": reason, "word": word, "bar": func(n int64) int64 { return r.barOf(n) },
		"busy":   func(l []Line) bool { return slices.ContainsFunc(l, func(x Line) bool { return x.Messages > 0 }) },
		"titled": func(title string, t Table) map[string]any { return map[string]any{"Title": title, "Table": t} },
		"carriers": func(all []Carrier, left int) map[string]any {
			return map[string]any{"All": all, "Left": left, "Trend": r.Head.Published != ""}
		},
		"neighbours": func(title string, all []Neighbour, left int) map[string]any {
			return map[string]any{"Title": title, "All": all, "Left": left}
		},
	}).Parse(page)
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	err = t.Execute(&b, map[string]any{"R": r, "Digest": digest.String()})
	return b.Bytes(), err
}

// barOf is the height of an hour's bar, of 100.
func (r *Report) barOf(n int64) int64 {
	most := int64(1)
	for _, l := range r.Impact.ByHour {
		most = max(most, l.Messages)
	}
	return n * 100 / most
}
