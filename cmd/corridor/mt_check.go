package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"sync"
	"time"

	corridor "corridor.example/corridor"
	"corridor.example/corridor/mt"
)

// MTCheckCommand checks files, folders and standard input.
type MTCheckCommand struct {
	JSON     bool     `name:"json" help:"One line of JSON a message: file, index, type, valid, faults."`
	Year     int      `help:"Standards year; without it the date of an output message decides, else the newest." placeholder:"YEAR"`
	Tolerant bool     `help:"Accept other line ends, blank lines and a byte order mark, and say so."`
	Line     bool     `help:"As on the line: session, sequence and checksum are there and right."`
	Path     []string `arg:"" optional:"" help:"Files and folders; none or - is standard input."`
}

// Help shows examples.
func (MTCheckCommand) Help() string {
	return `A file holds one message, several in a row, or is RJE (separated by $) or DOS-PCC. A folder is read with all below it.
Exit status: 0 all valid, 1 some not, 2 wrong use, 3 a file could not be read.

Examples:
  corridor mt check payment.fin
  corridor mt check --json --year 2025 outbox/
  corridor mt check --tolerant - < pasted.txt`
}

// Run checks and reports in the order of the files.
func (c MTCheckCommand) Run(ctx context.Context, io streams) error {
	if _, err := mt.StandardOf(c.Year); err != nil {
		return wrongUse("%v", err)
	}
	files, err := messageFiles(c.Path)
	if err != nil {
		return err
	}
	run := mtCheckRun{opt: mt.Options{Year: c.Year, Tolerant: c.Tolerant, Line: c.Line}, json: c.JSON, in: io.In, total: len(files)}
	if f, ok := io.Err.(*os.File); ok && len(files) > 4*mtBatch && isTerminal(f) {
		run.progress = f
	}
	out := bufio.NewWriterSize(io.Out, 1<<16)
	invalid, err := run.all(ctx, files, out)
	if e := out.Flush(); err == nil {
		err = e
	}
	switch {
	case err != nil:
		return err
	case invalid > 0:
		return answerNo(nil)
	}
	return nil
}

