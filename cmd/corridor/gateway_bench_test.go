package main

import (
	"context"
	"fmt"
	"path/filepath"
	"testing"

	"corridor.example/corridor/gateway"
)

// BenchmarkGateways measures messages from one gateway through a hub to another, all on this machine: kept, signed,
// answered with a receipt, delivered, kept and acknowledged. With folders, they are also written and handed over as files.
func BenchmarkGateways(b *testing.B) {
	b.Run("api", func(b *testing.B) { benchGateways(b, false) })
	b.Run("folders", func(b *testing.B) { benchGateways(b, true) })
}

func benchGateways(b *testing.B, folders bool) {
	n := newTestNet(b, merid, cedar)
	from, to := n.openWith(merid, folders), n.openWith(cedar, folders)
	from.wait(gateway.Connected, 1)
	to.wait(gateway.Connected, 1)
	b.ResetTimer()
	for i := 0; i < b.N; i += 64 {
		var batch [][]byte
		for k := i; k < min(i+64, b.N); k++ {
			batch = append(batch, mt103(merid, cedar, fmt.Sprintf("B%09d", k)))
		}
		if _, err := from.g.SubmitAll(context.Background(), merid, batch); err != nil {
			b.Fatal(err)
		}
	}
	done := gateway.Delivered
	if folders {
		from.wait(gateway.Answered, b.N)
		done = gateway.Routed
	}
	from.wait(gateway.Acknowledged, b.N)
	to.wait(done, b.N)
	b.StopTimer()
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "msg/s")
	if folders {
		if got := len(names(b, filepath.Join(to.dir, "incoming"))); got != 2*b.N {
			b.Fatalf("%d files for %d messages", got, b.N)
		}
	}
}
