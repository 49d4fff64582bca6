package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"corridor.example/corridor"
	"corridor.example/corridor/evidence"
	"corridor.example/corridor/gateway"
	"corridor.example/corridor/hub"
	"corridor.example/corridor/journal"
	"corridor.example/corridor/pki"
	"corridor.example/corridor/session"
)

const (
	merid corridor.LT = "MERIDEF0AXXX"
	cedar corridor.LT = "CEDRFRP0AXXX"
	tamar corridor.LT = "TAMAJPJ0AXXX"
)

// testNet is a real hub on a real journal behind a real listener, for tests of gateways.
type testNet struct {
	t         testing.TB
	dir       string
	address   string
	authority *pki.Authority
	bundle    *pki.HubBundle
	members   map[corridor.LT]*pki.Member
	hub       *hub.Hub
	stop      func()
}

func noError(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// newTestNet makes a network whose hub runs in this process.
func newTestNet(t testing.TB, lts ...corridor.LT) *testNet {
	t.Helper()
	n := newTestKeys(t, lts...)
	n.start()
	t.Cleanup(func() { n.stop() })
	return n
}

// newTestKeys makes a network's keys only.
func newTestKeys(t testing.TB, lts ...corridor.LT) *testNet {
	t.Helper()
	now := time.Now().Add(-time.Minute)
	a, err := pki.CreateAuthority("test.corridor", 24*time.Hour, now, rand.Reader)
	noError(t, err)
	issued, err := a.IssueHub([]string{"127.0.0.1"}, 23*time.Hour, now, rand.Reader)
	noError(t, err)
	n := &testNet{t: t, dir: t.TempDir(), authority: a, address: freeAddress(t)}
	noError(t, issued.Write(filepath.Join(n.dir, "hub-keys"), pki.Unencrypted()))
	for _, lt := range lts {
		i, err := a.IssueMember([]corridor.LT{lt}, 23*time.Hour, now, rand.Reader)
		noError(t, err)
		noError(t, i.Write(n.keys(lt), pki.Unencrypted()))
	}
	n.load(lts...)
	return n
}

// load reads the keys of the hub and the members from the test's folder.
func (n *testNet) load(lts ...corridor.LT) {
	n.t.Helper()
	var err error
	n.bundle, err = pki.LoadHub(filepath.Join(n.dir, "hub-keys"), pki.Unencrypted(), time.Now())
	noError(n.t, err)
	n.members = map[corridor.LT]*pki.Member{}
	for _, lt := range lts {
		n.members[lt], err = pki.LoadMember(n.keys(lt), pki.Unencrypted(), time.Now())
		noError(n.t, err)
	}
}

func freeAddress(t testing.TB) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	noError(t, err)
	defer l.Close()
	return l.Addr().String()
}

func (n *testNet) keys(lt corridor.LT) string { return filepath.Join(n.dir, "keys-"+string(lt)) }

// start runs the hub on the journal as it is.
func (n *testNet) start() {
	n.t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	j, err := journal.Open(ctx, filepath.Join(n.dir, "journal.db"), journal.Options{})
	noError(n.t, err)
	n.hub = hub.New(hub.Config{Network: "test.corridor", Own: "CRDRXXX0AXXX", Root: n.bundle.Root, Key: n.bundle.Signing, Journal: j})
	done := make(chan error, 1)
	go func() { done <- n.hub.Run(ctx) }()
	l, err := net.Listen("tcp", n.address)
	noError(n.t, err)
	server := session.NewServer(n.bundle.Root.ServerTLS(n.bundle.Transport), n.hub, session.Options{Network: "test.corridor"})
	go server.Serve(l)
	n.stop = sync.OnceFunc(func() {
		down, stopped := context.WithTimeout(context.Background(), 5*time.Second)
		defer stopped()
		server.Shutdown(down)
		cancel()
		if err := <-done; err != nil {
			n.t.Error(err)
		}
		noError(n.t, j.Close())
	})
	n.eventually("hub is ready", n.hub.Ready)
	for _, m := range n.members {
		for _, k := range m.Signing {
			_, err := n.hub.Admit(context.Background(), k.Certificate().DER)
			noError(n.t, err)
		}
	}
}

func (n *testNet) eventually(what string, ok func() bool) {
	n.t.Helper()
	n.within(time.Minute, func() string { return what }, ok)
}

func (n *testNet) within(limit time.Duration, what func() string, ok func() bool) {
	n.t.Helper()
	for end := time.Now().Add(limit); !ok(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			n.t.Fatalf("not within %v: %s", limit, what())
		}
	}
}

// door is one gateway of a bank, with its events.
type door struct {
	n      *testNet
	lt     corridor.LT
	dir    string
	g      *gateway.Gateway
	stop   func()
	mu     sync.Mutex
	events []gateway.Event
	runErr error
}

func (n *testNet) config(lt corridor.LT) gateway.Config {
	dir := filepath.Join(n.dir, string(lt))
	return gateway.Config{Addresses: []string{n.address}, Store: dir, Check: gateway.CheckHeader, Takeover: true,
		Terminals: []gateway.TerminalConfig{{LT: lt, Outgoing: filepath.Join(dir, "outgoing"), Incoming: filepath.Join(dir, "incoming")}}}
}

func (n *testNet) open(lt corridor.LT) *door { return n.openWith(lt, true) }

