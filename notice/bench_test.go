package notice_test

import (
	"testing"

	. "corridor.example/corridor/notice"
)

// BenchmarkBroadcast is the text of an order against a whole directory, which the hub makes once for all members.
func BenchmarkBroadcast(b *testing.B) {
	n := large(b)
	for b.Loop() {
		n.Broadcast()
	}
	b.ReportMetric(float64(len(n.Broadcast())), "parts")
}

// BenchmarkPayload is what each member costs then.
func BenchmarkPayload(b *testing.B) {
	for _, way := range []Way{ByFIN, ByISO} {
		b.Run(string(way), func(b *testing.B) {
			n := noticeOf(b, []string{"cut", "published", "2022-03-02T10:00:00Z"})
			forms, err := n.Forms(way)
			if err != nil {
				b.Fatal(err)
			}
			for b.Loop() {
				forms[0].Payload(n.Issuer, "MERIDEFFAXXX")
			}
		})
	}
}
