package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"time"

	corridor "corridor.example/corridor"
	"corridor.example/corridor/mx"
)

// MXCommand groups what can be done with ISO 20022 messages.
type MXCommand struct {
	Check   MXCheckCommand   `cmd:"" help:"Check messages as the network does."`
	Print   MXPrintCommand   `cmd:"" help:"Print messages for people."`
	JSON    MXJSONCommand    `cmd:"" name:"json" help:"Show messages as JSON."`
	Build   MXBuildCommand   `cmd:"" help:"Write the message that a JSON file describes, if it is valid."`
	Explain MXExplainCommand `cmd:"" help:"Say what a code means, how a message is built, what a name stands for."`
	Example MXExampleCommand `cmd:"" help:"Make a message that keeps its schema."`
	Digest  MXDigestCommand  `cmd:"" help:"Print the digest of messages that survives indentation."`
	Schema  MXSchemaCommand  `cmd:"" help:"Add own schemas; write a table as an XML schema."`
}

// day is a date on the command line.
type day struct{ time.Time }

// UnmarshalText reads the form 2026-11-22.
func (d *day) UnmarshalText(text []byte) error {
	t, err := time.Parse(time.DateOnly, string(text))
	if err != nil {
		return fmt.Errorf("%q is no date: give one such as 2026-11-22", text)
	}
	d.Time = t
	return nil
}

// mxProfile says by what messages are judged.
type mxProfile struct {
	Profile string `help:"cbpr-2025, cbpr-2026 or schema; without it the header's business service decides." placeholder:"NAME"`
	At      day    `help:"Judge as if the hub accepted the message on this day, as in 2026-11-22; without it now." placeholder:"DATE"`
	Strict  bool   `help:"What the network only warns of refuses too."`
	Schemas string `help:"Folder of own schemas, made by corridor mx schema add." type:"path" placeholder:"DIR"`
}

// options turns the flags into the options of a check.
func (p mxProfile) options() (mx.Options, error) {
	o := mx.Options{At: p.At.Time, Strict: p.Strict}
	if o.At.IsZero() {
		o.At = time.Now()
	}
	if p.Profile != "" {
		var err error
		if o.Profile, err = mx.ParseProfile(p.Profile); err != nil {
			return o, wrongUse("%v", err)
		}
	}
	if p.Schemas != "" {
		t, err := mx.Standard().WithFolder(p.Schemas)
		if err != nil {
			return o, fmt.Errorf("reading the schemas: %w", err)
		}
		o.Tables = t
	}
	return o, nil
}

// MXCheckCommand checks files, folders and standard input.
type MXCheckCommand struct {
	mxProfile
	JSON bool     `name:"json" help:"One line of JSON a message: file, index, type, valid, faults."`
	Path []string `arg:"" optional:"" help:"Files and folders; none or - is standard input."`
}

// Help shows examples.
func (MXCheckCommand) Help() string {
	return `A file holds one message or several in a row: AppHdr and Document, both inside one element, or DataPDUs, with or
without their binary prefix. A folder is read with all below it.
Exit status: 0 all valid, 1 some not, 2 wrong use, 3 a file could not be read.

Examples:
  corridor mx check payment.xml
  corridor mx check --json --profile cbpr-2026 outbox/`
}

// Run checks and reports in the order of the files.
func (c MXCheckCommand) Run(io streams) error {
	o, err := c.options()
	if err != nil {
		return err
	}
	files, err := messageFiles(c.Path)
	if err != nil {
		return err
	}
	out := bufio.NewWriterSize(io.Out, 1<<16)
	report := mxReport{out: out, json: c.JSON}
	for _, f := range files {
		content, err := readMessages(f, io.In)
		if err != nil {
			report.unreadable(err)
			continue
		}
		place := mxPlace{file: content}
		for i, m := range mx.Messages(content) {
			report.add(f, i, place.shift(m, mxJudge(m, o)))
		}
	}
	if err := out.Flush(); err != nil {
		return err
	}
	return report.end()
}

// mxJudge checks one message; a statement that is too long for the network is still read as a stream, without usage
// rules.
func mxJudge(m []byte, o mx.Options) mx.Result {
	if len(m) > mx.MaxMessage {
		return mx.CheckStream(bytes.NewReader(m), o)
	}
	return mx.Check(m, o)
}

// mxReport writes one answer a message.
type mxReport struct {
	out     io.Writer
	json    bool
	invalid int
	err     error
}

// mxLine is the answer for one message; every key but warnings is always there.
type mxLine struct {
	File     string               `json:"file"`
	Index    int                  `json:"index"`
	Type     corridor.MessageType `json:"type"`
	Valid    bool                 `json:"valid"`
	Profile  mx.Profile           `json:"profile"`
	Faults   []mxFault            `json:"faults"`
	Warnings []mxFault            `json:"warnings,omitempty"`
}

type mxFault struct {
	Code   string `json:"code"`
	Path   string `json:"path"`
	Line   int    `json:"line"`
	Column int    `json:"column"`
	Text   string `json:"text"`
	Rule   string `json:"rule"`
}

// unreadable keeps the first error of a file; the others are still checked.
func (r *mxReport) unreadable(err error) {
	if r.err == nil {
		r.err = err
	}
}

func mxFaults(faults []corridor.Fault) []mxFault {
	out := make([]mxFault, 0, len(faults))
	for _, f := range faults {
		out = append(out, mxFault{f.Code, f.Path, f.Line, f.Column, f.Text, f.Rule})
	}
	return out
}

// add reports one message.
func (r *mxReport) add(file string, index int, x mx.Result) {
	if !x.Valid() {
		r.invalid++
	}
	if !r.json {
		r.plain(file, index, x)
		return
	}
	line := mxLine{File: file, Index: index, Type: x.Type, Valid: x.Valid(), Profile: x.Profile, Faults: mxFaults(x.Faults)}
	if len(x.Warnings) > 0 {
		line.Warnings = mxFaults(x.Warnings)
	}
	encoder := json.NewEncoder(r.out)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(line); err != nil {
		r.unreadable(err)
	}
}

func (r *mxReport) plain(file string, index int, x mx.Result) {
	verdict := "valid"
	if !x.Valid() {
		verdict = "not valid"
	}
	fmt.Fprintf(r.out, "%s#%d %s %s (%s)\n", file, index, x.Type, verdict, x.Profile)
	for i := range x.Faults {
		fmt.Fprintf(r.out, "  %s%s\n", x.Faults[i].Error(), ruleInBrackets(x.Faults[i].Rule))
	}
	for i := range x.Warnings {
		fmt.Fprintf(r.out, "  warning: %s%s\n", x.Warnings[i].Error(), ruleInBrackets(x.Warnings[i].Rule))
	}
}

func ruleInBrackets(rule string) string {
	if rule == "" {
		return ""
	}
	return " (" + rule + ")"
}

// end is the exit status: a file that could not be read weighs more than a message that is not valid.
func (r *mxReport) end() error {
	switch {
	case r.err != nil:
		return r.err
	case r.invalid > 0:
		return answerNo(nil)
	}
	return nil
}
