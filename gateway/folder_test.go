package gateway

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"corridor.example/corridor"
	"corridor.example/corridor/entry"
)

func TestOnlyFinishedMessagesAreTaken(t *testing.T) {
	dir := t.TempDir()
	for i, name := range []string{"b.fin", "a.xml", "C.FIN", ".hidden.fin", "x.fin.tmp", "y.xml.part", "z.txt", "noext"} {
		path := filepath.Join(dir, name)
		noError(t, os.WriteFile(path, []byte("x"), 0o600))
		at := time.Unix(1000-int64(i), 0)
		noError(t, os.Chtimes(path, at, at))
	}
	noError(t, os.Mkdir(filepath.Join(dir, "d.fin"), 0o700))
	noError(t, os.Symlink("/etc/passwd", filepath.Join(dir, "link.fin")))
	got, err := listFiles(dir)
	noError(t, err)
	if want := []string{"C.FIN", "a.xml", "b.fin"}; !slices.Equal(got, want) {
		t.Errorf("took %v, want %v, the oldest first", got, want)
	}
}

func TestIncomingNamesSortAndAreSafe(t *testing.T) {
	fin, xml := []byte("{1:F01"), []byte("<a/>")
	for _, c := range []struct {
		n       corridor.OSN
		s       entry.Submission
		payload []byte
		want    string
	}{
		{123, entry.Submission{Type: "fin.103", Reference: "REFERENCE"}, fin, "000000123-fin.103-REFERENCE.fin"},
		{1_234_567, entry.Submission{Type: "pacs.008.001.08", Reference: "../A B/Ä"}, xml, "001234567-pacs.008.001.08-.._A_B__.xml"},
		{5, entry.Submission{Type: "fin.011"}, fin, "000000005-fin.011.fin"},
	} {
		if got := incomingName(c.n, &c.s, c.payload); got != c.want {
			t.Errorf("got %s, want %s", got, c.want)
		}
	}
}

func TestClaimedNamesKeepTheirOwn(t *testing.T) {
	seen := map[string]bool{}
	for range 100 {
		name := claimName(3, "pay-1.of-2.fin")
		if seen[name] {
			t.Fatalf("%s came twice", name)
		}
		seen[name] = true
		if label, ext := nameOf(name); label != "pay-1.of-2" || ext != ".fin" {
			t.Fatalf("%s → %q %q", name, label, ext)
		}
	}
}

func TestNamesFitTheFileSystem(t *testing.T) {
	if name := claimName(999, strings.Repeat("L", 251)+".fin"); len(name) > 200 || !strings.HasSuffix(name, ".fin") {
		t.Errorf("claimed as %d bytes: %s", len(name), name)
	}
}

func TestRefusedFilesHaveTheirOwnReason(t *testing.T) {
	dir := t.TempDir()
	noError(t, os.WriteFile(filepath.Join(dir, "pay.fin"), nil, 0o600))
	if name, err := freeName(dir, "pay", ".xml"); err != nil || name != "pay~2" {
		t.Errorf("pay.xml beside pay.fin is called %s, %v: one reason would take the place of the other", name, err)
	}
}

func TestReadSubmission(t *testing.T) {
	fin := "{1:F01MERIDEF0AXXX0000000000}{2:I103CEDRFRP0XXXXU3}{3:{108:MUR1}{121:c8b66b47-2bd9-48fe-be90-93c2096f27d2}}{4:\r\n:20:R\r\n-}{5:{PDE:}}"
	now := time.UnixMilli(1234)
	s, ext, fault := readSubmission(testID, []byte(fin), CheckHeader, now)
	if fault != nil || ext != ".fin" {
		t.Fatal(fault)
	}
	s.Payload = corridor.Digest{}
	want := entry.Submission{Network: testID.network, Sender: testID.lt, Receiver: "CEDRFRP0XXXX", Type: "fin.103", Priority: corridor.Urgent, Monitoring: corridor.MonitorBoth,
		Reference: "MUR1", UETR: "c8b66b47-2bd9-48fe-be90-93c2096f27d2", PayloadSize: uint64(len(fin)), SignedAt: 1234, PossibleDuplicate: true}
	if s != want {
		t.Errorf("got  %+v\nwant %+v", s, want)
	}
	for _, c := range []struct{ name, from, to, code string }{
		{"another's terminal", "MERIDEF0A", "MERIDEF0B", corridor.FaultSenderAddress},
		{"an output message", "{2:I103CEDRFRP0XXXXU3}", "{2:O1031530261124CEDRFRP0AXXX00010000012611241530U}", corridor.FaultHeader},
		{"a service message", "{1:F01", "{1:F21", corridor.FaultHeader},
		{"a receiver that is none", "CEDRFRP0XXXX", "CEDRFRP0XX!X", corridor.FaultHeader},
		{"a UETR that is none", "c8b66b47-2bd9-48fe", "c8b66b47-2bd9-58fe", corridor.FaultHeader},
		{"nothing", fin, "", corridor.FaultFormat},
		{"too long", "-}{5:", strings.Repeat("A", corridor.MaxPayload) + "-}{5:", corridor.FaultTooLong},
	} {
		_, _, fault := readSubmission(testID, []byte(strings.Replace(fin, c.from, c.to, 1)), CheckHeader, now)
		if fault == nil || fault.Code != c.code {
			t.Errorf("%s: %v, want %s", c.name, fault, c.code)
		}
	}
	if _, _, fault := readSubmission(testID, []byte(fin), CheckFull, now); fault == nil {
		t.Error("the full check took an MT103 without its mandatory fields")
	}
}

// FuzzReadSubmission: whatever a file holds, it is refused with a code or becomes a statement that the network can read.
func FuzzReadSubmission(f *testing.F) {
	f.Add([]byte("{1:F01MERIDEF0AXXX0000000000}{2:I103CEDRFRP0XXXXU3}{3:{108:MUR1}{121:c8b66b47-2bd9-48fe-be90-93c2096f27d2}}{4:\r\n:20:R\r\n-}{5:{PDE:}}"))
	f.Add([]byte("{1:F01MERIDEF0AXXX"))
	f.Add([]byte(`<M><AppHdr xmlns="urn:iso:std:iso:20022:tech:xsd:head.001.001.02"><Fr><FIId><FinInstnId><BICFI>MERIDEF0</BICFI></FinInstnId></FIId></Fr><To><FIId><FinInstnId><BICFI>CEDRFRP0</BICFI></FinInstnId></FIId></To><BizMsgIdr>R</BizMsgIdr></AppHdr><Document xmlns="urn:iso:std:iso:20022:tech:xsd:pacs.008.001.08"/></M>`))
	f.Fuzz(func(t *testing.T, payload []byte) {
		s, _, fault := readSubmission(testID, payload, CheckHeader, time.UnixMilli(1))
		if fault != nil {
			if fault.Code == "" {
				t.Error("a fault without a code")
			}
			m := outgoing{submission: s, payload: payload}
			if len(localNak(testID.lt, &m, fault)) == 0 {
				t.Error("a refusal without an answer")
			}
			return
		}
		s.Number = 1
		if _, err := entry.DecodeSubmission(s.Append(nil)); err != nil {
			t.Error(err)
		}
	})
}
