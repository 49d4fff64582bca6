package mt

import (
	"strings"
	"testing"
	"time"

	corridor "corridor.example/corridor"
)

const payment = "{1:F01MERIDEFFAXXX0123000456}{2:I103CEDRFRPPXXXXU3003}{3:{108:REF0001}{121:c8b66b47-2bd9-48fe-be90-93c2096f27d2}}{4:\r\n" +
	":20:PAY/0001\r\n:23B:CRED\r\n:32A:261124EUR1350,\r\n:33B:EUR1350,\r\n:50K:/BE68539007547034\r\nALPHA TRADING\r\n" +
	":59:/DE89370400440532013000\r\nBETA GMBH\r\n:71A:SHA\r\n-}"

var noon = time.Date(2026, 11, 24, 15, 30, 0, 0, time.UTC)

func TestAnswers(t *testing.T) {
	r, fault := ReadRoute([]byte(payment))
	if fault != nil {
		t.Fatal(fault)
	}
	const head = "{1:F21MERIDEFFAXXX0123000456}{4:{177:2611241530}"
	for _, c := range []struct{ got, want string }{
		{string(Ack(r, noon)), head + "{451:0}{108:REF0001}}"},
		{string(Nak(r, &corridor.Fault{Code: "T52", Line: 3}, noon)), head + "{451:1}{405:T52003}{108:REF0001}}"},
		{string(Nak(r, &corridor.Fault{Code: "H80"}, noon)), head + "{451:1}{405:H80}{108:REF0001}}"},
	} {
		if c.got != c.want {
			t.Errorf("got  %s\nwant %s", c.got, c.want)
		}
		if res := Check([]byte(c.got), Options{}); !res.Valid() {
			t.Errorf("%s: %v", c.got, res.First())
		}
		a, fault := ReadAnswer([]byte(c.got))
		if fault != nil || a.MUR != "REF0001" || a.Accepted != strings.Contains(c.got, "451:0") || a.LT != "MERIDEFFAXXX" {
			t.Errorf("read back as %+v, %v", a, fault)
		}
	}
}

func TestOutput(t *testing.T) {
	sealed, err := Seal([]byte(payment))
	if err != nil {
		t.Fatal(err)
	}
	if res := Check(sealed, Options{Line: true}); !res.Valid() {
		t.Fatalf("input on the line: %v", res.First())
	}
	facts := OutputFacts{Receiver: "CEDRFRPPAXXX", Session: 777, OSN: 1234, MIR: "261124MERIDEFFAXXX0123000456",
		InputTime: noon, OutputTime: noon.Add(time.Minute), Late: true, Repeats: []string{""}}
	out, err := Output(sealed, facts)
	if err != nil {
		t.Fatal(err)
	}
	want := "{1:F01CEDRFRPPAXXX0777001234}{2:O1031530261124MERIDEFFAXXX01230004562611241531U}{3:{108:REF0001}{121:c8b66b47-2bd9-48fe-be90-93c2096f27d2}}"
	if !strings.HasPrefix(string(out), want) {
		t.Errorf("got  %s\nwant %s", out, want)
	}
	if !strings.Contains(string(out), "{PDM:}{DLM:}}") || !strings.Contains(string(out), payment[strings.Index(payment, "{4:"):]) {
		t.Errorf("trailers or text are wrong: %s", out)
	}
	if res := Check(out, Options{Line: true}); !res.Valid() {
		t.Errorf("output on the line: %v", res.First())
	}
}

func TestNetworkMessages(t *testing.T) {
	e := Envelope{To: "MERIDEFFAXXX", Session: 123, OSN: 88, At: noon}
	mir, mor := corridor.MIR("261124MERIDEFFAXXX0123000456"), corridor.MOR("261124CEDRFRPPAXXX0777001234")
	list := map[string][]byte{
		"011": DeliveryNotification(e, Delivered{MIR: mir, MUR: "REF0001", MOR: mor, InputTime: noon, OutputTime: noon}),
		"010": NonDelivery(e, Undelivered{MIR: mir, Status: "07", Receiver: "CEDRFRPPXXXX", Priority: corridor.Urgent}),
		"019": AbortNotification(e, Aborted{InputTime: noon, MIR: mir, MUR: "REF0001", Receiver: "CEDRFRPPXXXX", Reason: "12", Service: "CPY"}),
		"015": DelayedNak(Envelope{To: e.To, Session: 123, OSN: 89, At: noon, Request: mir, Asked: noon}, &corridor.Fault{Code: "X32"}),
		"012": SenderNotification(e, Released{InputTime: noon, MIR: mir, Receiver: "CEDRFRPPXXXX", Service: "CPY", Information: "SETTLED"}),
		"023": Retrieval(e, 1, 1, Retrieved{InputTime: noon, MIR: mir, Accepted: true, MUR: "REF0001", Status: "01", Delivery: []Attempt{{At: noon, MOR: mor, Accepted: true}}}),
		"021": NotRetrieved(e, "021", "001"),
		"066": UndeliveredReport("066", e, 1, 1, noon, "RT", []Waiting{{InputTime: noon, MIR: mir, Type: "103", Receiver: "CEDRFRPPXXXX"}}),
		"082": UndeliveredReport("082", e, 1, 1, noon, "", []Waiting{{InputTime: noon, MIR: mir, Type: "103", Receiver: "CEDRFRPPXXXX", LastAttempt: noon, MUR: "A"}}),
		"083": UndeliveredReport("083", e, 1, 1, noon, "", nil),
		"081": DailyCheck(e, 1, 1, []SessionDay{{LT: 'A', Sent: 12, Received: 7}}),
	}
	for number, b := range list {
		r := Check(b, Options{Line: true})
		if !r.Valid() || string(r.Type) != "fin."+number {
			t.Errorf("%s: %s\n%v", number, b, r.Faults)
		}
		m, _ := Parse(b)
		if got := Write(m); string(got) != string(b) {
			t.Errorf("written back\n%s\n%s", got, b)
		}
	}
}

