package main

import (
	"fmt"

	corridor "corridor.example/corridor"
	"corridor.example/corridor/mx"
)

// mxView shows messages one after the other: print and json.
type mxView struct {
	Schemas string   `help:"Folder of own schemas, made by corridor mx schema add." type:"path" placeholder:"DIR"`
	Path    []string `arg:"" optional:"" help:"Files and folders; none or - is standard input."`
}

// each gives every message that can be read to show; its faults go to standard error and make the answer no.
func (v mxView) each(io streams, show func([]byte, *mx.Message, mx.Options) error) error {
	o, err := mxProfile{Schemas: v.Schemas}.options()
	if err != nil {
		return err
	}
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
		for i, b := range mx.Messages(content) {
			m, faults := mx.Read(b, o)
			printFaults(io, fmt.Sprintf("%s#%d: ", f, i), faults)
			sound = sound && len(faults) == 0
			if m == nil {
				continue
			}
			if err := show(b, m, o); err != nil {
				return err
			}
		}
	}
	if !sound {
		return answerNo(nil)
	}
	return nil
}

func printFaults(io streams, before string, faults []corridor.Fault) {
	for i := range faults {
		fmt.Fprintf(io.Err, "%s%s\n", before, faults[i].Error())
	}
}

// MXPrintCommand prints messages for people.
type MXPrintCommand struct {
	mxView
	XML bool `name:"xml" help:"As XML, one element a line, instead of the names spelled out."`
}

// Help shows examples.
func (MXPrintCommand) Help() string {
	return "Every element on a line, its short name spelled out.\n\nExamples:\n  corridor mx print payment.xml\n  corridor mx print --xml payment.xml"
}

// Run prints one message after the other.
func (c MXPrintCommand) Run(io streams) error {
	return c.each(io, func(b []byte, m *mx.Message, _ mx.Options) error {
		text := mx.Print(m)
		if c.XML {
			text = string(mx.Indent(b))
		}
		_, err := fmt.Fprint(io.Out, text)
		return err
	})
}

// MXJSONCommand shows messages as JSON.
type MXJSONCommand struct{ mxView }

// Help shows an example.
func (MXJSONCommand) Help() string {
	return "One line of JSON a message; what it shows can be given to corridor mx build.\n\nExample:\n  corridor mx json payment.xml | jq ."
}

// Run writes one message a line.
func (c MXJSONCommand) Run(io streams) error {
	return c.each(io, func(_ []byte, m *mx.Message, o mx.Options) error {
		b, err := m.JSON(o)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(io.Out, "%s\n", b)
		return err
	})
}

// MXBuildCommand writes the message that a JSON document describes.
type MXBuildCommand struct {
	mxProfile
	File string `arg:"" help:"The JSON file; - is standard input."`
}

// Help shows an example.
func (MXBuildCommand) Help() string {
	return `The document has type, header, envelope (wrapper or pair), AppHdr and Document, as corridor mx json shows them; elements may
stand in any order. The message goes out only if it is valid.

Examples:
  corridor mx example pacs.002.001.10 | corridor mx json - > status.json
  corridor mx build status.json > status.xml`
}

// Run builds and checks.
func (c MXBuildCommand) Run(io streams) error {
	o, err := c.options()
	if err != nil {
		return err
	}
	content, err := readMessages(c.File, io.In)
	if err != nil {
		return err
	}
	m, err := mx.ParseJSON(content)
	if err != nil {
		return wrongUse("%s describes no message: %v; see corridor mx build --help", c.File, err)
	}
	b, faults := m.Write(o)
	printFaults(io, "", faults)
	if len(faults) > 0 {
		return answerNo(nil)
	}
	_, err = io.Out.Write(b)
	return err
}

// MXDigestCommand prints the digests of messages.
type MXDigestCommand struct {
	Path []string `arg:"" optional:"" help:"Files and folders; none or - is standard input."`
}

