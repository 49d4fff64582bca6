// Package refdata answers a member's programs from the directory over HTTP, as a reference data service of the field does: paths,
// keys and error codes are those that existing clients know. It reads only; it knows nothing of messages.
//
// It has what the network's directory has: BICs, entities with their LEIs, countries. For other data (IBANs, national ids,
// settlement instructions, payment systems) it says that it is not served, with the code for that. Answers are JSON.
package refdata

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"

	"corridor.example/corridor"
	"corridor.example/corridor/directory"
)

// service answers from a directory.
type service struct {
	now func() *directory.Directory // a copy that nobody changes
}

// Handler serves the paths below the service's base path, for example /swiftrefdata/v4, which the caller takes off. now gives the
// directory of the moment; nobody may change what it gives.
func Handler(now func() *directory.Directory) http.Handler {
	s := &service{now}
	mux := http.NewServeMux()
	for path, answer := range map[string]func(*directory.Directory, *http.Request) (any, *refusal){
		"/bics/{bic}":                  ofBIC(details),
		"/bics/{bic}/validity":         ofBIC(validity),
		"/bics/{bic}/lei":              ofBIC(leiOf),
		"/bics/{bic}/connected_bic":    ofBIC(connected),
		"/bics/{bic}/reachability":     reachability,
		"/bics/{bic}/national_ids":     ofBIC(nothing("NNIF", "the directory has no national ids")),
		"/bics/{bic}/ssis":             ofBIC(nothing("NOSS", "the directory has no settlement instructions")),
		"/leis/{lei}":                  ofLEI(entityDetails),
		"/leis/{lei}/bic":              ofLEI(bicsOf),
		"/leis/{lei}/validity":         ofLEI(leiValidity),
		"/country_codes/{cc}":          ofCountry("CONF", countryDetails),
		"/country_codes/{cc}/validity": ofCountry("ICOC", countryValidity),
	} {
		mux.Handle(path, s.serve(answer))
	}
	for _, other := range []string{"ibans", "bbans", "iban_national_ids", "national_ids", "currency_codes", "account_numbers", "pmis"} {
		mux.Handle("/"+other, s.serve(notServed))
		mux.Handle("/"+other+"/", s.serve(notServed))
	}
	mux.Handle("/", s.serve(func(*directory.Directory, *http.Request) (any, *refusal) {
		return nil, &refusal{http.StatusNotFound, "SwAP506", "there is no such resource: see the service's list of paths"}
	}))
	return mux
}

// refusal is an error answer.
type refusal struct {
	status int
	code   string
	text   string
}

// fault is the element of an error answer.
type fault struct {
	Severity string `json:"severity"`
	Code     string `json:"code"`
	Text     string `json:"text"`
}

func refuse(status int, code, format string, args ...any) *refusal {
	return &refusal{status, "REDA.API." + code, fmt.Sprintf(format, args...)}
}

// serve checks what all paths have in common, answers, and writes the answer.
func (s *service) serve(answer func(*directory.Directory, *http.Request) (any, *refusal)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		if q.Method != http.MethodGet {
			w.Header().Set("Allow", http.MethodGet)
			writeRefusal(w, refuse(http.StatusMethodNotAllowed, "IREQ", "the method %s is not taken here: use GET", q.Method))
			return
		}
		if !takesJSON(q.Header.Values("Accept")) {
			writeRefusal(w, refuse(http.StatusNotAcceptable, "NOAC", "answers are JSON: accept application/json"))
			return
		}
		v, r := answer(s.now(), q)
		if r != nil {
			writeRefusal(w, r)
			return
		}
		write(w, http.StatusOK, v)
	})
}

// takesJSON reports that JSON is among what the client accepts, or that it does not say.
func takesJSON(accept []string) bool {
	if len(accept) == 0 {
		return true
	}
	for _, kind := range strings.Split(strings.Join(accept, ","), ",") {
		kind, parameters, _ := strings.Cut(kind, ";")
		switch kind = strings.ToLower(strings.TrimSpace(kind)); {
		case strings.ReplaceAll(parameters, " ", "") == "q=0":
		case kind == "*/*", kind == "application/*", kind == "application/json", kind == "":
			return true
		}
	}
	return false
}

func writeRefusal(w http.ResponseWriter, r *refusal) {
	if r.status == http.StatusUnauthorized {
		w.Header().Set("WWW-Authenticate", "Bearer")
	}
	write(w, r.status, struct {
		Errors []fault `json:"errors"`
	}{[]fault{{"Fatal", r.code, r.text}}})
}

func write(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(status)
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	_ = e.Encode(v) // the client may be gone
}

func notServed(*directory.Directory, *http.Request) (any, *refusal) {
	return nil, refuse(http.StatusUnauthorized, "ILIC", "this service has BICs, LEIs and countries of the network's directory, and not this kind of data")
}

// nothing answers for data that the directory has of no BIC.
func nothing(code, text string) func(*directory.Directory, corridor.BIC) (any, *refusal) {
	return func(*directory.Directory, corridor.BIC) (any, *refusal) {
		return nil, refuse(http.StatusNotFound, code, "%s", text)
	}
}

// ofBIC answers about a BIC that is well-formed and in the directory. One that an order suspended is still there; one that its owner
// withdrew is not valid any more.
func ofBIC(answer func(*directory.Directory, corridor.BIC) (any, *refusal)) func(*directory.Directory, *http.Request) (any, *refusal) {
	return func(d *directory.Directory, q *http.Request) (any, *refusal) {
		b, err := corridor.ParseBIC(q.PathValue("bic"))
		if err != nil {
			return nil, refuse(http.StatusBadRequest, "MBRI", "%v", err)
		}
		if status, _ := d.Status(b); d.Office(b) == nil || status == directory.Withdrawn {
			return nil, refuse(http.StatusNotFound, "IBIC", "%s", d.LookUp(b).Refusal)
		}
		return answer(d, b)
	}
}

// ofLEI answers about an entity that the directory has by a well-formed LEI.
func ofLEI(answer func(*directory.Directory, *directory.Entity) (any, *refusal)) func(*directory.Directory, *http.Request) (any, *refusal) {
	return func(d *directory.Directory, q *http.Request) (any, *refusal) {
		lei := q.PathValue("lei")
		if !directory.ValidLEI(lei) {
			return nil, refuse(http.StatusNotFound, "ILEI", "LEI %q is not valid: it has 18 letters and digits and two check digits", lei)
		}
		e := d.ByLEI(lei)
		if e == nil {
			return nil, refuse(http.StatusNotFound, "LENF", "the LEI %s is not in the directory", lei)
		}
		return answer(d, e)
	}
}

// ofCountry answers about a country of ISO 3166; absent is the code for one that is none.
func ofCountry(absent string, answer func(directory.Country) any) func(*directory.Directory, *http.Request) (any, *refusal) {
	return func(_ *directory.Directory, q *http.Request) (any, *refusal) {
		code := q.PathValue("cc")
		if len(code) != 2 || strings.Trim(code, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != "" {
			return nil, refuse(http.StatusBadRequest, "ICCF", "country %q: give two capital letters", code)
		}
		c, ok := directory.CountryOf(code)
		if !ok {
			return nil, refuse(http.StatusNotFound, absent, "%s is no country code of ISO 3166", code)
		}
		return answer(c), nil
	}
}
