package mt

import (
	"bytes"
	"encoding/json"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	corridor "corridor.example/corridor"

	"pgregory.net/rapid"
)

// inputs are messages of all forms: the seeds of properties and fuzzing.
func inputs() [][]byte {
	list := [][]byte{[]byte(payment), []byte(transfer), []byte(statement(3)),
		[]byte("{1:F21MERIDEFFAXXX0123000456}{4:{177:2611241530}{451:1}{405:T52003}{108:REF1}}"),
		[]byte("{1:L02MERIDEFFAXXX}{4:{110:012}{329:Y}}"),
		[]byte("{1:F01MERIDEFFAXXX0123000087}{2:O0111531261124CRDRXXXXAXXX00000000002611241531S}{4:{175:1530}{106:261124MERIDEFFAXXX0123000456}{175:1530}{107:261124CEDRFRPPAXXX0777001234}}{5:{CHK:0123456789AB}{SYS:}}{S:{SAC:}{COP:P}}"),
		[]byte("{1:F01MERIDEFFAXXX0123000456}{2:O0961531261124CRDRXXXXAXXX00000000002611241531S}{4:{1:F01MERIDEFFAXXX0123000456}{2:I103CEDRFRPPXXXXN}{3:{103:CPY}}{4:\r\n:20:A\r\n-}}{5:{CHK:0123456789AB}{SYS:}}"),
	}
	s := standardFor(0)
	for _, name := range []string{"541", "300", "700", "192", "202.COV", "066"} {
		list = append(list, derivedMessage(s.types[name], derive(s, s.types[name], true)))
	}
	return list
}

// TestWriteGivesWhatWasRead: bytes that parse without fault are written back as they were, also after edits.
func TestWriteGivesWhatWasRead(t *testing.T) {
	seeds := inputs()
	for _, b := range seeds {
		if _, faults := Parse(b); len(faults) > 0 && !strings.Contains(string(b), "O096") {
			t.Errorf("%s\n%v", b, faults)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		b := bytes.Clone(rapid.SampledFrom(seeds).Draw(t, "seed"))
		for range rapid.IntRange(0, 4).Draw(t, "edits") {
			b = disturb(t, b)
		}
		sound(t, b)
	})
}

// disturb changes, drops or adds a byte, or moves a part.
func disturb(t *rapid.T, b []byte) []byte {
	if len(b) == 0 {
		return b
	}
	at := rapid.IntRange(0, len(b)-1).Draw(t, "at")
	switch rapid.IntRange(0, 3).Draw(t, "how") {
	case 0:
		b[at] = rapid.SampledFrom([]byte("{}:\r\n-A1 /,@~$\x01")).Draw(t, "byte")
	case 1:
		b = append(b[:at:at], b[at+1:]...)
	case 2:
		b = append(b[:at:at], append([]byte("\r\n"), b[at:]...)...)
	default:
		end := min(len(b), at+rapid.IntRange(1, 40).Draw(t, "length"))
		b = append(b[:end:end], b[at:]...)
	}
	return b
}

// sound holds for every input: nothing panics, and what has no fault is written back the same.
func sound(t interface {
	Errorf(string, ...any)
}, b []byte) {
	m, faults := Parse(b)
	if form(faults) == 0 {
		if got := Write(m); !bytes.Equal(got, b) {
			t.Errorf("read\n%q\nwritten\n%q", b, got)
		}
	}
	Check(b, Options{})
	Check(b, Options{Tolerant: true, Line: true})
	Print(m)
	if form(faults) > 0 || !m.IsService() && !m.has[2] {
		return
	}
	again, err := throughDocument(m)
	if err != nil {
		t.Errorf("%q: its own document cannot be read: %v", b, err)
	} else if got := Write(again); !bytes.Equal(got, b) && !disordered(m) {
		t.Errorf("read\n%q\nthrough its document\n%q", b, got)
	}
}

