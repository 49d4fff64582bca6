package main

import (
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"corridor.example/corridor"
	"corridor.example/corridor/entry"
	"corridor.example/corridor/internal/canonical"
	"corridor.example/corridor/rma"
)

// maxListFile bounds a list of authorisations or of their use: a million lines of 60 bytes.
const maxListFile = 64 << 20

// RMAImportCommand makes the list to start with.
type RMAImportCommand struct {
	List      string `arg:"" help:"CSV with the columns issuer, correspondent, service, permission and, where wanted, valid_to."`
	ConfirmBy string `required:"" placeholder:"INSTANT" help:"What the two institutions have not confirmed by then ends, for example 2027-06-30T00:00:00Z."`
	officerFlags
}

// Help shows an example.
func (RMAImportCommand) Help() string {
	return "Example:\n  corridor rma import bilateral.csv --confirm-by 2027-06-30T00:00:00Z --key operations --admin 127.0.0.1:7301\n\n" +
		"bilateral.csv:\n  issuer,correspondent,service,permission,valid_to\n  MERIDEFF,CEDRFRPP,fin,only fin.1 fin.2,\n\n" +
		"It is an act of an officer of the network. What institutions have agreed themselves stays as it is. Give the members the files of --out for authorisation_lists in their gateways' configuration."
}

// Run reads the list and gives it to the hub, in as many acts as it needs.
func (c RMAImportCommand) Run(ctx context.Context, io streams) error {
	rows, err := readBootstrap(c.List)
	if err != nil {
		return wrongUse("import authorisations: %w", err)
	}
	bodies, err := bootstrapBodies(rows, rma.Instant(c.ConfirmBy))
	if err != nil {
		return wrongUse("import authorisations: %w", err)
	}
	out := c.Out
	for i, body := range bodies {
		if out != "" && len(bodies) > 1 {
			c.Out = fmt.Sprintf("%s.%d", out, i+1)
		}
		if err := c.act(ctx, io, entry.Act{Kind: rma.KindBootstrap, Body: body}); err != nil {
			return err
		}
	}
	if !c.JSON {
		fmt.Fprintf(io.Out, "%d authorisations in %d acts, to be confirmed by %s\n", len(rows), len(bodies), c.ConfirmBy)
	}
	return nil
}

// csvRows reads a CSV file with a line of names, and gives the value of a column by its name.
func csvRows(path string, needed []string, take func(value func(string) string) error) error {
	text, err := readFileUpTo(path, maxListFile)
	if err != nil {
		return err
	}
	r := csv.NewReader(strings.NewReader(string(text)))
	r.ReuseRecord = true
	names, err := r.Read()
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	column := map[string]int{}
	for i, name := range names {
		column[strings.TrimSpace(name)] = i
	}
	for _, name := range needed {
		if _, ok := column[name]; !ok {
			return fmt.Errorf("%s: the first line names no column %s; needed are %s", path, name, strings.Join(needed, ", "))
		}
	}
	for {
		record, err := r.Read()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err == nil {
			err = take(func(name string) string {
				if i, ok := column[name]; ok {
					return strings.TrimSpace(record[i])
				}
				return ""
			})
		}
		if err != nil {
			line, _ := r.FieldPos(0)
			return fmt.Errorf("%s, line %d: %w", path, line, err)
		}
	}
}

func readBootstrap(path string) ([]rma.Row, error) {
	var rows []rma.Row
	err := csvRows(path, []string{"issuer", "correspondent", "service", "permission"}, func(value func(string) string) error {
		p, err := rma.ParsePermission(value("permission"))
		if err != nil {
			return err
		}
		row := rma.Row{Key: keyOf(value("issuer"), value("correspondent"), value("service")), Permission: p, ValidTo: rma.Instant(value("valid_to"))}
		rows = append(rows, row)
		return row.Check()
	})
	if err == nil && len(rows) == 0 {
		err = fmt.Errorf("%s names no authorisation", path)
	}
	return rows, err
}

