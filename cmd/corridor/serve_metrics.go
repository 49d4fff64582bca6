package main

import (
	"corridor.example/corridor/session"
	"github.com/prometheus/client_golang/prometheus"
)

// sessionCollector gives the counters of the members' server to Prometheus.
type sessionCollector struct{ server *session.Server }

// sessionMetric is one of them.
type sessionMetric struct {
	desc  *prometheus.Desc
	kind  prometheus.ValueType
	value func(session.Counts) int64
}

func sessionMetrics() []sessionMetric {
	metric := func(name, help string, kind prometheus.ValueType, value func(session.Counts) int64) sessionMetric {
		return sessionMetric{prometheus.NewDesc("corridor_session_"+name, help, nil, nil), kind, value}
	}
	return []sessionMetric{
		metric("connections", "Connections open now.", prometheus.GaugeValue, func(c session.Counts) int64 { return c.Connections }),
		metric("open", "Sessions open now.", prometheus.GaugeValue, func(c session.Counts) int64 { return c.Sessions }),
		metric("connections_refused_total", "Connections beyond a limit.", prometheus.CounterValue, func(c session.Counts) int64 { return c.Refused }),
		metric("handshakes_failed_total", "Connections without a valid certificate.", prometheus.CounterValue, func(c session.Counts) int64 { return c.Handshakes }),
		metric("logins_total", "Logins that were let in.", prometheus.CounterValue, func(c session.Counts) int64 { return c.Logins }),
		metric("logins_refused_total", "Logins that were refused.", prometheus.CounterValue, func(c session.Counts) int64 { return c.LoginsRefused }),
		metric("faulted_total", "Sessions that a fault ended.", prometheus.CounterValue, func(c session.Counts) int64 { return c.SessionsFaulted }),
		metric("frames_in_total", "Signed frames from members.", prometheus.CounterValue, func(c session.Counts) int64 { return c.FramesIn }),
		metric("bytes_in_total", "Bytes of signed frames from members.", prometheus.CounterValue, func(c session.Counts) int64 { return c.BytesIn }),
		metric("frames_out_total", "Wire messages to members.", prometheus.CounterValue, func(c session.Counts) int64 { return c.FramesOut }),
	}
}

func (s sessionCollector) Describe(out chan<- *prometheus.Desc) {
	for _, m := range sessionMetrics() {
		out <- m.desc
	}
}

func (s sessionCollector) Collect(out chan<- prometheus.Metric) {
	counts := s.server.Counts()
	for _, m := range sessionMetrics() {
		out <- prometheus.MustNewConstMetric(m.desc, m.kind, float64(m.value(counts)))
	}
}