// Help shows an example.
func (MXDigestCommand) Help() string {
	return `The canonical digest is the same for two messages that differ only in indentation, prefixes, comments or envelope; the
other one is that of the bytes, which are what the network signs.

Example:
  corridor mx digest sent.xml received.xml`
}

// Run prints canonical digest, digest of the bytes, file.
func (c MXDigestCommand) Run(io streams) error {
	files, err := messageFiles(c.Path)
	if err != nil {
		return err
	}
	sound := true
	for _, f := range files {
		content, err := readMessages(f, io.In)
		if err != nil {
			return err
		}
		for i, b := range mx.Messages(content) {
			d, fault := mx.CanonicalDigest(b)
			if fault != nil {
				fmt.Fprintf(io.Err, "%s#%d: %s\n", f, i, fault.Error())
				sound = false
				continue
			}
			fmt.Fprintf(io.Out, "%s %s %s#%d\n", d, corridor.DigestOf(b), f, i)
		}
	}
	if !sound {
		return answerNo(nil)
	}
	return nil
}

// MXExplainCommand is the tables as a help desk.
type MXExplainCommand struct {
	Schemas string   `help:"Folder of own schemas." type:"path" placeholder:"DIR"`
	Full    bool     `help:"The whole structure below, not one level."`
	Word    []string `arg:"" optional:"" help:"A code (S03, D00007, UA101), a message (pacs.008.001.08), a path in one, an element's name, codes for their list; none lists the messages."`
}

// Help shows examples.
func (MXExplainCommand) Help() string {
	return "Examples:\n  corridor mx explain D00007\n  corridor mx explain pacs.008\n  corridor mx explain pacs.008.001.08/FIToFICstmrCdtTrf/CdtTrfTxInf"
}

// Run explains each word.
func (c MXExplainCommand) Run(io streams) error {
	o, err := mxProfile{Schemas: c.Schemas}.options()
	if err != nil {
		return err
	}
	tables := tablesOf(o)
	if len(c.Word) == 0 {
		for _, m := range tables.Messages() {
			fmt.Fprintln(io.Out, m)
		}
		return nil
	}
	var unknown []string
	for _, w := range c.Word {
		text, ok := tables.Explain(w, c.Full)
		if !ok {
			unknown = append(unknown, w)
			continue
		}
		fmt.Fprint(io.Out, text)
	}
	if len(unknown) > 0 {
		return answerNo(fmt.Errorf("nothing is known of %v: give a code (S03), a message (pacs.008.001.08), a path in one, or an element's name", unknown))
	}
	return nil
}

func tablesOf(o mx.Options) *mx.Tables {
	if o.Tables != nil {
		return o.Tables
	}
	return mx.Standard()
}

// MXExampleCommand makes a message that keeps the schema.
type MXExampleCommand struct {
	Schemas string               `help:"Folder of own schemas." type:"path" placeholder:"DIR"`
	Full    bool                 `help:"Every optional element, not only what is mandatory."`
	Turn    int                  `help:"Take another alternative of every choice." placeholder:"N"`
	Type    corridor.MessageType `arg:"" help:"The message, for example pacs.008.001.08."`
}

// Help shows an example.
func (MXExampleCommand) Help() string {
	return "The values are made up; the message keeps its schema, not the usage rules of a service.\n\nExample:\n  corridor mx example --full camt.053.001.08 | corridor mx print"
}

// Run writes the message with its header inside one element.
func (c MXExampleCommand) Run(io streams) error {
	o, err := mxProfile{Schemas: c.Schemas}.options()
	if err != nil {
		return err
	}
	b, err := tablesOf(o).Example(c.Type, mx.Sample{Full: c.Full, Turn: c.Turn})
	if err != nil {
		return wrongUse("%v", err)
	}
	_, err = fmt.Fprintf(io.Out, "<%s>\n%s</%s>\n", mx.DefaultWrapper, b, mx.DefaultWrapper)
	return err
}
