package canonical

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// TestRewrite: the vectors of RFC 8785 that hold no other numbers than integers, and what it says of white space and order.
func TestRewrite(t *testing.T) {
	for _, test := range []struct{ name, in, out string }{
		{"RFC 8785 3.2.2, literals and string", `{"literals":[null, true, false],"string":"\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/"}`,
			`{"literals":[null,true,false],"string":"€$\u000f\nA'B\"\\\\\"/"}`},
		{"RFC 8785 3.2.3, order of keys in ASCII", `{"b":1, "a":{"10":1,"1":2,"2":3}, "A":[3,2,1]}`, `{"A":[3,2,1],"a":{"1":2,"10":1,"2":3},"b":1}`},
		{"short escapes", `"\u0008\u0009\u000a\u000c\u000d\u0000\u001F"`, `"\b\t\n\f\r\u0000\u001f"`},
		{"no escapes for HTML and JavaScript", `"<>&\u2028\u2029\\u2028"`, "\"<>&\u2028\u2029\\\\u2028\""},
		{"text beyond the first plane", `"\ud83d\ude00"`, `"😀"`},
		{"integers", `[0,-1,999999999999999,-999999999999999]`, `[0,-1,999999999999999,-999999999999999]`},
		{"a key twice keeps the last", `{"a":1,"a":2}`, `{"a":2}`},
		{"empty", ` { } `, `{}`},
	} {
		got, err := Rewrite([]byte(test.in))
		if err != nil || string(got) != test.out {
			t.Errorf("%s: %s, %v\nwant %s", test.name, got, err, test.out)
		}
	}
}

func TestRewriteRefuses(t *testing.T) {
	for _, test := range []struct{ name, in, text string }{
		{"fraction", `[1.5]`, "write other numbers as text"},
		{"exponent", `{"a":1e3}`, "write other numbers as text"},
		{"minus zero", `-0`, "write other numbers as text"},
		{"sixteen digits", `9007199254740993`, "15 digits"},
		{"a key that is not ASCII", `{"é":1}`, "ASCII"},
		{"a control character in a key", `{"a\u0000":1}`, "ASCII"},
		{"two documents", `{}{}`, "follows"},
		{"a bracket behind it", `{}]`, "follows"},
		{"nothing", ``, "JSON"},
		{"cut off", `{"a":`, "JSON"},
		{"too deep", strings.Repeat("[", MaxDepth+1) + strings.Repeat("]", MaxDepth+1), "deep"},
		{"too deep, unclosed", strings.Repeat(`{"a":`, 1<<20), "deep"},
		{"too large", `"` + strings.Repeat("x", MaxSize) + `"`, "limit"},
	} {
		if got, err := Rewrite([]byte(test.in)); err == nil || !strings.Contains(err.Error(), test.text) {
			t.Errorf("%s: %.80s, %v", test.name, got, err)
		}
	}
	deep := strings.Repeat("[", MaxDepth) + `"[[[{{\"[["` + strings.Repeat("]", MaxDepth)
	if _, err := Rewrite([]byte(deep)); err != nil {
		t.Errorf("as deep as it may be, and brackets in text: %v", err)
	}
}

type inner struct {
	Percent int    `json:"percent"`
	Op      string `json:"op,omitempty"`
}

type common struct {
	ID string `json:"id"`
}

type document struct {
	common
	Effective time.Time        `json:"effective"`
	Closure   *inner           `json:"closure,omitempty"`
	List      []inner          `json:"list,omitempty"`
	ByName    map[string]inner `json:"by_name,omitempty"`
	Words     []string         `json:"words,omitempty"`
	Raw       json.RawMessage  `json:"raw,omitempty"`
	Plain     bool             `json:",omitempty"`
}

func TestUnmarshal(t *testing.T) {
	d := document{common: common{"ORD-1"}, Effective: time.Date(2022, 3, 11, 23, 0, 0, 0, time.UTC), Closure: &inner{50, ">"}, List: []inner{{Percent: 1}}, ByName: map[string]inner{"Q": {Percent: 2}},
		Words: []string{"<é>"}, Raw: json.RawMessage(`{"Any":1}`), Plain: true}
	b, err := Marshal(d)
	if err != nil {
		t.Fatal(err)
	}
	const want = `{"Plain":true,"by_name":{"Q":{"percent":2}},"closure":{"op":">","percent":50},"effective":"2022-03-11T23:00:00Z","id":"ORD-1","list":[{"percent":1}],"raw":{"Any":1},"words":["<é>"]}`
	if string(b) != want {
		t.Fatalf("written as %s", b)
	}
	var back document
	if err := Unmarshal(b, &back); err != nil {
		t.Fatal(err)
	}
	if again, err := Marshal(back); err != nil || !bytes.Equal(again, b) {
		t.Errorf("comes back as %s, %v", again, err)
	}
}

