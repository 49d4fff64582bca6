package gateway

import "sync/atomic"

// counts are what the gateway has done since it started.
type counts struct {
	submitted, acknowledged, refused, refusedHere, framesRefused, delivered, routed atomic.Uint64
}