// isTerminal reports a character device, on which a progress bar makes sense.
func isTerminal(f *os.File) bool {
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

// mtBatch is how many files a worker takes at once: enough that handing over costs nothing.
const mtBatch = 64

// mtCheckRun is one run over many files by as many workers as there are processors.
type mtCheckRun struct {
	opt      mt.Options
	json     bool
	in       io.Reader
	total    int
	progress io.Writer
	shown    time.Time
}

// mtReport is what a worker found in a batch.
type mtReport struct {
	text    []byte
	invalid int
	err     error
}

// all checks the files and writes the reports in their order; it returns how many messages are not valid.
func (r *mtCheckRun) all(ctx context.Context, files []string, out io.Writer) (invalid int, err error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	done := 0
	for result := range r.start(ctx, files) {
		report := <-result
		if _, e := out.Write(report.text); e != nil {
			err = errors.Join(err, e)
			cancel()
		}
		invalid += report.invalid
		err = errors.Join(err, report.err)
		done = min(done+mtBatch, r.total)
		r.show(done)
	}
	if err == nil {
		err = ctx.Err()
	}
	return invalid, err
}

// start gives batches to workers, and the reports to come in the order of the batches.
func (r *mtCheckRun) start(ctx context.Context, files []string) <-chan chan mtReport {
	type job struct {
		files  []string
		result chan mtReport
	}
	workers := runtime.GOMAXPROCS(0)
	results, jobs := make(chan chan mtReport, 2*workers), make(chan job)
	for range workers {
		go func() {
			for j := range jobs {
				j.result <- r.batch(j.files)
			}
		}()
	}
	go func() {
		defer close(results)
		defer close(jobs)
		for at := 0; at < len(files) && ctx.Err() == nil; at += mtBatch {
			j := job{files[at:min(at+mtBatch, len(files))], make(chan mtReport, 1)}
			results <- j.result
			jobs <- j
		}
	}()
	return results
}

func (r *mtCheckRun) show(done int) {
	if r.progress == nil || done < r.total && time.Since(r.shown) < 100*time.Millisecond {
		return
	}
	r.shown = time.Now()
	const width = 40
	full := width * done / max(r.total, 1)
	fmt.Fprintf(r.progress, "\r[%-*s] %d of %d files", width, bytes.Repeat([]byte("="), full), done, r.total)
	if done == r.total {
		fmt.Fprintln(r.progress)
	}
}

// batch reads and checks files one after the other, with one buffer for all that fit into it.
func (r *mtCheckRun) batch(files []string) mtReport {
	var report mtReport
	buffer := make([]byte, mtFileBuffer)
	for _, f := range files {
		content, err := r.read(f, buffer)
		if err != nil {
			report.err = errors.Join(report.err, err)
			continue
		}
		r.file(&report, f, content)
	}
	return report
}

// mtFileBuffer holds any single message; longer files are read apart.
const mtFileBuffer = 64 << 10

func (r *mtCheckRun) read(name string, buffer []byte) ([]byte, error) {
	if name != "-" {
		if content, ok := readSmall(name, buffer); ok {
			return content, nil
		}
	}
	return readMessages(name, r.in)
}

// mtShare is how many messages of one file make it worth to share them out.
const mtShare = 512

// file checks the messages of one file; many of them on all processors.
func (r *mtCheckRun) file(report *mtReport, name string, content []byte) {
	var messages [][]byte
	for _, m := range mt.Messages(content) {
		messages = append(messages, m)
	}
	if len(messages) == 0 {
		messages = [][]byte{bytes.TrimSpace(content)} // a file that holds no message is not valid
	}
	workers := runtime.GOMAXPROCS(0)
	if len(messages) < mtShare {
		workers = 1
	}
	parts := make([]mtReport, workers)
	var group sync.WaitGroup
	size := (len(messages) + workers - 1) / workers
	for w := range parts {
		from, to := min(w*size, len(messages)), min((w+1)*size, len(messages))
		check := func() {
			for i := from; i < to; i++ {
				parts[w].message(name, i, mt.Check(messages[i], r.opt), r.json)
			}
		}
		if w == workers-1 {
			check()
			break
		}
		group.Go(check)
	}
	group.Wait()
	for i := range parts {
		report.text = append(report.text, parts[i].text...)
		report.invalid += parts[i].invalid
		report.err = errors.Join(report.err, parts[i].err)
	}
}

// mtLine is the answer for one message; every key but tolerated is always there.
type mtLine struct {
	File      string               `json:"file"`
	Index     int                  `json:"index"`
	Type      corridor.MessageType `json:"type"`
	Valid     bool                 `json:"valid"`
	Faults    []mtFault            `json:"faults"`
	Tolerated []string             `json:"tolerated,omitempty"`
}

type mtFault struct {
	Code       string `json:"code"`
	Field      string `json:"field"`
	Line       int    `json:"line"`
	Occurrence int    `json:"occurrence"`
	Text       string `json:"text"`
	Rule       string `json:"rule"`
}

func (p *mtReport) message(file string, index int, r mt.Result, asJSON bool) {
	if !r.Valid() {
		p.invalid++
	}
	if !asJSON {
		p.plain(file, index, r)
		return
	}
	if r.Valid() && len(r.Tolerated) == 0 && plainASCII(file) {
		p.text = fmt.Appendf(p.text, `{"file":"%s","index":%d,"type":"%s","valid":true,"faults":[]}`+"\n", file, index, r.Type)
		return
	}
	line := mtLine{file, index, r.Type, r.Valid(), make([]mtFault, 0, len(r.Faults)), r.Tolerated}
	for _, f := range r.Faults {
		line.Faults = append(line.Faults, mtFault{f.Code, f.Field, f.Line, f.Occurrence, f.Text, f.Rule})
	}
	b, err := json.Marshal(line)
	if err != nil {
		p.err = errors.Join(p.err, err)
		return
	}
	p.text = append(append(p.text, b...), '\n')
}

// plainASCII reports a text that stands in JSON as it is.
func plainASCII(s string) bool {
	for i := 0; i < len(s); i++ {
		if c := s[i]; c < ' ' || c >= 0x7f || c == '"' || c == '\\' || c == '<' || c == '>' || c == '&' {
			return false
		}
	}
	return true
}

func (p *mtReport) plain(file string, index int, r mt.Result) {
	verdict := "valid"
	if !r.Valid() {
		verdict = "not valid"
	}
	p.text = fmt.Appendf(p.text, "%s#%d %s %s\n", file, index, r.Type, verdict)
	for _, t := range r.Tolerated {
		p.text = fmt.Appendf(p.text, "  tolerated: %s\n", t)
	}
	for i := range r.Faults {
		f, rule := &r.Faults[i], ""
		if f.Rule != "" {
			rule = " (" + f.Rule + ")"
		}
		p.text = fmt.Appendf(p.text, "  %s%s\n", f.Error(), rule)
	}
}