// throughDocument writes the message as JSON and reads it back.
func throughDocument(m *Message) (*Message, error) {
	b, err := json.Marshal(DocumentOf(m))
	if err != nil {
		return nil, err
	}
	var d Document
	if err := json.Unmarshal(b, &d); err != nil {
		return nil, err
	}
	return d.message(standardFor(0))
}

// disordered messages come back mended: fields of the user header in order, no empty blocks, no octets that JSON
// has no text for, line ends that are CRLF.
func disordered(m *Message) bool {
	if m.has[3] && len(m.User) == 0 || m.has[5] && len(m.Trailer) == 0 || m.has[0] && len(m.Own) == 0 || !m.has[4] || !utf8.ValidString(m.Text) {
		return true
	}
	if strings.Count(m.Text, "\n") != strings.Count(m.Text, "\r\n") || strings.Count(m.Text, "\r") != strings.Count(m.Text, "\r\n") {
		return true
	}
	if m.textForm && (m.Basic.Application != 'F' || m.IsService() || strings.HasPrefix(m.App.Type, "0")) {
		return true // text form where tag form belongs
	}
	user := slices.Clone(m.User)
	sortUser(user)
	return !slices.Equal(user, m.User)
}

// form counts the faults of parsing, as against those of structure, behind which all bytes have their place.
func form(faults []corridor.Fault) int {
	n := 0
	for _, f := range faults {
		if f.Code != "T13" && f.Code != "T92" && f.Code != "T89" && f.Code != "T10" && f.Code != "T11" || strings.HasPrefix(f.Text, "line ") || strings.HasPrefix(f.Text, "the text") || strings.HasPrefix(f.Text, "a line") {
			n++
		}
	}
	return n
}

func FuzzParse(f *testing.F) {
	for _, b := range inputs() {
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		if len(b) > maxMessage {
			return
		}
		sound(t, b)
		for _, m := range Messages(b) {
			Check(m, Options{})
		}
		ReadRoute(b)
		ReadAnswer(b)
	})
}

// TestHostile: ten million octets of any kind are answered in linear time and with less memory than three times the
// input.
func TestHostile(t *testing.T) {
	const size = 10 << 20
	head := "{1:F01MERIDEFFAXXX0123000456}{2:I103CEDRFRPPXXXXN}{4:\r\n"
	for name, unit := range map[string]string{
		"braces": "{", "blocks": "{1:", "closed": "}{1:", "tags": ":20:\r\n", "lines": "\r\n", "line feeds": "\n",
		"dollars": "$", "pairs": "{108:A}", "hyphens": "\r\n-", "blanks": " ", "octets": "\xff", "records": "\x01{1:F\x03", "colons": ":", "slashes": "/",
	} {
		t.Run(name, func(t *testing.T) {
			for _, prefix := range []string{"", head, head + ":70:", "{1:F21MERIDEFFAXXX0123000456}{4:"} {
				b := []byte(prefix + strings.Repeat(unit, size/len(unit)))
				hostile(t, b)
			}
		})
	}
}

func hostile(t *testing.T, b []byte) {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	start := time.Now()
	n := 0
	for _, m := range Messages(b) {
		r := Check(m, Options{})
		if r.Valid() {
			t.Errorf("%.40q is valid", m)
		}
		if n++; n == 1000 {
			break
		}
	}
	Parse(b)
	took := time.Since(start)
	runtime.ReadMemStats(&after)
	if took > 3*time.Second {
		t.Errorf("%.60q: %v", b, took)
	}
	if grown := after.TotalAlloc - before.TotalAlloc; grown > uint64(2*len(b)) { // once by Parse, and less than that by all checks
		t.Errorf("%.60q: %d bytes allocated for %d", b, grown, len(b))
	}
}

