package journal

import (
	"context"
	"errors"
	"net/url"
)

type postgresEngine struct{ engine }

func openPostgres(context.Context, string, Options) (*postgresEngine, error) {
	return nil, errors.New("not yet")
}

// redact hides the password of a URL for messages.
func redact(s string) string {
	if u, err := url.Parse(s); err == nil && u.User != nil {
		return u.Redacted()
	}
	return s
}
