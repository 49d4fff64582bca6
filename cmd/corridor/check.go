package main

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"fmt"
	"strings"

	corridor "corridor.example/corridor"
	"corridor.example/corridor/mt"
	"corridor.example/corridor/mx"
)

// CheckCommand checks messages of either language; each file is recognised by its content.
type CheckCommand struct {
	mxProfile
	JSON bool     `name:"json" help:"One line of JSON a message: file, index, type, valid, faults."`
	Year int      `help:"Standards year for FIN messages; the newest if not given." placeholder:"YEAR"`
	Path []string `arg:"" optional:"" help:"Files and folders; none or - is standard input."`
}

// Help shows examples.
func (CheckCommand) Help() string {
	return `FIN messages, RJE and DOS-PCC files, ISO 20022 messages, DataPDUs with or without their binary prefix, all told apart by
their content; a DataPDU's body is checked as what it is.
Exit status: 0 all valid, 1 some not, 2 wrong use, 3 a file could not be read.

Examples:
  corridor check inbox/
  corridor check --json payment.fin payment.xml`
}

// Run checks and reports in the order of the files.
func (c CheckCommand) Run(io streams) error {
	o, err := c.options()
	if err != nil {
		return err
	}
	if _, err := mt.StandardOf(c.Year); err != nil {
		return wrongUse("%v", err)
	}
	files, err := messageFiles(c.Path)
	if err != nil {
		return err
	}
	out := bufio.NewWriterSize(io.Out, 1<<16)
	r := anyReport{mx: mxReport{out: out, json: c.JSON}, mxOptions: o, mtOptions: mt.Options{Year: c.Year}}
	for _, f := range files {
		content, err := readMessages(f, io.In)
		if err != nil {
			r.mx.unreadable(err)
			continue
		}
		r.file(f, content)
	}
	if err := out.Flush(); err != nil {
		return err
	}
	return r.mx.end()
}

// anyReport checks messages of both languages and reports them in one form.
type anyReport struct {
	mx        mxReport
	mxOptions mx.Options
	mtOptions mt.Options
}

// file checks what one file holds.
func (r *anyReport) file(name string, content []byte) {
	if !mx.LooksLikeXML(content) {
		for i, m := range mt.Messages(content) {
			r.fin(name, i, m)
		}
		return
	}
	place := mxPlace{file: content}
	for i, m := range mx.Messages(content) {
		if bytes.Contains(m, []byte("DataPDU")) {
			if fin, ok := finOf(m, r.mxOptions); ok {
				r.fin(name, i, fin)
				continue
			}
		}
		r.mx.add(name, i, place.shift(m, mxJudge(m, r.mxOptions)))
	}
}

// fin checks a FIN message.
func (r *anyReport) fin(name string, index int, m []byte) {
	result := mt.Check(m, r.mtOptions)
	report := mtReport{}
	report.message(name, index, result, r.mx.json)
	r.mx.invalid += report.invalid
	if report.err != nil {
		r.mx.unreadable(report.err)
	}
	r.mx.out.Write(report.text) // the buffer keeps its error until Flush
}

// finOf makes the FIN message that a DataPDU of format MT stands for: its headers from the envelope's, its text from
// the body. It reports false for every other DataPDU, and for one whose envelope is not sound, which Check then says.
func finOf(pdu []byte, o mx.Options) ([]byte, bool) {
	m, _ := mx.Read(pdu, o)
	if m == nil || m.DataPDU == nil {
		return nil, false
	}
	head := m.DataPDU.Find("Header/Message")
	if head == nil || head.Value("Format") != "MT" {
		return nil, false
	}
	body := m.DataPDU.Find("Body")
	if body == nil {
		return nil, false
	}
	text, err := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(body.Foreign), ""))
	if err != nil {
		return nil, false
	}
	return finBlocks(head, string(text)), true
}

// finBlocks writes blocks 1 to 4.
func finBlocks(head *mx.Element, text string) []byte {
	var b strings.Builder
	sender, receiver := head.Value("Sender/BIC12"), head.Value("Receiver/BIC12")
	typ, _, _ := strings.Cut(strings.TrimPrefix(head.Value("MessageIdentifier"), "fin."), ".")
	priority := map[string]string{"Urgent": "U", "System": "S"}[head.Value("NetworkInfo/Priority")]
	if priority == "" {
		priority = "N"
	}
	if len(receiver) == 12 {
		receiver = string(corridor.LT(receiver).Destination())
	}
	fmt.Fprintf(&b, "{1:F01%s0000000000}{2:I%s%s%s}", sender, typ, receiver, priority)
	b.WriteString(finUserHeader(head))
	fmt.Fprintf(&b, "{4:%s}", text)
	return []byte(b.String())
}

// finUserHeader writes block 3 from what the envelope says, empty if it says nothing.
func finUserHeader(head *mx.Element) string {
	var tags strings.Builder
	info := head.Find("NetworkInfo/FINNetworkInfo")
	add := func(tag, value string) {
		if value != "" {
			fmt.Fprintf(&tags, "{%s:%s}", tag, value)
		}
	}
	if info == nil {
		info = &mx.Element{}
	}
	add("103", info.Value("CopyService"))
	add("113", info.Value("UserPriority"))
	if rest := info.Value("FINUserHeader"); rest != "" {
		tags.WriteString(rest)
	}
	if !strings.Contains(tags.String(), "{108:") {
		add("108", head.Value("InterfaceInfo/UserReference"))
	}
	add("119", info.Value("ValidationIdentifier"))
	add("111", info.Value("ServiceLevelAgreement"))
	add("121", info.Value("E2ETransactionReference"))
	if tags.Len() == 0 {
		return ""
	}
	return "{3:" + tags.String() + "}"
}