// TestReceiverAnswers: the answers to an output message carry the receiver's terminal and no MUR.
func TestReceiverAnswers(t *testing.T) {
	out, err := Output([]byte(payment), OutputFacts{Receiver: "CEDRFRPPAXXX", Session: 777, OSN: 1234, MIR: "261124MERIDEFFAXXX0123000456", InputTime: noon, OutputTime: noon})
	if err != nil {
		t.Fatal(err)
	}
	r, fault := ReadRoute(out)
	if fault != nil || string(r.Sender) != "MERIDEFFAXXX" || string(r.Receiver) != "CEDRFRPPAXXX" || !r.Output {
		t.Fatalf("%+v %v", r, fault)
	}
	const head = "{1:F21CEDRFRPPAXXX0777001234}{4:{177:2611241530}"
	if got := string(ReceiverAck(r, noon)); got != head+"{451:0}}" {
		t.Errorf("accepted: %s", got)
	}
	if got := string(ReceiverNak(r, &corridor.Fault{Code: "Y02"}, noon)); got != head+"{451:1}{405:Y02}}" {
		t.Errorf("refused: %s", got)
	}
	if a, _ := ReadAnswer([]byte("{1:F21CEDRFRPPAXXX0777001234}{4:{177:2611241530}{451:1}{405:T27003}}")); a.Code != "T27" || a.Line != "003" {
		t.Errorf("a refusal: %+v", a)
	}
	if a, fault := ReadAnswer([]byte("{1:F21CEDRFRPPAXXX0777001234}{4:{177:2611241530}{451:1}{405:T28008{108:REF1}}")); fault != nil || a.Code != "T28" || a.Line != "008" {
		t.Errorf("a refusal without the brace of 405, as some write it: %+v %v", a, fault)
	}
}

func TestNumber(t *testing.T) {
	b, err := Number([]byte(transfer), "MERIDEFFBXXX", 7, 1_000_042)
	if err != nil || !strings.HasPrefix(string(b), "{1:F01MERIDEFFBXXX0007000042}{2:I103") || len(b) != len(transfer) {
		t.Errorf("%s %v", b, err)
	}
	if _, err := Number([]byte("{1:F01}"), "MERIDEFFBXXX", 7, 1); err == nil {
		t.Error("a message without a basic header was numbered")
	}
}

// TestCheckMessage: a tree that was read before is checked, and its fields know their places afterwards.
func TestCheckMessage(t *testing.T) {
	m, _ := Parse([]byte("{1:F01MERIDEFFAXXX0123000456}{2:I202CEDRFRPPXXXXN}{3:{119:COV}{121:c8b66b47-2bd9-48fe-be90-93c2096f27d2}}{4:\r\n:20:A\r\n:21:B\r\n" +
		":32A:261124EUR1,\r\n:58A:CEDRFRPP\r\n:50K:/1\r\nALPHA\r\n:59:/2\r\nBETA\r\n-}"))
	if r := CheckMessage(m, Options{}); !r.Valid() || r.Type != "fin.202.COV" {
		t.Errorf("%s %v", r.Type, r.Faults)
	}
	if path, turn := m.Path(m.First("59a")); path != "B" || turn != 1 {
		t.Errorf("59 stands in %q %d", path, turn)
	}
}

// The network's own messages keep the trailer that says so.
func TestOutputKeepsSYS(t *testing.T) {
	input := []byte("{1:F01CRDRXXXXAXXX0000000000}{2:I011MERIDEFFXXXXS}{4:{175:1530}{106:261124MERIDEFFAXXX0123000456}{175:1531}{107:261124CEDRFRPPAXXX0123000456}}{5:{SYS:}}")
	out, err := Output(input, OutputFacts{Receiver: "MERIDEFFAXXX", Session: 1, OSN: 7, MIR: "261124CRDRXXXXAXXX0000000001", InputTime: time.Unix(0, 0).UTC(), OutputTime: time.Unix(0, 0).UTC()})
	if err != nil || !strings.HasSuffix(string(out), "}{SYS:}}") {
		t.Errorf("output %s, %v", out, err)
	}
}
