package main

import (
	"fmt"
	"runtime"
	"runtime/debug"
)

// versionCmd is hydrant version.
type versionCmd struct {
	JSON bool `name:"json" help:"Print JSON."`
}

// Help returns an example.
func (versionCmd) Help() string { return "Example:\n\n  hydrant version --json" }

// Run prints the version.
func (c *versionCmd) Run(std stdio) error {
	v := buildVersion()
	if c.JSON {
		return writeJSON(std.out, v)
	}
	_, err := fmt.Fprintf(std.out, "hydrant %s (%s, %s/%s)\n", v, v.Go, v.OS, v.Arch)
	return err
}

// A version names a build of the program.
type version struct {
	Version  string `json:"version"`
	Revision string `json:"revision,omitempty"` // of the source, with "+changes" if it was not committed
	Go       string `json:"go"`
	OS       string `json:"os"`
	Arch     string `json:"arch"`
}

// String returns the version and, if known, the source's revision.
func (v version) String() string {
	if v.Revision == "" {
		return v.Version
	}
	return v.Version + " " + v.Revision
}

// buildVersion reads what the Go toolchain wrote into the binary.
func buildVersion() version {
	v := version{Version: "devel", Go: runtime.Version(), OS: runtime.GOOS, Arch: runtime.GOARCH}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return v
	}
	if m := info.Main.Version; m != "" && m != "(devel)" {
		v.Version = m
	}
	for _, s := range info.Settings {
		switch {
		case s.Key == "vcs.revision":
			v.Revision = s.Value[:min(len(s.Value), 12)] + v.Revision
		case s.Key == "vcs.modified" && s.Value == "true":
			v.Revision += "+changes"
		}
	}
	return v
}