// openWith opens with the usual folders, or with none.
func (n *testNet) openWith(lt corridor.LT, folders bool) *door {
	c := n.config(lt)
	if !folders {
		c.Terminals[0].Incoming, c.Terminals[0].Outgoing = "", ""
	}
	return n.openConfig(c)
}

func (n *testNet) openConfig(c gateway.Config) *door {
	n.t.Helper()
	lt := c.Terminals[0].LT
	d := &door{n: n, lt: lt, dir: filepath.Join(n.dir, string(lt))}
	g, err := gateway.Open(c, gateway.Deps{Member: n.members[lt], Events: d.take})
	noError(n.t, err)
	d.g = g
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		d.runErr = g.Run(ctx)
	}()
	d.stop = sync.OnceFunc(func() {
		cancel()
		<-done
		g.Close()
	})
	n.t.Cleanup(d.stop)
	return d
}

func (d *door) take(e gateway.Event) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.events = append(d.events, e)
}

// of returns the events of a kind so far.
func (d *door) of(kind gateway.EventKind) []gateway.Event {
	d.mu.Lock()
	defer d.mu.Unlock()
	var out []gateway.Event
	for _, e := range d.events {
		if e.Kind == kind {
			out = append(out, e)
		}
	}
	return out
}

func (d *door) wait(kind gateway.EventKind, count int) []gateway.Event {
	d.n.t.Helper()
	d.n.eventually(fmt.Sprintf("%s: %d × %s", d.lt, count, kind), func() bool { return len(d.of(kind)) >= count })
	return d.of(kind)
}

// drop puts a file into the outgoing folder as a back office does: whole, by renaming.
func (n *testNet) drop(lt corridor.LT, name string, content []byte) {
	n.t.Helper()
	dir := filepath.Join(n.dir, string(lt), "outgoing")
	noError(n.t, os.MkdirAll(dir, 0o770))
	noError(n.t, os.WriteFile(filepath.Join(dir, name+".tmp"), content, 0o660))
	noError(n.t, os.Rename(filepath.Join(dir, name+".tmp"), filepath.Join(dir, name)))
}

// names lists the files of a folder that are not hidden.
func names(t testing.TB, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	noError(t, err)
	var out []string
	for _, e := range entries {
		if !e.IsDir() && !strings.HasPrefix(e.Name(), ".") {
			out = append(out, e.Name())
		}
	}
	return out
}

// mt103 is a customer transfer with its reference and UETR.
func mt103(from, to corridor.LT, reference string) []byte {
	text := "{1:F01" + string(from) + "0000000000}{2:I103" + string(to.Destination()) + "N}{3:{108:" + reference + "}{121:" + uetrOf(reference) + "}}{4:\r\n" +
		":20:" + reference + "\r\n:23B:CRED\r\n:32A:261124EUR1350,\r\n:50K:/DE89370400440532013000\r\nORANGE TRADING\r\n:59:/FR1420041010050500013M02606\r\nVIOLET SARL\r\n:71A:SHA\r\n-}"
	return []byte(text)
}

// uetrOf makes a UETR of a reference.
func uetrOf(reference string) string {
	h := fmt.Sprintf("%x", corridor.DigestOf([]byte(reference)))
	return h[:8] + "-" + h[8:12] + "-4" + h[13:16] + "-8" + h[17:20] + "-" + h[20:32]
}

// pacs008 is a header and a document with what routing needs.
func pacs008(from, to corridor.LT, reference string) []byte {
	return []byte(`<?xml version="1.0" encoding="UTF-8"?>
<Message>
<AppHdr xmlns="urn:iso:std:iso:20022:tech:xsd:head.001.001.02"><Fr><FIId><FinInstnId><BICFI>` + string(from.BIC8()) + `</BICFI></FinInstnId></FIId></Fr><To><FIId><FinInstnId><BICFI>` + string(to.BIC8()) +
		`</BICFI></FinInstnId></FIId></To><BizMsgIdr>` + reference + `</BizMsgIdr><MsgDefIdr>pacs.008.001.08</MsgDefIdr><CreDt>2026-11-24T10:00:00+00:00</CreDt></AppHdr>
<Document xmlns="urn:iso:std:iso:20022:tech:xsd:pacs.008.001.08"><FIToFICstmrCdtTrf><CdtTrfTxInf><PmtId><UETR>` + uetrOf(reference) + `</UETR></PmtId></CdtTrfTxInf></FIToFICstmrCdtTrf></Document>
</Message>
`)
}

// proves verifies a receipt file and says what it proves.
func (n *testNet) proves(path string, message []byte) evidence.Statement {
	n.t.Helper()
	text, err := os.ReadFile(path)
	noError(n.t, err)
	r, err := evidence.DecodeReceipt(text)
	noError(n.t, err)
	s, err := evidence.Verify(n.authority.Root(), r, message)
	noError(n.t, err)
	return s
}

func has(t testing.TB, path string, want ...string) {
	t.Helper()
	b, err := os.ReadFile(path)
	noError(t, err)
	for _, w := range want {
		if !bytes.Contains(b, []byte(w)) {
			t.Errorf("%s lacks %q:\n%s", path, w, b)
		}
	}
}

// goRun runs a gateway until stop, which closes it.
func goRun(g *gateway.Gateway) (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		g.Run(ctx)
	}()
	return func() {
		cancel()
		<-done
		g.Close()
	}
}
