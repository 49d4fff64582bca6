package main

import (
	"encoding/json"
	"errors"
	"net/http"

	"corridor.example/corridor"
	"corridor.example/corridor/directory"
	"corridor.example/corridor/rma"
	"corridor.example/corridor/standing"
)

// maxListed is the most authorisations that a hub lists without being asked for one institution's: the list is made while nothing
// else is decided.
const maxListed = 10_000

// authorisations lists those of the institution that is asked for, as an order has them.
func (r *runningHub) authorisations(w http.ResponseWriter, q *http.Request) {
	bic := corridor.BIC(q.URL.Query().Get("bic")).BIC8()
	var views []rma.View
	all := 0
	err := r.hub.Look(q.Context(), func(now int64, s *standing.State, _ *directory.Directory, a *rma.State) {
		if all = a.Len(); bic != "" || all <= maxListed {
			views = a.List(bic, now, s.Suspended)
		}
	})
	if err == nil && bic == "" && all > maxListed {
		http.Error(w, "there are too many authorisations to list: name an institution with --bic", http.StatusBadRequest)
		return
	}
	if views == nil {
		views = []rma.View{}
	}
	text, failed := json.Marshal(views)
	answerJSON(w, http.StatusOK, text, errors.Join(err, failed))
}
