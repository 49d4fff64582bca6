// Command picture draws a terminal's text as an SVG: docs/lab.svg is the lab's own output.
//
//	go run ./cmd/corridor lab --once | go run ./internal/picture "corridor lab --once" > docs/lab.svg
//
// It knows plain text in UTF-8 and no control codes. The picture follows the reader's light or dark colours.
package main

import (
	"bufio"
	"fmt"
	"html"
	"io"
	"os"
	"strings"
	"unicode/utf8"
)

const (
	maxLines   = 200 // more is not a picture
	charWidth  = 7.8 // of a monospace letter of 13 pixels
	lineHeight = 18
	margin     = 16
)

func main() {
	if err := draw(os.Stdout, os.Stdin, strings.Join(os.Args[1:], " ")); err != nil {
		fmt.Fprintln(os.Stderr, "picture:", err)
		os.Exit(3)
	}
}

// draw reads the text and writes the picture, the command above it.
func draw(w io.Writer, r io.Reader, command string) error {
	lines := []string{"$ " + command}
	widest := utf8.RuneCountInString(lines[0])
	for in := bufio.NewScanner(r); ; {
		if !in.Scan() {
			if err := in.Err(); err != nil {
				return err
			}
			break
		}
		if lines = append(lines, in.Text()); len(lines) > maxLines {
			return fmt.Errorf("more than %d lines: give less", maxLines)
		}
		widest = max(widest, utf8.RuneCountInString(in.Text()))
	}
	return write(w, lines, float64(widest)*charWidth+2*margin, len(lines)*lineHeight+2*margin)
}

func write(w io.Writer, lines []string, width float64, height int) error {
	out := bufio.NewWriter(w)
	fmt.Fprintf(out, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %.0f %d" width="%.0f" height="%d" role="img">`+"\n", width, height, width, height)
	fmt.Fprint(out, `<style>rect{fill:#fbfbf8;stroke:#d0d0c8}text{font:13px ui-monospace,Menlo,Consolas,"DejaVu Sans Mono",monospace;fill:#24292f;white-space:pre}`+
		`.no{fill:#b3261e}.yes{fill:#1a6b35}.head{font-weight:bold}`+
		`@media(prefers-color-scheme:dark){rect{fill:#14181d;stroke:#30363d}text{fill:#d5dae0}.no{fill:#ff8a80}.yes{fill:#7fd19a}}</style>`+"\n")
	fmt.Fprintf(out, `<rect x=".5" y=".5" width="%.0f" height="%d" rx="8"/>`+"\n", width-1, height-1)
	for i, l := range lines {
		if l == "" {
			continue
		}
		fmt.Fprintf(out, `<text x="%d" y="%d"%s xml:space="preserve">%s</text>`+"\n", margin, margin+13+i*lineHeight, class(i, l), html.EscapeString(l))
	}
	fmt.Fprintln(out, "</svg>")
	return out.Flush()
}

// class colours a line: refusals, deliveries, and the command.
func class(i int, line string) string {
	switch {
	case i == 0:
		return ` class="head"`
	case strings.Contains(line, "NAK ") || strings.Contains(line, " C03 "):
		return ` class="no"`
	case strings.Contains(line, "delivered") || strings.Contains(line, "verified"):
		return ` class="yes"`
	}
	return ""
}
