package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"corridor.example/corridor/directory"
	"corridor.example/corridor/directory/files"
	"corridor.example/corridor/entry"
	"corridor.example/corridor/hub"
	"corridor.example/corridor/rma"
	"corridor.example/corridor/standing"
)

// serveOrders are the operator's pages about orders. An act needs no other authentication than its own signature; what is
// shown is for the operator alone, as the whole admin address is.
func (r *runningHub) serveOrders(mux *http.ServeMux) {
	mux.HandleFunc("POST /act", r.fileAct)
	mux.HandleFunc("POST /instrument", r.keepInstrument)
	mux.HandleFunc("GET /orders", r.look(func(now int64, s *standing.State, _ *directory.Directory) any {
		return viewOrders(r.network, s, now)
	}))
	mux.HandleFunc("GET /directory", r.dated)
	mux.HandleFunc("GET /policy", r.look(func(_ int64, s *standing.State, _ *directory.Directory) any {
		return policyView{Digest: s.PolicyDigest().String(), Policy: s.Policy()}
	}))
	mux.HandleFunc("GET /orders/{id}", r.oneOrder)
	mux.HandleFunc("GET /authorisations", r.authorisations)
}

// look answers with what f makes of the present state.
func (r *runningHub) look(f func(now int64, s *standing.State, d *directory.Directory) any) http.HandlerFunc {
	return func(w http.ResponseWriter, q *http.Request) {
		var text []byte
		var err error
		failed := r.hub.Look(q.Context(), func(now int64, s *standing.State, d *directory.Directory, _ *rma.State) {
			text, err = json.Marshal(f(now, s, d))
		})
		answerJSON(w, http.StatusOK, text, errors.Join(failed, err))
	}
}

// dated writes the dated file of the directory, from a copy so that nothing waits for a slow reader.
func (r *runningHub) dated(w http.ResponseWriter, q *http.Request) {
	var d *directory.Directory
	var day directory.Date
	err := r.hub.Look(q.Context(), func(now int64, _ *standing.State, present *directory.Directory, _ *rma.State) {
		d, day = present.Clone(), directory.Date(instantOf(now).Format(time.DateOnly))
	})
	if err != nil {
		http.Error(w, err.Error(), http.StatusServiceUnavailable)
		return
	}
	writeDated(w, q, d, day)
}

func writeDated(w http.ResponseWriter, q *http.Request, d *directory.Directory, day directory.Date) {
	write := files.WriteJSON
	kind := "application/json"
	if q.FormValue("form") == "csv" {
		write, kind = files.WriteCSV, "text/csv"
	}
	w.Header().Set("Content-Type", kind)
	_ = write(w, d, day)
}

func (r *runningHub) oneOrder(w http.ResponseWriter, q *http.Request) {
	id := q.PathValue("id")
	var text []byte
	var err error
	found := false
	failed := r.hub.Look(q.Context(), func(now int64, s *standing.State, _ *directory.Directory, _ *rma.State) {
		if x := s.Order(id); x != nil {
			found = true
			text, err = json.Marshal(viewOrder(s, x, now))
		}
	})
	if failed == nil && !found {
		http.Error(w, "no order "+id, http.StatusNotFound)
		return
	}
	answerJSON(w, http.StatusOK, text, errors.Join(failed, err))
}

func answerJSON(w http.ResponseWriter, status int, text []byte, err error) {
	if err != nil {
		http.Error(w, err.Error(), http.StatusServiceUnavailable)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write(text)
}

// fileAct takes an officer's act: 200 with its place in the journal, 409 with the fault, 503 where the hub cannot take it now.
func (r *runningHub) fileAct(w http.ResponseWriter, q *http.Request) {
	body, ok := readBody(w, q, entry.MaxActFile)
	if !ok {
		return
	}
	acted, err := entry.DecodeActFile(body)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	at, fault, err := r.hub.File(q.Context(), acted)
	answer, status := actAnswer{Fault: fault}, http.StatusConflict
	if fault == nil {
		answer.Position, status = at.String(), http.StatusOK
	}
	text, failed := json.Marshal(answer)
	answerJSON(w, status, text, errors.Join(err, failed))
}

// keepInstrument keeps a legal text under its digest.
func (r *runningHub) keepInstrument(w http.ResponseWriter, q *http.Request) {
	text, ok := readBody(w, q, hub.MaxInstrument)
	if !ok {
		return
	}
	d, err := r.hub.KeepInstrument(text)
	if err != nil {
		http.Error(w, err.Error(), http.StatusServiceUnavailable)
		return
	}
	answer, err := json.Marshal(struct {
		SHA256 string `json:"sha256"`
	}{d.String()})
	answerJSON(w, http.StatusOK, answer, err)
}

func readBody(w http.ResponseWriter, q *http.Request, most int64) ([]byte, bool) {
	body, err := io.ReadAll(http.MaxBytesReader(w, q.Body, most))
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &large):
		http.Error(w, fmt.Sprintf("more than %d bytes", most), http.StatusRequestEntityTooLarge)
		return nil, false
	case err != nil:
		http.Error(w, err.Error(), http.StatusBadRequest)
		return nil, false
	}
	return body, true
}
