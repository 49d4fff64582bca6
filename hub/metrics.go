package hub

import (
	"github.com/prometheus/client_golang/prometheus"
)

// Collector gives the hub's numbers to Prometheus. Each hub has its own registry, so two fit in one process.
func (h *Hub) Collector() prometheus.Collector { return collector{h} }

type collector struct{ h *Hub }

// The names and helps of the metrics; they never change while the program runs.
var (
	descLeading   = desc("leading", "1 while this hub leads the network.")
	descPages     = desc("pages_total", "Pages made durable since the start.")
	descEntries   = desc("entries_total", "Entries made durable since the start.")
	descBytes     = desc("page_bytes_total", "Bytes of pages made durable since the start.")
	descFailures  = desc("journal_failures_total", "Times the journal failed and the state was read back.")
	descSessions  = desc("sessions", "Sessions now.")
	descAccepted  = desc("messages_accepted_total", "Messages accepted over the network's life.")
	descRefused   = desc("messages_refused_total", "Messages refused over the network's life.")
	descDelivered = desc("messages_delivered_total", "Messages delivered over the network's life.")
	descWaiting   = desc("messages_waiting", "Messages accepted and not yet delivered or aborted.")
	descHeld      = desc("messages_held", "Messages that wait under an order.")
	descOff       = desc("institutions_without_service", "Institutions that an order disconnected and that are not readmitted.")
	descAlarms    = desc("order_alarms", "Orders in force that do more than was signed: page somebody.")
	descUntaken   = desc("acts_refused_total", "Acts of officers that were refused over the network's life.")
	descAppend    = desc("append_seconds_total", "Time spent making pages durable.")
)

func desc(name, help string) *prometheus.Desc {
	return prometheus.NewDesc("corridor_hub_"+name, help, nil, nil)
}

func (c collector) Describe(out chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{descLeading, descPages, descEntries, descBytes, descFailures, descSessions, descAccepted, descRefused, descDelivered, descWaiting, descHeld, descOff, descAlarms, descUntaken, descAppend} {
		out <- d
	}
}

func (c collector) Collect(out chan<- prometheus.Metric) {
	h, n := c.h, &c.h.counts
	h.mu.Lock()
	sessions := len(h.conns)
	h.mu.Unlock()
	leading := 0.0
	if h.Ready() {
		leading = 1
	}
	gauge := func(d *prometheus.Desc, v float64) { out <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v) }
	count := func(d *prometheus.Desc, v float64) {
		out <- prometheus.MustNewConstMetric(d, prometheus.CounterValue, v)
	}
	gauge(descLeading, leading)
	gauge(descSessions, float64(sessions))
	gauge(descWaiting, float64(n.waiting.Load()))
	gauge(descHeld, float64(n.held.Load()))
	gauge(descOff, float64(n.off.Load()))
	gauge(descAlarms, float64(n.alarms.Load()))
	count(descUntaken, float64(n.untaken.Load()))
	count(descPages, float64(n.pages.Load()))
	count(descEntries, float64(n.entries.Load()))
	count(descBytes, float64(n.bytes.Load()))
	count(descFailures, float64(n.failures.Load()))
	count(descAccepted, float64(n.accepted.Load()))
	count(descRefused, float64(n.refused.Load()))
	count(descDelivered, float64(n.delivered.Load()))
	count(descAppend, float64(n.appending.Load())/1e9)
}
