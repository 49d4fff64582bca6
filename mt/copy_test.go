package mt

import (
	"strings"
	"testing"
)

func TestCopyService(t *testing.T) {
	e := Envelope{To: "CRDRXXXXAXXX", Session: 1, OSN: 2, At: noon}
	reference := "261124153000" + "261124MERIDEFFAXXX0123000456"
	b, err := CopyToServer(e, "CPY", []byte(payment), reference)
	if err != nil {
		t.Fatal(err)
	}
	if r := Check(b, Options{}); !r.Valid() || r.Type != "fin.096" {
		t.Fatalf("%s: %v", b, r.Faults)
	}
	m, _ := Parse(b)
	if got := string(Write(m)); got != string(b) {
		t.Errorf("written back\n%s\n%s", got, b)
	}
	if v, _ := m.TrailerTag("MRF"); v != reference {
		t.Errorf("MRF is %q", v)
	}
	inner, faults := m.Copied()
	if len(faults) > 0 || inner.Text != payment {
		t.Errorf("the copy is\n%s\n%v", inner.Text, faults)
	}
	// A brace of set z inside the copied text does not end it.
	odd := strings.Replace(payment, ":71A:SHA", ":71A:SHA\r\n:77T:{", 1)
	b, err = CopyToServer(e, "CPY", []byte(odd), "")
	if err != nil {
		t.Fatal(err)
	}
	m, _ = Parse(b)
	if inner, _ := m.Copied(); inner.Text != odd {
		t.Errorf("the copy is\n%s", inner.Text)
	}
}

func TestVerdict(t *testing.T) {
	head := "{1:F01MERIDEFFAXXX0123000456}{2:I097CRDRXXXXXXXXS}{4:{103:CPY}{109:261124153000261124MERIDEFFAXXX0123000456}"
	v, fault := ReadVerdict([]byte(head + "{451:1}{432:71}}"))
	if fault != nil || v.Accepted || v.Reason != "71" || v.Service != "CPY" || len(v.Reference) != 40 {
		t.Errorf("%+v %v", v, fault)
	}
	if v, fault := ReadVerdict([]byte(head + "{451:0}{115:SETTLED}}")); fault != nil || !v.Accepted || v.Receiver != "SETTLED" {
		t.Errorf("%+v %v", v, fault)
	}
	if _, fault := ReadVerdict([]byte(head + "}")); fault == nil || fault.Code != "V02" {
		t.Errorf("without a word: %v", fault)
	}
}
