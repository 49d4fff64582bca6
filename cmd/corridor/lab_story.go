package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"corridor.example/corridor"
)

// story is a story told by a lab: chapters that give commands as a person would, while banks send.
type story struct {
	ctx     context.Context
	lab     *lab
	io      streams
	traffic *payments
	chapter int
	began   time.Time
}

// tell runs the story that was asked for, and ends with status 0 when its proof holds.
func (c LabCommand) tell(ctx context.Context, l *lab, io streams) error {
	s := &story{ctx: ctx, lab: l, io: io, traffic: newPayments(l), began: time.Now()}
	l.heard = s.traffic.heard
	err := s.disconnect()
	s.traffic.stop()
	if ctx.Err() != nil {
		return nil
	}
	if err != nil {
		return answerNo(fmt.Errorf("lab: %w; see lab.log in %s", err, l.dir))
	}
	if c.Once {
		return nil
	}
	s.say("The network is still running; Ctrl-C stops it. Try in another terminal:")
	fmt.Fprintf(io.Out, "\n  %[1]s order status --all --admin %[2]s\n  %[1]s order report ORD-1 --admin %[2]s --journal %[3]s\n  %[1]s order verify --root %[4]s %[3]s\n  %[1]s journal show --journal %[3]s\n",
		invocation(), l.adminAt, l.journalURL(), l.path("network.pem"))
	<-ctx.Done()
	return nil
}

// title begins a chapter.
func (s *story) title(format string, args ...any) {
	s.chapter++
	text := fmt.Sprintf("%d. %s", s.chapter, fmt.Sprintf(format, args...))
	fmt.Fprintf(s.io.Out, "\n%s\n%s\n", text, strings.Repeat("─", len([]rune(text))))
}

// say tells what happens, in lines that fit on a screen.
func (s *story) say(format string, args ...any) {
	fmt.Fprintln(s.io.Out)
	for _, line := range wrapped(fmt.Sprintf(format, args...), 96) {
		fmt.Fprintln(s.io.Out, line)
	}
}

// wrapped breaks a text between words.
func wrapped(text string, width int) []string {
	var lines []string
	line := ""
	for _, word := range strings.Fields(text) {
		if line != "" && len([]rune(line))+1+len([]rune(word)) > width {
			lines, line = append(lines, line), ""
		}
		if line != "" {
			line += " "
		}
		line += word
	}
	return append(lines, line)
}

// showing is what of a command's output is shown.
type showing func(string) string

// whole shows all of it, brief the last line, refusal only why it was refused.
func whole(text string) string { return text }
func brief(text string) string { return text[strings.LastIndexByte(text, '\n')+1:] }
func refusal(string) string    { return "" }

// upTo shows what stands before a heading.
func upTo(heading string) showing {
	return func(text string) string {
		before, _, cut := strings.Cut(text, heading)
		if !cut {
			return text
		}
		return strings.TrimRight(before, "\n") + "\n…\n" + brief(text)
	}
}

// command gives a command to this program as a person types it, shows it with what it printed, and expects its exit status.
func (s *story) command(want int, show showing, args ...string) (string, error) {
	var out, failed bytes.Buffer
	status := run(args, streams{In: strings.NewReader(""), Out: &out, Err: &failed})
	fmt.Fprintf(s.io.Out, "\n  $ corridor %s\n", s.shown(args))
	text := show(strings.TrimRight(out.String(), "\n"))
	text = strings.TrimLeft(text+"\n"+strings.TrimSpace(failed.String()), "\n")
	fmt.Fprint(s.indented(), s.lab.short(strings.TrimSpace(text))+"\n")
	if status != want {
		return out.String(), fmt.Errorf("corridor %s ended with %d, expected is %d", s.shown(args), status, want)
	}
	return out.String(), nil
}

// shown is a command line as it is printed: paths from the lab's folder, without the flags that every line has.
func (s *story) shown(args []string) string {
	var words []string
	for i := 0; i < len(args); i++ {
		switch {
		case args[i] == "--admin":
			i++
		case args[i] == "--plain-keys":
		case strings.ContainsAny(args[i], " "):
			words = append(words, "'"+s.lab.short(args[i])+"'")
		default:
			words = append(words, s.lab.short(args[i]))
		}
	}
	return strings.Join(words, " ")
}

// short leaves the lab's folder out of a text.
func (l *lab) short(text string) string { return strings.ReplaceAll(text, l.dir+"/", "") }

// by is a command of an officer.
func (s *story) by(officer string, want int, show showing, args ...string) error {
	args = append(args, "--key", s.officer(officer), "--plain-keys", "--admin", s.lab.adminAt)
	_, err := s.command(want, show, args...)
	return err
}

// steps are taken until one fails.
func (s *story) steps(all ...func() error) error {
	for _, step := range all {
		if err := step(); err != nil || s.ctx.Err() != nil {
			return errors.Join(err, s.ctx.Err())
		}
	}
	return nil
}

// until waits for something that must come, half a minute at the most.
func (s *story) until(what string, done func() (bool, error)) error {
	for end := time.Now().Add(storyPatience); ; time.Sleep(20 * time.Millisecond) {
		ok, err := done()
		switch {
		case err != nil || ok:
			return err
		case s.ctx.Err() != nil:
			return s.ctx.Err()
		case time.Now().After(end):
			return fmt.Errorf("not within %v: %s", storyPatience, what)
		}
	}
}

// storyPatience is how long a story waits for what must come; a laptop under load needs some of it.
const storyPatience = 60 * time.Second

// indented writes what commands print a little to the right.
func (s *story) indented() io.Writer { return &indentation{s.io.Out, true} }

type indentation struct {
	out   io.Writer
	fresh bool
}

func (w *indentation) Write(p []byte) (int, error) {
	for _, line := range bytes.SplitAfter(p, []byte("\n")) {
		if len(line) == 0 {
			continue
		}
		if w.fresh && len(bytes.TrimSpace(line)) > 0 {
			fmt.Fprint(w.out, "    ")
		}
		if _, err := w.out.Write(line); err != nil {
			return 0, err
		}
		w.fresh = line[len(line)-1] == '\n'
	}
	return len(p), nil
}

// leave ends a bank's gateway.
func (l *lab) leave(lt corridor.LT) error {
	g := l.gateways[lt]
	if g == nil {
		return nil
	}
	delete(l.gateways, lt)
	g.stop()
	err := <-g.done
	g.gateway.Close()
	return err
}