func TestMessagesOfFiles(t *testing.T) {
	rje := AppendRJE(AppendRJE(nil, []byte(payment)), []byte(transfer))
	dos := AppendDOSPCC(AppendDOSPCC(nil, []byte(payment)), []byte(transfer))
	if len(dos)%dosRecord != 0 {
		t.Errorf("a DOS-PCC file of %d octets", len(dos))
	}
	for name, file := range map[string]string{
		"RJE": string(rje), "DOS-PCC": string(dos), "row": payment + transfer, "lines": payment + "\r\n" + transfer + "\r\n",
		"RJE with lines": payment + "\r\n$\r\n" + transfer + "$",
	} {
		var got []string
		for i, m := range Messages([]byte(file)) {
			if i != len(got) {
				t.Errorf("%s: index %d", name, i)
			}
			got = append(got, string(m))
		}
		if len(got) != 2 || got[0] != payment || got[1] != transfer {
			t.Errorf("%s: %q", name, got)
		}
	}
}

// TestByteOrderMark: it is no part of a message, and belongs to the first of its file.
func TestByteOrderMark(t *testing.T) {
	for _, gap := range []string{"", "\r\n\r\n"} {
		var valid, tolerated []bool
		for _, m := range Messages([]byte(byteOrderMark + gap + payment + "\n\n" + transfer)) {
			strict, r := Check(m, Options{}), Check(m, Options{Tolerant: true})
			valid, tolerated = append(valid, strict.Valid()), append(tolerated, r.Valid() && strings.Contains(strings.Join(r.Tolerated, " "), "byte order mark"))
		}
		if !slices.Equal(valid, []bool{false, true}) || !slices.Equal(tolerated, []bool{true, false}) {
			t.Errorf("%q: valid %v, tolerated %v", gap, valid, tolerated)
		}
	}
	for range Messages([]byte(byteOrderMark)) {
	}
}

// TestStrangeText: what is no message is a message of its own, and hides none.
func TestStrangeText(t *testing.T) {
	var got []bool
	for _, m := range Messages([]byte("From: desk\r\n\r\n" + payment + "\r\nend of file")) {
		r := Check(m, Options{})
		got = append(got, r.Valid())
	}
	if len(got) != 2 || got[0] || got[1] {
		t.Errorf("%v", got)
	}
	n := 0
	for _, m := range Messages([]byte("heading\n" + payment + "\n")) {
		if r := Check(m, Options{}); r.Valid() {
			n++
		}
	}
	if n != 1 {
		t.Errorf("%d valid messages behind a heading", n)
	}
}

// TestAnswerBeforeMessage: an answer and the copy of what it answers are two messages.
func TestAnswerBeforeMessage(t *testing.T) {
	r, _ := ReadRoute([]byte(payment))
	n := 0
	for range Messages(append(Ack(r, noon), payment...)) {
		n++
	}
	if n != 2 {
		t.Errorf("%d messages", n)
	}
}

func TestTolerate(t *testing.T) {
	pasted := "\xef\xbb\xbf" + strings.ReplaceAll(strings.Replace(payment, ":23B:", "\r\n:23B:", 1), "\r\n", "\n") + "\n\n"
	if r := Check([]byte(pasted), Options{}); r.Valid() {
		t.Error("a pasted message is valid without tolerance")
	}
	r := Check([]byte(pasted), Options{Tolerant: true})
	if !r.Valid() {
		t.Errorf("not valid with tolerance: %v", r.Faults)
	}
	for _, want := range []string{"byte order mark", "CRLF", "blank lines", "around", "no block 5"} {
		if !strings.Contains(strings.Join(r.Tolerated, "\n"), want) {
			t.Errorf("does not say %q: %q", want, r.Tolerated)
		}
	}
	spaced := strings.Replace(payment, "}{2:", "}\n  {2:", 1)
	if r := Check([]byte(spaced), Options{Tolerant: true}); !r.Valid() {
		t.Errorf("blanks between blocks: %v", r.Faults)
	}
}