func TestUnmarshalRefuses(t *testing.T) {
	const at = `"effective":"2022-03-11T23:00:00Z","id":"x"`
	for _, test := range []struct {
		name, in string
		form     bool // the content is sound, the form is not
	}{
		{"white space", `{` + at + ` }`, true},
		{"a line behind it", `{` + at + "}\n", true},
		{"keys not sorted", `{"id":"x","effective":"2022-03-11T23:00:00Z"}`, true},
		{"a key twice", `{"effective":"2022-03-11T23:00:00Z","id":"x","id":"x"}`, true},
		{"a key twice with two values", `{"effective":"2022-03-11T23:00:00Z","id":"y","id":"x"}`, true},
		{"a key twice inside", `{"closure":{"percent":1,"percent":1},` + at + `}`, true},
		{"an escape that is not needed", `{"effective":"2022-03-11T23:00:00Z","id":"\u0078"}`, true},
		{"a solidus escaped", `{"effective":"2022-03-11T23:00:00Z","id":"\/"}`, true},
		{"no UTF-8", `{"effective":"2022-03-11T23:00:00Z","id":"` + "\xff" + `"}`, true},
		{"half a surrogate", `{"effective":"2022-03-11T23:00:00Z","id":"\ud800"}`, true},
		{"an unknown field", `{` + at + `,"more":1}`, false},
		{"an unknown field inside", `{"closure":{"less":1,"percent":1},` + at + `}`, false},
		{"a key in another case", `{"ID":"x","effective":"2022-03-11T23:00:00Z"}`, false},
		{"a key in two cases", `{"ID":"y",` + at + `}`, false},
		{"a key in another case inside", `{"closure":{"Percent":1},` + at + `}`, false},
		{"a key in another case in a list", `{` + at + `,"list":[{"Percent":1}]}`, false},
		{"a key in another case in a map", `{"by_name":{"Q":{"Percent":1}},` + at + `}`, false},
		{"a field that JSON does not have", `{"common":{"id":"x"},"effective":"2022-03-11T23:00:00Z","id":"x"}`, false},
		{"another type", `{"effective":"2022-03-11T23:00:00Z","id":1}`, false},
		{"a list", `[]`, false},
	} {
		var d document
		err := Unmarshal([]byte(test.in), &d)
		if err == nil || errors.Is(err, ErrForm) != test.form {
			t.Errorf("%s: %v", test.name, err)
		}
	}
}

// TestOneForm: what is written is its own canonical form, and a document in any other spelling comes to the same bytes.
func TestOneForm(t *testing.T) {
	key := rapid.StringMatching(`[ -~]{0,8}`)
	var value func(depth int) *rapid.Generator[any]
	value = func(depth int) *rapid.Generator[any] {
		some := []*rapid.Generator[any]{rapid.String().AsAny(), rapid.Int64Range(-999_999_999_999_999, 999_999_999_999_999).AsAny(), rapid.Bool().AsAny(), rapid.Just[any](nil)}
		if depth > 0 {
			some = append(some, rapid.MapOfN(key, value(depth-1), 0, 4).AsAny(), rapid.SliceOfN(value(depth-1), 0, 4).AsAny())
		}
		return rapid.OneOf(some...)
	}
	rapid.Check(t, func(t *rapid.T) {
		v := value(4).Draw(t, "value")
		b, err := Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		loose, err := json.MarshalIndent(v, " ", "\t") // escapes for HTML, white space
		if err != nil {
			t.Fatal(err)
		}
		for _, form := range [][]byte{b, loose} {
			if again, err := Rewrite(form); err != nil || !bytes.Equal(again, b) {
				t.Fatalf("%s\nfrom %s: %s, %v", b, form, again, err)
			}
		}
		var back any
		if err := Unmarshal(b, &back); err != nil {
			t.Fatal(err)
		}
	})
}

// FuzzUnmarshal: whatever is taken is written again as it was.
func FuzzUnmarshal(f *testing.F) {
	f.Add([]byte(`{"closure":{"op":">","percent":50},"effective":"2022-03-11T23:00:00Z","id":"ORD-1","words":["é\u000f"]}`))
	f.Add([]byte(`{"ID":"x","id":"x"}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		var v any
		if Unmarshal(b, &v) == nil {
			if again, err := Marshal(v); err != nil && !strings.Contains(err.Error(), "number") || err == nil && !bytes.Equal(again, b) {
				t.Fatalf("taken   %s\nwritten %s, %v", b, again, err)
			}
		}
		var d document
		if Unmarshal(b, &d) == nil && !json.Valid(b) {
			t.Fatalf("%s is no JSON", b)
		}
	})
}
