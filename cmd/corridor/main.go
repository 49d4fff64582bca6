// Command corridor is the one binary of the network: certificate authority, hub, gateway, the checkers of
// messages, the verifier of receipts, and a whole network in one process to test against.
//
// This file is the table of contents; each noun has a file of its own. Exit status: 0 done, 1 the answer is
// no (invalid, not verified), 2 wrong use, 3 could not.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	_ "time/tzdata" // orders derive their instants in time zones, on machines that may have no zone files

	"github.com/alecthomas/kong"
)

// commands is the whole command line, one field a noun.
type commands struct {
	Lab       LabCommand       `cmd:"" help:"Run a whole network in one process, to look at and to test against."`
	CA        CACommand        `cmd:"" name:"ca" help:"The network's certificate authority: init, request, issue, revoke, list."`
	Hub       HubCommand       `cmd:"" help:"The network's centre: init, run, status."`
	Gateway   GatewayCommand   `cmd:"" help:"A member's door to the network: init, run, status, look-up."`
	Send      SendCommand      `cmd:"" help:"Send messages through a gateway."`
	Receive   ReceiveCommand   `cmd:"" help:"List what a gateway has received."`
	RMA       RMACommand       `cmd:"" name:"rma" help:"Who may send what to whom: authorisations between institutions."`
	Directory DirectoryCommand `cmd:"" help:"Who is in the network and who owns whom: show, find, members, lookalikes, closure, import, export, submit."`
	Check     CheckCommand     `cmd:"" help:"Check messages of either language, recognised by their content."`
	Order     OrderCommand     `cmd:"" help:"Orders that change what a member may do: draft, resolve, sign, publish, lift, readmit, report."`
	Policy    PolicyCommand    `cmd:"" help:"Who the network's officers are and how many must sign: init, found, show, propose, sign."`
	Notice    NoticeCommand    `cmd:"" help:"What members read of orders, by mail: notices, lists of open items, reports, the daily digest."`
	MT        MTCommand        `cmd:"" name:"mt" help:"FIN MT messages: check, print, json, build, explain."`
	MX        MXCommand        `cmd:"" name:"mx" help:"ISO 20022 messages: check, print, json, build, explain, schema."`
	Verify    VerifyCommand    `cmd:"" help:"Verify a receipt, or two checkpoints, without a connection."`
	Journal   JournalCommand   `cmd:"" help:"A hub's journal: check, show, export, import, prune."`
	Archive   ArchiveCommand   `cmd:"" help:"All messages in SQL tables, made of the journal: run, rebuild, status, search."`
	Bench     BenchCommand     `cmd:"" help:"Measure a hub on this machine with everything on."`
	BenchLoad BenchLoadCommand `cmd:"" hidden:"" name:"bench-load"`
	Sim       SimCommand       `cmd:"" help:"Simulate networks with crashes and lost frames, and check what must hold."`
	Version   VersionCommand   `cmd:"" help:"Print the version of this program."`
}

// streams is where a command reads and writes; tests give their own.
type streams struct {
	In       io.Reader
	Out, Err io.Writer
}

// answer is an error that carries the exit status.
type answer struct {
	status int
	err    error
}

func (a *answer) Error() string {
	if a.err == nil {
		return ""
	}
	return a.err.Error()
}
func (a *answer) Unwrap() error { return a.err }

// answerNo is the end of a command whose answer is no: exit status 1. A nil err prints nothing more.
func answerNo(err error) error { return &answer{1, err} }

// wrongUse is the end of a command that was called wrongly: exit status 2.
func wrongUse(format string, args ...any) error { return &answer{2, fmt.Errorf(format, args...)} }

func main() { os.Exit(run(os.Args[1:], streams{os.Stdin, os.Stdout, os.Stderr})) }

// run parses, checks and runs one command line and returns the exit status.
func run(args []string, io streams) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	var c commands
	exited := -1
	parser, err := kong.New(&c,
		kong.Name("corridor"),
		kong.Description("An open network between banks: the authority, the hub, the member's gateway, the checkers of messages, the verifier of receipts."),
		kong.Writers(io.Out, io.Err),
		kong.Exit(func(status int) { exited = status }),
		kong.UsageOnError(),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, WrapUpperBound: 100}),
		kong.BindTo(ctx, (*context.Context)(nil)),
		kong.Bind(io),
	)
	if err != nil {
		fmt.Fprintln(io.Err, "corridor:", err)
		return 3
	}
	k, err := parser.Parse(args)
	if exited >= 0 {
		return exited
	}
	if err != nil {
		fmt.Fprintf(io.Err, "corridor: %v; see %s --help\n", err, asked(err))
		return 2
	}
	err = k.Run()
	var a *answer
	switch {
	case err == nil:
		return 0
	case errors.As(err, &a):
		if a.err != nil {
			fmt.Fprintln(io.Err, "corridor:", a.err)
		}
		return a.status
	default:
		fmt.Fprintln(io.Err, "corridor:", err)
		return 3
	}
}

// asked is the command that a wrong command line meant, as far as it could be read.
func asked(err error) string {
	var p *kong.ParseError
	if errors.As(err, &p) && p.Context != nil && p.Context.Selected() != nil {
		return p.Context.Selected().FullPath()
	}
	return "corridor"
}