func keyOf(issuer, correspondent, service string) rma.Key {
	return rma.Key{Issuer: corridor.BIC(issuer), Correspondent: corridor.BIC(correspondent), Service: service}
}

// bootstrapBodies puts as many rows into each act as it may have.
func bootstrapBodies(rows []rma.Row, by rma.Instant) ([][]byte, error) {
	var bodies [][]byte
	for part := range slices.Chunk(rows, rma.MaxRows) {
		body, err := canonical.Marshal(rma.Bootstrap{ConfirmBy: by, Rows: part})
		switch {
		case err != nil:
			return nil, err
		case len(body) <= entry.MaxActBody:
			bodies = append(bodies, body)
		case len(part) == 1:
			return nil, fmt.Errorf("the permission of %s is too long for an act", part[0].Key)
		default: // long permissions: halves
			for half := range slices.Chunk(part, (len(part)+1)/2) {
				more, err := bootstrapBodies(half, by)
				if err != nil {
					return nil, err
				}
				bodies = append(bodies, more...)
			}
		}
	}
	return bodies, nil
}

// RMADormantCommand lists what is not used.
type RMADormantCommand struct {
	Since string `required:"" placeholder:"DATE" help:"Not used since this day, for example 2026-01-01."`
	Usage string `required:"" placeholder:"FILE" help:"CSV with the columns sender, receiver, service and last (an instant or a day), for example from the archive; - for none was used."`
	BIC   string `name:"bic" help:"Only authorisations of this institution."`
	rmaAsk
}

// Help shows an example.
func (RMADormantCommand) Help() string {
	return "Example:\n  corridor rma dormant --since 2026-01-01 --usage used.csv\n\nused.csv:\n  sender,receiver,service,last\n  CEDRFRPP,MERIDEFF,fin,2026-11-02\n\n" +
		"Lists what is enabled at both sides since before that day and was not used since then: revoke it or delete it. Exit status 1 when there is any."
}

// Run lists them; it is no when there are any.
func (c RMADormantCommand) Run(ctx context.Context, io streams) error {
	since, err := parseDay(c.Since)
	if err != nil {
		return wrongUse("dormant: --since: %w", err)
	}
	used, err := readUsage(c.Usage)
	if err != nil {
		return wrongUse("dormant: %w", err)
	}
	all, err := c.views(ctx, corridor.BIC(c.BIC).BIC8())
	if err != nil {
		return err
	}
	dormant := rma.Dormant(all, since, func(k rma.Key) time.Time { return used[k] })
	if len(dormant) == 0 && !c.JSON {
		_, err := fmt.Fprintf(io.Out, "none of %d authorisations is dormant since %s\n", len(all), c.Since)
		return err
	}
	if err := printViews(io.Out, dormant, c.JSON); err != nil || len(dormant) == 0 {
		return err
	}
	return answerNo(nil)
}

// readUsage is when each authorisation was last used.
func readUsage(path string) (map[rma.Key]time.Time, error) {
	used := map[rma.Key]time.Time{}
	if path == "-" {
		return used, nil
	}
	return used, csvRows(path, []string{"sender", "receiver", "service", "last"}, func(value func(string) string) error {
		at, err := parseDay(value("last"))
		if err != nil {
			return err
		}
		k := keyOf(string(corridor.BIC(value("receiver")).BIC8()), string(corridor.BIC(value("sender")).BIC8()), value("service"))
		if at.After(used[k]) {
			used[k] = at
		}
		return nil
	})
}

// parseDay reads a day or an instant, in UTC.
func parseDay(s string) (time.Time, error) {
	if t, err := time.Parse(time.DateOnly, s); err == nil {
		return t, nil
	}
	t, err := time.Parse(time.RFC3339, s)
	if err != nil {
		return t, fmt.Errorf("%q is neither a day such as 2026-01-01 nor an instant such as 2026-01-01T08:00:00Z", s)
	}
	return t, nil
}
