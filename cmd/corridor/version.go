package main

import (
	"encoding/json"
	"fmt"
	"runtime/debug"
)

// VersionCommand prints what this binary was built from.
type VersionCommand struct {
	JSON bool `name:"json" help:"Print JSON."`
}

// Help shows an example.
func (VersionCommand) Help() string { return "Example:\n  corridor version" }

// Run prints the module's version, the revision where it is known, and the Go version.
func (c VersionCommand) Run(io streams) error {
	v := struct {
		Version  string `json:"version"`
		Revision string `json:"revision,omitempty"`
		Go       string `json:"go"`
	}{Version: "devel"}
	if info, ok := debug.ReadBuildInfo(); ok {
		v.Go = info.GoVersion
		if info.Main.Version != "" {
			v.Version = info.Main.Version
		}
		for _, s := range info.Settings {
			if s.Key == "vcs.revision" {
				v.Revision = s.Value
			}
		}
	}
	if c.JSON {
		return json.NewEncoder(io.Out).Encode(v)
	}
	text := v.Version
	if v.Revision != "" {
		text += " " + v.Revision
	}
	_, err := fmt.Fprintf(io.Out, "corridor %s, %s\n", text, v.Go)
	return err
}
