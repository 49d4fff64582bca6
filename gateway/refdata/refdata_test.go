package refdata_test

import (
	"flag"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"corridor.example/corridor/directory"
	"corridor.example/corridor/directory/files"
	"corridor.example/corridor/gateway/refdata"
)

var update = flag.Bool("update", false, "rewrite the outputs in testdata")

const members = `entity,name,country,lei
LE-V,Vostrova Bank,RU,NTAA00CORRIDOR000161
LE-G,Gazolin Bank,RU,
LE-D,Deus Bank AG,DE,5493001KJTIIGC8Y1R12
LE-O,Owner of nothing,DE,HWUPKR0MPOU8FGXBT394
bic,owner,name,city,services,status,from
ZQVARUMM,LE-V,,Moscow,,active,
ZQVARUMMSPB,,"Vostrova Bank, Saint Petersburg",Saint Petersburg,,active,
ZQGARUMM,LE-G,,,,active,
ZQDEDEFF,LE-D,,Frankfurt,file|fin=fin.103 fin.202|mx,active,2020-01-01T00:00:00Z
ZQDXDEFF,LE-D,,,,withdrawn,2021-01-01T00:00:00Z
ZQDTDEF0,LE-D,Deus Bank test,,mx,active,
standing,status,from
ZQGARUMM,suspended-by-order,2022-03-11T23:00:00Z
`

// Each case of testdata/answers.txt is "[METHOD] PATH [HEADER: VALUE]", then "----", then status and body as the real server gives them.
func TestAnswers(t *testing.T) {
	f, err := files.Read(strings.NewReader(members), "members.csv", directory.New())
	if err != nil {
		t.Fatal(err)
	}
	d, err := f.Directory()
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(http.StripPrefix("/swiftrefdata/v4", refdata.Handler(func() *directory.Directory { return d })))
	defer server.Close()
	path := filepath.Join("testdata", "answers.txt")
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, c := range strings.Split(strings.TrimRight(string(text), "\n"), "\n\n") {
		in, want, _ := strings.Cut(c, "\n----\n")
		in = strings.TrimSuffix(in, "\n----")
		out := ask(t, server.URL+"/swiftrefdata/v4", in)
		if got = append(got, in+"\n----\n"+out); !*update && out != want {
			t.Errorf("%s\ngot  %s\nwant %s", in, out, want)
		}
	}
	if *update {
		if err := os.WriteFile(path, []byte(strings.Join(got, "\n\n")+"\n"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

func ask(t *testing.T, base, line string) string {
	t.Helper()
	method, rest, ok := strings.Cut(line, " ")
	if !ok || strings.HasPrefix(method, "/") {
		method, rest = http.MethodGet, line
	}
	path, header, _ := strings.Cut(rest, " ")
	q, err := http.NewRequest(method, base+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	if name, value, ok := strings.Cut(header, ": "); ok {
		q.Header.Set(name, value)
	}
	r, err := http.DefaultClient.Do(q)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	body, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	if kind := r.Header.Get("Content-Type"); kind != "application/json" {
		t.Errorf("%s: content type %q", line, kind)
	}
	out := fmt.Sprint(r.StatusCode)
	if allow := r.Header.Get("Allow"); allow != "" {
		out += " Allow: " + allow
	}
	return out + "\n" + strings.TrimSpace(string(body))
}
