package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"corridor.example/corridor/mt"
)

const mtPayment = "{1:F01MERIDEFFAXXX0123000456}{2:I103CEDRFRPPXXXXN}{3:{121:c8b66b47-2bd9-48fe-be90-93c2096f27d2}}{4:\r\n" +
	":20:PAY/0001\r\n:23B:CRED\r\n:32A:261124EUR1350,\r\n:33B:EUR1350,\r\n:50K:/BE68539007547034\r\nALPHA TRADING\r\n" +
	":59:/DE89370400440532013000\r\nBETA GMBH\r\n:71A:SHA\r\n-}"

// mtRun runs one command line with standard input.
func mtRun(in string, args ...string) (status int, out, errs string) {
	var o, e bytes.Buffer
	status = run(append([]string{"mt"}, args...), streams{strings.NewReader(in), &o, &e})
	return status, o.String(), e.String()
}

func TestMTCheck(t *testing.T) {
	dir := t.TempDir()
	bad := strings.Replace(mtPayment, "261124EUR", "261131EUX", 1)
	write := func(name, content string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	good := write("a.fin", mtPayment)
	write("b.rje", string(mt.AppendRJE(mt.AppendRJE(nil, []byte(mtPayment)), []byte(bad))))
	write("c.fin", strings.ReplaceAll(mtPayment, "\r\n", "\n"))

	if status, out, _ := mtRun("", "check", good); status != 0 || !strings.Contains(out, "fin.103 valid") {
		t.Errorf("a valid file: %d %s", status, out)
	}
	status, out, errs := mtRun("", "check", "--json", dir)
	lines := strings.Split(strings.TrimSpace(out), "\n")
	if status != 1 || len(lines) != 4 || errs != "" {
		t.Fatalf("a folder: %d %q %q", status, out, errs)
	}
	var got struct {
		File   string
		Index  int
		Type   string
		Valid  *bool
		Faults []struct {
			Code, Field, Text, Rule string
			Line, Occurrence        *int
		}
	}
	if err := json.Unmarshal([]byte(lines[2]), &got); err != nil {
		t.Fatal(err)
	}
	if filepath.Base(got.File) != "b.rje" || got.Index != 1 || got.Type != "fin.103" || *got.Valid || len(got.Faults) != 2 {
		t.Errorf("%s", lines[2])
	}
	if f := got.Faults[0]; f.Code != "T50" || f.Field != "32A" || *f.Line != 3 || *f.Occurrence != 1 || f.Text == "" {
		t.Errorf("%s", lines[2])
	}
	for _, key := range []string{`"file":`, `"index":0`, `"type":"fin.103"`, `"valid":true`, `"faults":[]`} {
		if !strings.Contains(lines[0], key) {
			t.Errorf("%s has no %s", lines[0], key)
		}
	}
	if status, out, _ := mtRun("", "check", "--tolerant", filepath.Join(dir, "c.fin")); status != 0 || !strings.Contains(out, "tolerated: ") {
		t.Errorf("tolerant: %d %s", status, out)
	}
	if status, _, _ := mtRun(mtPayment, "check"); status != 0 {
		t.Errorf("standard input: %d", status)
	}
	for _, nothing := range []string{"", "\r\n", "$$", "\x00\x00"} {
		if status, out, _ := mtRun(nothing, "check"); status != 1 || !strings.Contains(out, "H01") {
			t.Errorf("%q, no message: %d %s", nothing, status, out)
		}
	}
	if status, _, errs := mtRun("", "check", "--year", "1999", good); status != 2 || !strings.Contains(errs, "1999") {
		t.Errorf("a year without tables: %d %s", status, errs)
	}
	if status, _, errs := mtRun("", "check", filepath.Join(dir, "none")); status != 3 || errs == "" {
		t.Errorf("a file that is not there: %d %s", status, errs)
	}
}

// TestMTCheckMany: the lines come in the order of the messages, also of a file that several processors share.
func TestMTCheckMany(t *testing.T) {
	var file []byte
	for range 2 * mtShare {
		file = mt.AppendRJE(file, []byte(mtPayment))
	}
	status, out, _ := mtRun(string(file), "check", "--json")
	lines := strings.Split(strings.TrimSpace(out), "\n")
	if status != 0 || len(lines) != 2*mtShare {
		t.Fatalf("%d, %d lines", status, len(lines))
	}
	for i, l := range lines {
		if want := fmt.Sprintf(`{"file":"-","index":%d,`, i); !strings.HasPrefix(l, want) {
			t.Fatalf("line %d is %s", i, l)
		}
	}
}

// TestMTJSONAndBuild: what json shows, build writes.
func TestMTJSONAndBuild(t *testing.T) {
	status, out, errs := mtRun(mtPayment, "json")
	if status != 0 || !strings.Contains(out, `"components":{"date":"261124","currency":"EUR","amount":"1350,"}`) {
		t.Fatalf("%d %s %s", status, out, errs)
	}
	if status, again, errs := mtRun(out, "build", "-"); status != 0 || again != mtPayment {
		t.Errorf("%d %s %s", status, again, errs)
	}
	const query = `{"type":"fin.199","sender":"MERIDEFF","receiver":"CEDRFRPP","fields":[{"tag":"20","value":"Q/1"},{"tag":"79","value":"HELLO"}]}`
	if status, out, errs := mtRun(query, "build", "-"); status != 0 || !strings.HasPrefix(out, "{1:F01MERIDEFFAXXX0000000000}{2:I199CEDRFRPPXXXXN}{4:\r\n:20:Q/1\r\n") {
		t.Errorf("%d %s %s", status, out, errs)
	}
	if status, out, errs := mtRun(strings.Replace(query, "Q/1", "/Q", 1), "build", "-"); status != 1 || out != "" || !strings.Contains(errs, "T26") {
		t.Errorf("%d %s %s", status, out, errs)
	}
	if status, _, _ := mtRun(`{"typ":1}`, "build", "-"); status != 2 {
		t.Errorf("no document: %d", status)
	}
}

func TestMTPrintAndExplain(t *testing.T) {
	if status, out, _ := mtRun(mtPayment, "print"); status != 0 || !strings.Contains(out, "Ordering Customer") || !strings.Contains(out, "(2026-11-24)") {
		t.Errorf("%d %s", status, out)
	}
	for word, want := range map[string]string{"T52": "currency", "103": "rule C1 D75", "59F": "numbered_lines", "59a": "field 59A", ":32A:": "15d", "103STP": "MT 103 STP", "MT202 COV": "MT 202 COV", "C81": "MT103 C9"} {
		if status, out, _ := mtRun("", "explain", word); status != 0 || !strings.Contains(out, want) {
			t.Errorf("explain %s: %d %s", word, status, out)
		}
	}
	if status, _, _ := mtRun("", "explain", "QQQ"); status != 1 {
		t.Errorf("explain a word that nobody knows: %d", status)
	}
}
