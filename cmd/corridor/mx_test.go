package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// called runs a command line with an input and gives its exit status, output and errors.
func called(in string, args ...string) (status int, out, errs string) {
	var o, e bytes.Buffer
	status = run(args, streams{In: strings.NewReader(in), Out: &o, Err: &e})
	return status, o.String(), e.String()
}

// mustCall is called for a command that has to do.
func mustCall(t *testing.T, in string, args ...string) string {
	t.Helper()
	status, out, errs := called(in, args...)
	if status != 0 {
		t.Fatalf("corridor %v: status %d, %s%s", args, status, out, errs)
	}
	return out
}

// TestMXCommands goes the way of a person with a message: make, look, change, build, check.
func TestMXCommands(t *testing.T) {
	example := mustCall(t, "", "mx", "example", "--full", "pacs.002.001.10")
	view := mustCall(t, example, "mx", "json")
	if !json.Valid([]byte(view)) || !strings.Contains(view, `"type":"pacs.002.001.10"`) {
		t.Fatalf("no JSON view: %s", view)
	}
	built := mustCall(t, view, "mx", "build", "-")
	if a, b := mustCall(t, example, "mx", "digest"), mustCall(t, built, "mx", "digest"); a[:64] != b[:64] || a[65:] == b[65:] {
		t.Errorf("the canonical digest has to stay, the other not: %s%s", a, b)
	}
	if text := mustCall(t, built, "mx", "print"); !strings.Contains(text, "(Transaction Information And Status)") && !strings.Contains(text, "Transaction") {
		t.Errorf("not spelled out: %s", text)
	}
	if text := mustCall(t, mustCall(t, built, "mx", "print", "--xml"), "mx", "check"); !strings.Contains(text, "pacs.002.001.10 valid (schema)") {
		t.Errorf("%s", text)
	}
	status, _, errs := called(strings.Replace(view, `"TxSts"`, `"TxStss"`, 1), "mx", "build", "-")
	if status != 1 || !strings.Contains(errs, "S01") {
		t.Errorf("an invalid message was built: %d %s", status, errs)
	}
}

// TestMXCheckJSON shows form and exit status of the answer that programs read.
func TestMXCheckJSON(t *testing.T) {
	message := mustCall(t, "", "mx", "example", "admi.004.001.02")
	broken := strings.Replace(message, "<EvtCd>", "<EvtCd>TOOLONG", 1)
	dir := t.TempDir()
	noError(t, os.WriteFile(filepath.Join(dir, "a.xml"), []byte(message+broken), 0o600))
	status, out, _ := called("", "mx", "check", "--json", dir)
	lines := strings.Split(strings.TrimSpace(out), "\n")
	if status != 1 || len(lines) != 2 {
		t.Fatalf("status %d, %s", status, out)
	}
	for i, line := range lines {
		var got struct {
			File, Type string
			Index      int
			Valid      bool
			Faults     []struct {
				Code, Path, Text, Rule string
				Line, Column           int
			}
		}
		d := json.NewDecoder(strings.NewReader(line))
		noError(t, d.Decode(&got))
		if got.Index != i || got.Type != "admi.004.001.02" || got.Valid != (i == 0) || got.File != filepath.Join(dir, "a.xml") {
			t.Errorf("%+v", got)
		}
		if i == 1 && (len(got.Faults) != 1 || got.Faults[0].Code != "S05" || got.Faults[0].Path != "/Document/SysEvtNtfctn/EvtInf/EvtCd" || got.Faults[0].Line == 0) {
			t.Errorf("%+v", got.Faults)
		}
	}
	for want, args := range map[int][]string{
		2: {"mx", "check", "--profile", "no-such"},
		3: {"mx", "check", filepath.Join(dir, "absent")},
	} {
		if status, _, _ := called("", args...); status != want {
			t.Errorf("%v: status %d, want %d", args, status, want)
		}
	}
}

// TestCheckEither recognises both languages, and what a DataPDU carries.
func TestCheckEither(t *testing.T) {
	fin := "{1:F01MERIDEFFAXXX0000000000}{2:I199CEDRFRPPXXXXN}{4:\r\n:20:Q1\r\n:79:HELLO\r\n-}"
	message := mustCall(t, "", "mx", "example", "admi.004.001.02")
	const pdu = `<s:DataPDU xmlns:s="urn:swift:saa:xsd:saa.2.0"><s:Revision>2.0.13</s:Revision><s:Header><s:Message><s:SenderReference>R1</s:SenderReference><s:MessageIdentifier>fin.199</s:MessageIdentifier><s:Format>MT</s:Format><s:Sender><s:BIC12>MERIDEFFAXXX</s:BIC12><s:FullName><s:X1>MERIDEFFXXX</s:X1></s:FullName></s:Sender><s:Receiver><s:BIC12>CEDRFRPPAXXX</s:BIC12><s:FullName><s:X1>CEDRFRPPXXX</s:X1></s:FullName></s:Receiver></s:Message></s:Header><s:Body>DQo6MjA6UTENCjo3OTpIRUxMTw0KLQ==</s:Body></s:DataPDU>`
	for in, want := range map[string]string{
		fin:             "-#0 fin.199 valid\n",
		fin + "$" + fin: "-#0 fin.199 valid\n-#1 fin.199 valid\n",
		message:         "-#0 admi.004.001.02 valid (schema)\n",
		pdu:             "-#0 fin.199 valid\n",
	} {
		if got := mustCall(t, in, "check"); got != want {
			t.Errorf("%.40s: %s", in, got)
		}
	}
}

// TestMXSchema adds a schema that a partner wrote from our own table, narrowed.
func TestMXSchema(t *testing.T) {
	dir := t.TempDir()
	xsd := strings.Replace(mustCall(t, "", "mx", "schema", "xsd", "admi.004.001.02"), `{1,4}`, `{1,2}`, 1)
	file := filepath.Join(dir, "narrow.xsd")
	noError(t, os.WriteFile(file, []byte(xsd), 0o600))
	own := filepath.Join(dir, "own")
	mustCall(t, "", "mx", "schema", "add", "--schemas", own, file)
	message := strings.Replace(mustCall(t, "", "mx", "example", "admi.004.001.02"), "<EvtCd>", "<EvtCd>AB", 1)
	mustCall(t, message, "mx", "check")
	if status, out, _ := called(message, "mx", "check", "--schemas", own); status != 1 || !strings.Contains(out, "S06") {
		t.Errorf("the own schema does not count: %d %s", status, out)
	}
	noError(t, os.WriteFile(file, []byte("<xs:schema xmlns:xs='http://www.w3.org/2001/XMLSchema'/>"), 0o600))
	if status, _, errs := called("", "mx", "schema", "add", "--schemas", own, file); status != 1 || !strings.Contains(errs, "root element") {
		t.Errorf("%d %s", status, errs)
	}
}

func TestMXExplain(t *testing.T) {
	for word, want := range map[string]string{"S03": "missing", "pacs.008": "pacs.008.001.14", "UltmtDbtr": "Ultimate Debtor", "pacs.008.001.08/FIToFICstmrCdtTrf/GrpHdr": "0..1   BtchBookg", "": "head.001.001.02"} {
		args := []string{"mx", "explain"}
		if word != "" {
			args = append(args, word)
		}
		if got := mustCall(t, "", args...); !strings.Contains(got, want) {
			t.Errorf("%s: %s", word, got)
		}
	}
	if status, _, _ := called("", "mx", "explain", "nosuchthing"); status != 1 {
		t.Errorf("status %d", status)
	}
}
