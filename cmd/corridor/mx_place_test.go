package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestPlacesInTheFile: of a file of several messages, faults have the file's lines and columns.
func TestPlacesInTheFile(t *testing.T) {
	message := mustCall(t, "", "mx", "example", "admi.004.001.02")
	broken := strings.Replace(message, "<EvtCd>", "<EvtCd>TOOLONG", 1)
	pdu := "<é>" + strings.TrimSuffix(broken[strings.Index(broken, "<AppHdr"):], "\n")
	pdu = strings.Replace(pdu, "</RequestPayload>", "</é>", 1)
	prefixed := fmt.Sprintf("\x1f%06d%s%s\n", 24+len(pdu), strings.Repeat("\x00", 24), pdu)
	for name, file := range map[string]string{
		"in a row": message + message + broken,
		"one line": strings.ReplaceAll(strings.ReplaceAll(message+broken, "\n", " "), "?> ", "?>"),
		"prefixed": prefixed + prefixed,
	} {
		at := filepath.Join(t.TempDir(), "a.xml")
		noError(t, os.WriteFile(at, []byte(file), 0o600))
		for _, command := range [...][]string{{"mx", "check"}, {"check"}} {
			_, out, _ := called("", append(command, "--json", at)...)
			before := file[:strings.LastIndex(file, "TOOLONG")]
			line := before[strings.LastIndexByte(before, '\n')+1:]
			want := fmt.Sprintf(`"line":%d,"column":%d,`, 1+strings.Count(before, "\n"), 1+len([]rune(line)))
			if !strings.Contains(out, want) {
				t.Errorf("%s, %v: %s, want %s", name, command, out, want)
			}
		}
	}
}
