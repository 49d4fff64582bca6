package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"

	corridor "corridor.example/corridor"
	"corridor.example/corridor/mx"
)

// MXSchemaCommand groups what can be done with schemas.
type MXSchemaCommand struct {
	Add    MXSchemaAddCommand    `cmd:"" help:"Add the messages of XML schema files to a folder of own schemas."`
	XSD    MXSchemaXSDCommand    `cmd:"" name:"xsd" help:"Write a message's table as an XML schema, for other tools."`
	Tables MXSchemaTablesCommand `cmd:"" hidden:"" help:"Write the tables that this program carries, from a folder of schema files."`
}

// MXSchemaAddCommand turns schema files into tables.
type MXSchemaAddCommand struct {
	Schemas string   `required:"" help:"The folder to add to; give it to the other commands, and to hub and gateway." type:"path" placeholder:"DIR"`
	File    []string `arg:"" help:"XML schema files of one message each." type:"path"`
}

// Help shows an example.
func (MXSchemaAddCommand) Help() string {
	return `A message there stands before one of the standard with the same namespace: a scheme's narrower schema replaces the base.

Example:
  corridor mx schema add --schemas my-schemas pacs.008.001.08_scheme.xsd
  corridor mx check --schemas my-schemas payment.xml`
}

// Run converts each file and tries the result before it counts as added.
func (c MXSchemaAddCommand) Run(io streams) error {
	if err := os.MkdirAll(c.Schemas, 0o755); err != nil {
		return err
	}
	for _, f := range c.File {
		in, err := os.ReadFile(f)
		if err != nil {
			return fmt.Errorf("cannot read: %w", err)
		}
		var table bytes.Buffer
		name, err := mx.ConvertXSD(bytes.NewReader(in), &table)
		if err != nil {
			return answerNo(fmt.Errorf("%s: %w", f, err))
		}
		if err := writeTable(filepath.Join(c.Schemas, filepath.Base(name)+".txt"), table.Bytes()); err != nil {
			return answerNo(fmt.Errorf("%s: %w", f, err))
		}
		fmt.Fprintf(io.Out, "added %s\n", name)
	}
	return nil
}

// writeTable writes a table, and takes it away again if the folder cannot be read with it.
func writeTable(name string, table []byte) error {
	if err := os.WriteFile(name, table, 0o644); err != nil {
		return err
	}
	if _, err := mx.Standard().WithFolder(filepath.Dir(name)); err != nil {
		os.Remove(name)
		return err
	}
	return nil
}

// MXSchemaXSDCommand writes a schema file.
type MXSchemaXSDCommand struct {
	Schemas string               `help:"Folder of own schemas." type:"path" placeholder:"DIR"`
	Type    corridor.MessageType `arg:"" help:"The message, for example pacs.008.001.08 or head.001.001.02."`
}

// Help shows an example.
func (MXSchemaXSDCommand) Help() string {
	return "Example:\n  corridor mx schema xsd pacs.008.001.08 > pacs.008.001.08.xsd"
}

// Run writes it.
func (c MXSchemaXSDCommand) Run(io streams) error {
	o, err := mxProfile{Schemas: c.Schemas}.options()
	if err != nil {
		return err
	}
	if err := tablesOf(o).WriteXSD(io.Out, "urn:iso:std:iso:20022:tech:xsd:"+string(c.Type)); err != nil {
		return wrongUse("%v", err)
	}
	return nil
}

// MXSchemaTablesCommand is the generator of the tables in the program.
type MXSchemaTablesCommand struct {
	Out  string   `required:"" help:"Folder for types.txt and messages.txt." type:"path"`
	File []string `arg:"" help:"All schema files." type:"path"`
}

// Help shows an example.
func (MXSchemaTablesCommand) Help() string {
	return "Example:\n  corridor mx schema tables --out mx/standard/schema schemas/*.xsd"
}

// Run writes types and messages, sharing what is the same.
func (c MXSchemaTablesCommand) Run(streams) error {
	var in []io.Reader
	for _, f := range c.File {
		b, err := os.ReadFile(f)
		if err != nil {
			return fmt.Errorf("cannot read: %w", err)
		}
		in = append(in, bytes.NewReader(b))
	}
	var types, messages bytes.Buffer
	if err := mx.ConvertAll(in, &types, &messages); err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(c.Out, "types.txt"), types.Bytes(), 0o644); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(c.Out, "messages.txt"), messages.Bytes(), 0o644)
}
