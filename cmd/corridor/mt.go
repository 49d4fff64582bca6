package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"sort"

	"corridor.example/corridor/mt"
)

// MTCommand groups what can be done with FIN MT messages.
type MTCommand struct {
	Check   MTCheckCommand   `cmd:"" help:"Check messages as the network does."`
	Print   MTPrintCommand   `cmd:"" help:"Print messages for people."`
	JSON    MTJSONCommand    `cmd:"" name:"json" help:"Show messages as JSON, with the parts of fields by name."`
	Build   MTBuildCommand   `cmd:"" help:"Write the message that a JSON file describes, if it is valid."`
	Explain MTExplainCommand `cmd:"" help:"Say what a code means, how a type is built, what a field looks like."`
}

// mtView shows messages one after the other: print and json.
type mtView struct {
	Tolerant bool     `help:"Accept other line ends, blank lines and a byte order mark."`
	Path     []string `arg:"" optional:"" help:"Files and folders; none or - is standard input."`
}

// each gives every message to show; faults of form go to standard error and make the answer no.
func (v mtView) each(io streams, show func(*mt.Message) error) error {
	files, err := messageFiles(v.Path)
	if err != nil {
		return err
	}
	sound := true
	for _, f := range files {
		content, err := readMessages(f, io.In)
		if err != nil {
			return err
		}
		for i, b := range mt.Messages(content) {
			if v.Tolerant {
				b, _ = mt.Tolerate(b)
			}
			m, faults := mt.Parse(b)
			for j := range faults {
				fmt.Fprintf(io.Err, "%s#%d: %s\n", f, i, faults[j].Error())
			}
			sound = sound && len(faults) == 0
			if err := show(m); err != nil {
				return err
			}
		}
	}
	if !sound {
		return answerNo(nil)
	}
	return nil
}

// MTPrintCommand prints messages for people.
type MTPrintCommand struct{ mtView }

// Help shows an example.
func (MTPrintCommand) Help() string { return "Example:\n  corridor mt print payment.fin" }

// Run prints one message after the other.
func (c MTPrintCommand) Run(io streams) error {
	return c.each(io, func(m *mt.Message) error {
		_, err := fmt.Fprint(io.Out, mt.Print(m))
		return err
	})
}

// MTJSONCommand shows messages as JSON.
type MTJSONCommand struct{ mtView }

// Help shows an example.
func (MTJSONCommand) Help() string {
	return "One line of JSON a message; what it shows can be given to corridor mt build.\n\nExample:\n  corridor mt json payment.fin | jq ."
}

// Run writes one document a line.
func (c MTJSONCommand) Run(io streams) error {
	out := json.NewEncoder(io.Out)
	out.SetEscapeHTML(false)
	return c.each(io, func(m *mt.Message) error { return out.Encode(mt.DocumentOf(m)) })
}

// MTBuildCommand writes the message that a JSON document describes.
type MTBuildCommand struct {
	Year int    `help:"Standards year; the newest if not given." placeholder:"YEAR"`
	File string `arg:"" help:"The JSON file; - is standard input."`
}

// Help shows an example.
func (MTBuildCommand) Help() string {
	return `The document names type, sender, receiver and fields; a field has a value or components. Example:
  {"type":"fin.199","sender":"MERIDEFF","receiver":"CEDRFRPP","fields":[{"tag":"20","value":"Q/1"},{"tag":"79","value":"HELLO"}]}

  corridor mt build query.json > query.fin`
}

// Run builds and checks; the message goes out only if it is valid.
func (c MTBuildCommand) Run(io streams) error {
	if _, err := mt.StandardOf(c.Year); err != nil {
		return wrongUse("%v", err)
	}
	content, err := readMessages(c.File, io.In)
	if err != nil {
		return err
	}
	var d mt.Document
	decoder := json.NewDecoder(bytes.NewReader(content))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&d); err != nil {
		return wrongUse("%s is no document of a message: %v; see corridor mt build --help", c.File, err)
	}
	message, faults := mt.Build(d, mt.Options{Year: c.Year})
	for i := range faults {
		fmt.Fprintln(io.Err, faults[i].Error())
	}
	if len(faults) > 0 {
		return answerNo(nil)
	}
	_, err = io.Out.Write(message)
	return err
}

// MTExplainCommand is the tables as a help desk.
type MTExplainCommand struct {
	Year int      `help:"Standards year; the newest if not given." placeholder:"YEAR"`
	Word []string `arg:"" help:"A code (T52), a type (103, 202.COV) or a field (32A, 59a)."`
}

// Help shows an example.
func (MTExplainCommand) Help() string { return "Example:\n  corridor mt explain T52 103 32A" }

// Run explains each word.
func (c MTExplainCommand) Run(io streams) error {
	s, err := mt.StandardOf(c.Year)
	if err != nil {
		return wrongUse("%v", err)
	}
	var unknown []string
	for _, w := range c.Word {
		text, ok := s.Explain(w)
		if !ok {
			unknown = append(unknown, w)
			continue
		}
		fmt.Fprint(io.Out, text)
	}
	if len(unknown) > 0 {
		sort.Strings(unknown)
		return answerNo(fmt.Errorf("nothing is known of %v: give a code (T52), a type (103) or a field (32A)", unknown))
	}
	return nil
}
