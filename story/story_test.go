package story_test

import (
	"strings"
	"testing"

	"corridor.example/corridor/story"
)

// Every scenario holds, line by line.
func TestScenarios(t *testing.T) {
	for _, name := range story.Names() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			text, err := story.Script(name)
			if err != nil {
				t.Fatal(err)
			}
			var told []string
			o := story.Options{Dir: t.TempDir(), Event: func(e story.Event) { told = append(told, e.At.Format("2006-01-02 15:04:05.000 ")+e.What) }}
			if err := story.Run(t.Context(), text, o); err != nil {
				t.Errorf("%v\nwhat happened:\n%s", err, strings.Join(told, "\n"))
			}
		})
	}
}
