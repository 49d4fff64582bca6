package main

import (
	"context"
	"net/http"
	"sync/atomic"

	"corridor.example/corridor/directory"
	"corridor.example/corridor/gateway"
	"corridor.example/corridor/gateway/refdata"
	"corridor.example/corridor/rma"
	"corridor.example/corridor/standing"
)

// maxRequestID bounds the name that a client gives its request and gets back.
const maxRequestID = 64

// mountRefdata serves the directory as a reference data service, live and for test and training, from the same records: test BICs are in
// them. present gives the directory of the moment, which nobody alters, or why there is none.
func mountRefdata(mux *http.ServeMux, present func(context.Context) (*directory.Directory, string)) {
	for _, base := range []string{"/swiftrefdata/v4", "/swiftrefdata-pilot/v4"} {
		mux.Handle(base+"/", http.StripPrefix(base, http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
			if id := q.Header.Get("X-Request-ID"); id != "" && len(id) <= maxRequestID {
				w.Header().Set("X-Request-ID", id)
			}
			d, why := present(q.Context())
			if d == nil {
				http.Error(w, why, http.StatusServiceUnavailable)
				return
			}
			refdata.Handler(func() *directory.Directory { return d }).ServeHTTP(w, q)
		})))
	}
}

// serveRefdata serves the hub's directory. A copy is made when it has changed, so that nothing waits for readers.
func (r *runningHub) serveRefdata(mux *http.ServeMux) {
	var last atomic.Pointer[directory.Directory]
	mountRefdata(mux, func(ctx context.Context) (*directory.Directory, string) {
		d := last.Load()
		err := r.hub.Look(ctx, func(_ int64, _ *standing.State, present *directory.Directory, _ *rma.State) {
			if d == nil || d.Digest() != present.Digest() {
				d = present.Clone()
			}
		})
		if err != nil {
			return nil, err.Error()
		}
		last.Store(d)
		return d, ""
	})
}

// serveDirectory serves a gateway's copy: as a dated file, and as a reference data service.
func serveDirectory(mux *http.ServeMux, c *gateway.DirectoryCopy) {
	none := "this gateway has no directory: set directory in its configuration to the dated file that the operator gives out"
	mux.HandleFunc("GET /directory", func(w http.ResponseWriter, q *http.Request) {
		d := c.Directory()
		if d == nil {
			http.Error(w, none, http.StatusServiceUnavailable)
			return
		}
		writeDated(w, q, d, c.Status().Date)
	})
	mountRefdata(mux, func(context.Context) (*directory.Directory, string) { return c.Directory(), none })
}
