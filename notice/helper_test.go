package notice_test

import (
	"encoding/json"
	"strings"
	"testing"
)

// eventText is the text of an event in JSON.
func eventText(t testing.TB, event []byte) string {
	t.Helper()
	var e struct{ Text []string }
	if err := json.Unmarshal(event, &e); err != nil {
		t.Fatal(err)
	}
	return strings.Join(e.Text, "\n")
}
