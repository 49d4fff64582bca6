package config

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

type sample struct {
	Listen string   `toml:"listen"`
	Wait   Duration `toml:"wait"`
	Most   Size     `toml:"most"`
	Hubs   []string `toml:"hubs"`
	Store  struct {
		Path Path `toml:"path"`
	} `toml:"store"`
	Terminals []struct {
		LT  string `toml:"lt"`
		Dir Path   `toml:"dir"`
	} `toml:"terminal"`
}

func (s *sample) Check(r *Report) {
	r.Need("listen", s.Listen, "give an address")
	if s.Wait.Std() > time.Minute {
		r.Problem("wait", "is longer than a minute", "give less")
	}
	for i, t := range s.Terminals {
		if len(t.LT) != 12 {
			r.Problem("terminal["+string(rune('0'+i))+"].lt", "has not 12 characters", "give an LT")
		}
	}
}

const good = `# a file
listen = ":7000"
wait = "5s"
most = "64 MiB"
hubs = [
  "a:1", # listen = "not a key"
  "b:2",
]

[store]
path = "s.db"

[[terminal]]
lt = "MERIDEFFAXXX"
dir = "/abs"

[[terminal]]
lt = "MERIDEFFBXXX"
`

func load(t *testing.T, text string, o Overrides) (*sample, string, error) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "x.toml")
	if err := Write(path, text); err != nil {
		t.Fatal(err)
	}
	s := &sample{}
	return s, path, Load("hub", path, s, o)
}

func TestLoad(t *testing.T) {
	s, path, err := load(t, good, Overrides{
		Environ: []string{"CORRIDOR_HUB_STORE_PATH=other.db", "CORRIDOR_GATEWAY_LISTEN=no", "CORRIDOR_HUB_HUBS=c:3, d:4"},
		Flags:   map[string]string{"wait": "7s"},
	})
	if err != nil {
		t.Fatal(err)
	}
	if s.Listen != ":7000" || s.Wait.Std() != 7*time.Second || s.Most != 64<<20 || strings.Join(s.Hubs, "|") != "c:3|d:4" {
		t.Errorf("read %+v", s)
	}
	if want := filepath.Join(filepath.Dir(path), "other.db"); string(s.Store.Path) != want {
		t.Errorf("path %q, want %q", s.Store.Path, want)
	}
	if s.Terminals[0].Dir != "/abs" || len(s.Terminals) != 2 {
		t.Errorf("terminals %+v", s.Terminals)
	}
}

func TestProblemsNameLineKeyAndRemedy(t *testing.T) {
	for _, c := range []struct{ name, from, to, want string }{
		{"unknown key", `listen =`, `lissten =`, `x.toml:2: lissten: this key is not known; did you mean "listen"?`},
		{"unknown in a list", `dir = "/abs"`, `dirr = "/abs"`, `x.toml:15: terminal.dirr: this key is not known; did you mean "terminal.dir"?`},
		{"unknown table", `[store]`, `[stores]`, `x.toml:10: stores`},
		{"bad duration", `"5s"`, `"5 apples"`, `x.toml:3`},
		{"bad duration's remedy", `"5s"`, `"5 apples"`, `write a number with its unit`},
		{"bad size", `"64 MiB"`, `"many"`, `x.toml:4`},
		{"not TOML", `wait = "5s"`, `wait = 5s`, `x.toml:3`},
		{"checked value", `"5s"`, `"5m"`, `x.toml:3: wait: is longer than a minute; give less`},
		{"missing", `listen = ":7000"`, ``, `x.toml: listen: is missing; give an address`},
		{"checked in a list", `lt = "MERIDEFFBXXX"`, `lt = "MERI"`, `x.toml:18: terminal[1].lt: has not 12 characters; give an LT`},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, _, err := load(t, strings.Replace(good, c.from, c.to, 1), Overrides{})
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got  %v\nwant %s", err, c.want)
			}
		})
	}
}

func TestOverridesAreCheckedAndNamed(t *testing.T) {
	for _, c := range []struct {
		o    Overrides
		want string
	}{
		{Overrides{Environ: []string{"CORRIDOR_HUB_WAIT=2m"}}, "environment CORRIDOR_HUB_WAIT: wait: is longer"},
		{Overrides{Environ: []string{"CORRIDOR_HUB_LISTN=2m"}}, `environment CORRIDOR_HUB_LISTN: listn: this key is not known`},
		{Overrides{Flags: map[string]string{"wait": "x"}}, `--set wait: wait: "x" is not a duration`},
		{Overrides{Flags: map[string]string{"terminal.lt": "x"}}, `stands in a list of tables`},
	} {
		if _, _, err := load(t, good, c.o); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%+v\ngot  %v\nwant %s", c.o, err, c.want)
		}
	}
}

func TestAllProblemsAtOnce(t *testing.T) {
	_, _, err := load(t, `wait = "2m"`, Overrides{})
	if p, ok := err.(Problems); !ok || len(p) != 2 {
		t.Errorf("want two problems, got %v", err)
	}
}

func TestWriteIsPrivateAndNeverOverwrites(t *testing.T) {
	_, path, err := load(t, good, Overrides{})
	if err != nil {
		t.Fatal(err)
	}
	if info, _ := os.Stat(path); info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v", info.Mode())
	}
	if err := Write(path, "x"); err == nil || !strings.Contains(err.Error(), "not overwritten") {
		t.Errorf("second write: %v", err)
	}
}

func TestMissingFileNamesInit(t *testing.T) {
	err := Load("hub", filepath.Join(t.TempDir(), "no.toml"), &sample{}, Overrides{})
	if err == nil || !strings.Contains(err.Error(), "corridor hub init") {
		t.Errorf("got %v", err)
	}
}

func TestSizeText(t *testing.T) {
	for text, n := range map[string]Size{"12B": 12, "512KiB": 512 << 10, "3GiB": 3 << 30} {
		var s Size
		if err := s.UnmarshalText([]byte(text)); err != nil || s != n || s.String() != text {
			t.Errorf("%s: %d %q %v", text, s, s.String(), err)
		}
	}
}

// FuzzLoad: no file makes the loader fail in another way than with problems that name the file.
func FuzzLoad(f *testing.F) {
	f.Add(good)
	f.Add("[[terminal]]\n[[terminal]]\nlt = \"\"\"\n[x]\n\"\"\"")
	f.Fuzz(func(t *testing.T, text string) {
		path := filepath.Join(t.TempDir(), "x.toml")
		if err := Write(path, text); err != nil {
			t.Fatal(err)
		}
		err := Load("hub", path, &sample{}, Overrides{})
		if err != nil && !strings.Contains(err.Error(), "x.toml") {
			t.Errorf("%q: %v", text, err)
		}
	})
}
