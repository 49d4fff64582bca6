package gateway

import (
	"context"
	"sync/atomic"

	"github.com/prometheus/client_golang/prometheus"
)

// counts are what the gateway has done since it started.
type counts struct {
	submitted, acknowledged, refused, refusedHere, framesRefused, delivered, routed, unauthorised, unreachable atomic.Uint64
}

// Collector gives the gateway's numbers to Prometheus. Each gateway has its own registry, so two fit in one process.
func (g *Gateway) Collector() prometheus.Collector { return collector{g} }

type collector struct{ g *Gateway }

func counter(name, help string) *prometheus.Desc {
	return prometheus.NewDesc("corridor_gateway_"+name, help, nil, nil)
}

func perTerminal(name, help string) *prometheus.Desc {
	return prometheus.NewDesc("corridor_gateway_"+name, help, []string{"lt"}, nil)
}

// The names and helps of the metrics; they never change while the program runs.
var (
	descSubmitted    = counter("messages_submitted_total", "Messages numbered and kept since the start.")
	descAcked        = counter("messages_answered_total", "Messages that the network has answered since the start.")
	descRefused      = counter("messages_refused_total", "Messages that the network refused since the start.")
	descRefusedHere  = counter("files_refused_total", "Outgoing files that were refused before they were sent, since the start.")
	descFrames       = counter("frames_refused_total", "Frames that the network refused whole since the start.")
	descDelivered    = counter("messages_received_total", "Messages received and kept since the start.")
	descRouted       = counter("messages_handed_over_total", "Messages handed over to the back office since the start.")
	descUnauthorised = counter("messages_unauthorised_total", "Messages without authorisation, sent or received, since the start.")
	descUnreachable  = counter("messages_unreachable_total", "Messages to somebody whom the directory says they cannot be sent to, since the start.")
	descConnected    = perTerminal("connected", "1 while the terminal has a session.")
	descStopped      = perTerminal("stopped", "1 when the terminal has stopped and needs a person.")
	descWaiting      = perTerminal("messages_waiting", "Messages without an answer.")
	descUnrouted     = perTerminal("messages_unrouted", "Messages received and not handed over.")
	descNumber       = perTerminal("last_number", "Highest input sequence number given out.")
	descOSN          = perTerminal("last_stored", "Highest output sequence number stored.")
)

// Describe names the metrics.
func (c collector) Describe(out chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{descSubmitted, descAcked, descRefused, descRefusedHere, descFrames, descDelivered, descRouted, descUnauthorised, descUnreachable,
		descConnected, descStopped, descWaiting, descUnrouted, descNumber, descOSN} {
		out <- d
	}
}

// Collect reads the numbers.
func (c collector) Collect(out chan<- prometheus.Metric) {
	n := &c.g.counts
	for _, m := range []struct {
		desc  *prometheus.Desc
		value *atomic.Uint64
	}{{descSubmitted, &n.submitted}, {descAcked, &n.acknowledged}, {descRefused, &n.refused}, {descRefusedHere, &n.refusedHere},
		{descFrames, &n.framesRefused}, {descDelivered, &n.delivered}, {descRouted, &n.routed}, {descUnauthorised, &n.unauthorised}, {descUnreachable, &n.unreachable}} {
		out <- prometheus.MustNewConstMetric(m.desc, prometheus.CounterValue, float64(m.value.Load()))
	}
	all, err := c.g.Status(context.Background())
	if err != nil {
		out <- prometheus.NewInvalidMetric(descWaiting, err)
		return
	}
	for i := range all {
		all[i].collect(out)
	}
}

func (s *Status) collect(out chan<- prometheus.Metric) {
	gauge := func(d *prometheus.Desc, v float64) {
		out <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v, string(s.LT))
	}
	gauge(descConnected, truth(s.Connected))
	gauge(descStopped, truth(s.Stopped != ""))
	gauge(descWaiting, float64(s.Waiting))
	gauge(descUnrouted, float64(s.Unrouted))
	gauge(descNumber, float64(s.LastSent))
	gauge(descOSN, float64(s.LastStored))
}

func truth(b bool) float64 {
	if b {
		return 1
	}
	return 0
}

// Ready reports that every terminal has a session.
func (g *Gateway) Ready() bool {
	for _, t := range g.terminals {
		if !t.connected.Load() {
			return false
		}
	}
	return true
}
