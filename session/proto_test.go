package session

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"google.golang.org/protobuf/reflect/protoreflect"

	"corridor.example/corridor/session/sessionpb"
)

const protoFields = "testdata/fields.txt"

// TestProtoOnlyGrows: what was once on the wire keeps its number, type and meaning; a version adds lines to the file and changes none.
func TestProtoOnlyGrows(t *testing.T) {
	today := describe(sessionpb.File_session_sessionpb_session_proto)
	if *update {
		fatal(t, os.WriteFile(protoFields, []byte(strings.Join(today, "\n")+"\n"), 0o644))
	}
	file, err := os.ReadFile(protoFields)
	fatal(t, err)
	has := map[string]bool{}
	for _, line := range today {
		has[line] = true
	}
	recorded := strings.Fields(strings.ReplaceAll(strings.TrimSpace(string(file)), " ", "·"))
	for _, line := range recorded {
		if line = strings.ReplaceAll(line, "·", " "); !has[line] {
			t.Errorf("the protocol had %q and has not any more: members' programs would break", line)
		}
	}
	if len(recorded) != len(today) {
		t.Errorf("%d fields are recorded in %s and the protocol has %d: run go test ./session -run ProtoOnlyGrows -update", len(recorded), protoFields, len(today))
	}
}

// describe lists all fields and calls of a file, one a line.
func describe(f protoreflect.FileDescriptor) (lines []string) {
	for i := range f.Messages().Len() {
		m := f.Messages().Get(i)
		for j := range m.Fields().Len() {
			d := m.Fields().Get(j)
			kind := d.Kind().String()
			if d.Message() != nil {
				kind = string(d.Message().Name())
			}
			lines = append(lines, fmt.Sprintf("%s.%s = %d %s %s", m.FullName(), d.Name(), d.Number(), d.Cardinality(), kind))
		}
	}
	for i := range f.Services().Len() {
		s := f.Services().Get(i)
		for j := range s.Methods().Len() {
			d := s.Methods().Get(j)
			lines = append(lines, fmt.Sprintf("%s (%s, streams %v) returns (%s, streams %v)", d.FullName(), d.Input().Name(), d.IsStreamingClient(), d.Output().Name(), d.IsStreamingServer()))
		}
	}
	return lines
}
