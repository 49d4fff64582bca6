package files

import (
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"

	"corridor.example/corridor"
	"corridor.example/corridor/directory"
)

// What is in a cell, read and written. Forms beyond these are package directory's to check.

func list(s, between string) []string {
	if s == "" {
		return nil
	}
	return strings.Split(s, between)
}

func statusOr(s string) directory.Status {
	if s == "" {
		return directory.Active
	}
	return directory.Status(s)
}

func yesNo(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}

func setYesNo(to *bool, s string, empty bool) error {
	switch s {
	case "yes":
		*to = true
	case "no":
		*to = false
	case "":
		*to = empty
	default:
		return fmt.Errorf("%q: give yes or no", s)
	}
	return nil
}

func setInstant(to *directory.Instant, s string) (err error) {
	if s != "" {
		*to, err = directory.ParseInstant(s)
	}
	return err
}

func setDate(to *directory.Date, s string) (err error) {
	if s != "" {
		*to, err = directory.ParseDate(s)
	}
	return err
}

// setPercent gives the number its one form, so that 50,10 of a spreadsheet is 50.1.
func setPercent(to *corridor.Decimal, s string) (err error) {
	if s = strings.TrimSpace(strings.TrimSuffix(s, "%")); s != "" {
		*to, err = corridor.ParseDecimal(s)
	}
	return err
}

func setNumber(to *uint64, s string) (err error) {
	if *to, err = strconv.ParseUint(s, 10, 64); err != nil {
		return fmt.Errorf("%q is no version: give a whole number", s)
	}
	return nil
}

func setDigest(to *corridor.Digest, s string) error {
	b, err := hex.DecodeString(s)
	if err != nil || len(b) != len(to) {
		return fmt.Errorf("%q is no digest: it has 64 hexadecimal digits", s)
	}
	copy(to[:], b)
	return nil
}

func setPosition(to *corridor.Position, s string) (err error) {
	if s != "" {
		*to, err = corridor.ParsePosition(s)
	}
	return err
}

func checkForm(s string) error {
	if s != directory.Form {
		return fmt.Errorf("the file has the form %q, this program reads %s: use the program that wrote it or a later one", s, directory.Form)
	}
	return nil
}

// writeServices writes "fin=fin.103 fin.202|mx".
func writeServices(all []directory.Service) string {
	var out []string
	for _, s := range all {
		one := s.Name
		for i, t := range s.Types {
			one += map[bool]string{true: "=", false: " "}[i == 0] + string(t)
		}
		out = append(out, one)
	}
	return strings.Join(out, "|")
}

func readServices(s string) ([]directory.Service, error) {
	var all []directory.Service
	for _, one := range list(s, "|") {
		name, types, has := strings.Cut(one, "=")
		service := directory.Service{Name: name}
		for _, t := range list(types, " ") {
			service.Types = append(service.Types, corridor.MessageType(t))
		}
		if has && len(service.Types) == 0 {
			return nil, fmt.Errorf("service %q: name types after '=', or leave it out for all", one)
		}
		all = append(all, service)
	}
	return all, nil
}
