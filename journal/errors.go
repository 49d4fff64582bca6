package journal

import "errors"

// The errors that a caller acts on.
var (
	// ErrFenced: another leader wrote that page. Step down: throw the state away, and follow.
	ErrFenced = errors.New("another leader has written this page: this one must step down")
	// ErrInDoubt: it could not be found out whether the page was written. Throw the state away and open the journal again.
	ErrInDoubt = errors.New("it is not known whether the page was written: read the journal again before going on")
	// ErrOrder: the page does not follow the newest one.
	ErrOrder = errors.New("the page does not follow the newest page of the journal")
	// ErrNoPage: there is no page of that number.
	ErrNoPage = errors.New("the journal has no such page")
	// ErrDamaged: what is stored is not what was written. `corridor journal check` names the first bad page.
	ErrDamaged = errors.New("the journal is damaged: run corridor journal check, and restore the pages from a stand-by or an export")
	// ErrNoJournal: there is no journal at that URL.
	ErrNoJournal = errors.New("there is no journal")
	// ErrReadOnly: the journal was opened to be read.
	ErrReadOnly = errors.New("the journal was opened read-only")
)

// errTaken: the number is written, by us or another.
var errTaken = errors.New("page number is taken")

// advised is an error of the database with what to do.
type advised struct {
	advice string
	err    error
}

func (a *advised) Error() string { return a.advice + " (" + a.err.Error() + ")" }
func (a *advised) Unwrap() error { return a.err }

// isAdvised reports an error that says already what to do.
func isAdvised(err error) bool {
	var a *advised
	return errors.As(err, &a) || errors.Is(err, ErrDamaged)
}
