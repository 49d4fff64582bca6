package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/http/pprof"
	"os"
	"path/filepath"
	"strings"
	"time"

	"corridor.example/corridor"
	"corridor.example/corridor/hub"
	"corridor.example/corridor/journal"
	"corridor.example/corridor/pki"
	"corridor.example/corridor/session"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// runningHub is an open hub with its servers; wait ends it in reverse.
type runningHub struct {
	network  corridor.Network
	hub      *hub.Hub
	journal  *journal.Journal
	server   *session.Server
	admin    *http.Server
	listener net.Listener
	log      *slog.Logger
	ctx      context.Context
	failed   chan error // a server that ended by itself
	done     chan error // the hub's own end
	end      context.CancelFunc
}

// openHub checks, opens, connects and serves. The hub ends with the context.
func openHub(ctx context.Context, c *hubConfig, log *slog.Logger) (*runningHub, error) {
	bundle, err := loadHubKeys(c)
	if err != nil {
		return nil, err
	}
	if n := bundle.Root.Network(); string(n) != c.Network {
		return nil, fmt.Errorf("the keys in %s are of network %s, the configuration says %s: name the right folder or network", c.Keys, n, c.Network)
	}
	if info, err := os.Stat(string(c.Members)); err != nil || !info.IsDir() {
		return nil, fmt.Errorf("members' folder %s: it is no folder: make it with mkdir -m 700 %s", c.Members, c.Members)
	}
	listener, err := net.Listen("tcp", c.Listen)
	if err != nil {
		return nil, fmt.Errorf("listen for members: %w", err)
	}
	j, err := journal.Open(ctx, c.journalURL(), journal.Options{Log: log})
	if err != nil {
		listener.Close()
		return nil, err
	}
	r := &runningHub{network: corridor.Network(c.Network), journal: j, listener: listener, log: log, ctx: ctx, failed: make(chan error, 2), done: make(chan error, 1)}
	r.hub = hub.New(hub.Config{
		Network: corridor.Network(c.Network), Own: corridor.LT(c.Address), Root: bundle.Root, Key: bundle.Signing, Journal: j,
		Standards: standards(c.Standards), Log: log, Workers: c.Workers, Register: string(c.Register),
	})
	r.server = session.NewServer(bundle.Root.ServerTLS(bundle.Transport), r.hub, session.Options{Network: corridor.Network(c.Network), KeepAlive: c.KeepAlive.Std()})
	if err := r.openAdmin(c.Admin); err != nil {
		listener.Close()
		return nil, errors.Join(err, j.Close())
	}
	r.serve(string(c.Members))
	return r, nil
}

// journalURL resolves a relative SQLite path against the configuration's folder.
func (c *hubConfig) journalURL() string {
	if journal.IsPostgres(c.Journal) {
		return c.Journal
	}
	path := strings.TrimPrefix(c.Journal, "sqlite:")
	if !filepath.IsAbs(path) {
		path = filepath.Join(filepath.Dir(string(c.Members)), path)
	}
	return "sqlite:" + path
}

func loadHubKeys(c *hubConfig) (*pki.HubBundle, error) {
	unlock := pki.Unencrypted()
	if !c.PlainKeys {
		var err error
		if unlock, err = pki.PassphraseFile(string(c.PassphraseFile)); err != nil {
			return nil, err
		}
	}
	return pki.LoadHub(string(c.Keys), unlock, time.Now())
}

// serve starts everything that runs beside the caller.
func (r *runningHub) serve(members string) {
	ctx, cancel := context.WithCancel(context.WithoutCancel(r.ctx))
	r.end = cancel
	go func() { r.done <- r.hub.Run(ctx) }()
	go r.hub.Watch(ctx, members)
	go func() { r.failed <- r.server.Serve(r.listener) }()
	r.log.Info("hub serves", "listen", r.listener.Addr(), "admin", r.adminAddress())
}

func (r *runningHub) openAdmin(address string) error {
	if address == "" {
		return nil
	}
	l, err := net.Listen("tcp", address)
	if err != nil {
		return fmt.Errorf("listen for the operator: %w", err)
	}
	registry := prometheus.NewRegistry()
	registry.MustRegister(r.hub.Collector(), sessionCollector{r.server})
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(registry, promhttp.HandlerOpts{}))
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "ok") })
	mux.HandleFunc("GET /readyz", r.ready)
	mux.HandleFunc("GET /status", r.status)
	r.serveOrders(mux)
	r.serveRefdata(mux)
	mux.HandleFunc("GET /debug/pprof/", pprof.Index)
	mux.HandleFunc("GET /debug/pprof/profile", pprof.Profile)
	r.admin = &http.Server{Addr: l.Addr().String(), Handler: mux, ReadHeaderTimeout: 5 * time.Second, ReadTimeout: time.Minute, WriteTimeout: 5 * time.Minute, MaxHeaderBytes: 16 << 10}
	go func() {
		if err := r.admin.Serve(l); !errors.Is(err, http.ErrServerClosed) {
			r.failed <- err
		}
	}()
	return nil
}

func (r *runningHub) adminAddress() string {
	if r.admin == nil {
		return ""
	}
	return r.admin.Addr
}

func (r *runningHub) ready(w http.ResponseWriter, _ *http.Request) {
	if !r.hub.Ready() {
		http.Error(w, "the hub does not lead: it starts, or its journal cannot be written; see the log", http.StatusServiceUnavailable)
		return
	}
	fmt.Fprintln(w, "ready")
}

// hubStatus is a hub's picture with what its journal says of itself.
type hubStatus struct {
	hub.Status
	Durability string `json:"durability"` // what a durable page survives
}

func (r *runningHub) status(w http.ResponseWriter, q *http.Request) {
	var s hubStatus
	var err error
	if s.Status, err = r.hub.Status(q.Context()); err == nil {
		s.Durability, err = r.journal.Durability(q.Context())
	}
	if err != nil {
		http.Error(w, err.Error(), http.StatusServiceUnavailable)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(s)
}

// wait serves until the context ends or something fails, then closes in reverse: members are told, the page in flight
// becomes durable, the journal is closed.
func (r *runningHub) wait() error {
	var err error
	ended := false
	select {
	case <-r.ctx.Done():
	case err = <-r.failed:
	case err = <-r.done:
		ended = true
	}
	return errors.Join(err, r.close(ended))
}

// close ends the hub; ended says that its own end was already received.
func (r *runningHub) close(ended bool) error {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	r.server.Shutdown(ctx)
	r.end()
	var err error
	if !ended {
		err = <-r.done
	}
	if r.admin != nil {
		r.admin.Close()
	}
	r.log.Info("hub ended")
	return errors.Join(err, r.journal.Close())
}
