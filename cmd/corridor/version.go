package main

import (
	"fmt"
	"runtime/debug"
)

// VersionCommand prints what this binary was built from.
type VersionCommand struct{}

// Help shows an example.
func (VersionCommand) Help() string { return "Example:\n  corridor version" }

// Run prints the module's version and the Go version.
func (VersionCommand) Run(io streams) error {
	version, revision := "devel", ""
	goVersion := ""
	if info, ok := debug.ReadBuildInfo(); ok {
		goVersion = info.GoVersion
		if info.Main.Version != "" {
			version = info.Main.Version
		}
		for _, s := range info.Settings {
			if s.Key == "vcs.revision" {
				revision = " " + s.Value
			}
		}
	}
	_, err := fmt.Fprintf(io.Out, "corridor %s%s, %s\n", version, revision, goVersion)
	return err
}
