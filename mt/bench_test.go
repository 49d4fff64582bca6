package mt

import (
	"fmt"
	"strings"
	"testing"
)

// transfer is an MT 103 of about 450 characters with the fields that customer payments have.
const transfer = "{1:F01MERIDEFFAXXX0123000456}{2:I103CEDRFRPPXXXXN}{3:{108:REF0001}{121:c8b66b47-2bd9-48fe-be90-93c2096f27d2}}{4:\r\n" +
	":20:PAY/0001\r\n:23B:CRED\r\n:32A:261124EUR1350,25\r\n:33B:EUR1350,25\r\n:50K:/BE68539007547034\r\nALPHA TRADING\r\nRUE HAUTE 4\r\n" +
	":52A:MERIDEFF\r\n:57A:CEDRFRPP\r\n:59:/FR7630006000011234567890189\r\nBETA SARL\r\nQUAI NORD 12\r\nLYON\r\n" +
	":70:/INV/2026-4711\r\n:71A:SHA\r\n:72:/INS/MERIDEFF\r\n-}{5:{CHK:0123456789AB}}"

// statement is an MT 940 with n entries.
func statement(n int) string {
	var b strings.Builder
	b.WriteString("{1:F01MERIDEFFAXXX0123000456}{2:I940CEDRFRPPXXXXN}{4:\r\n:20:ST-2026-11-24\r\n:25:40012345\r\n:28C:228/1\r\n:60F:C261123EUR1000,\r\n")
	for i := range n {
		fmt.Fprintf(&b, ":61:2611241124D%d,50NTRFNONREF//%d\r\n:86:INVOICE %d\r\n", i+1, 4711+i, i)
	}
	b.WriteString(":62F:C261124EUR20,\r\n-}")
	return b.String()
}

func BenchmarkCheckMT103(b *testing.B) { benchmarkCheck(b, transfer) }
func BenchmarkCheckMT940(b *testing.B) { benchmarkCheck(b, statement(100)) }

func benchmarkCheck(b *testing.B, text string) {
	m := []byte(text)
	if r := Check(m, Options{}); len(r.Faults) > 0 && r.Faults[0].Code != "M50" {
		b.Fatal(r.First())
	}
	b.SetBytes(int64(len(m)))
	b.ReportAllocs()
	for b.Loop() {
		Check(m, Options{})
	}
}

func BenchmarkRoute(b *testing.B) {
	m := []byte(transfer)
	b.ReportAllocs()
	for b.Loop() {
		if _, fault := ReadRoute(m); fault != nil {
			b.Fatal(fault)
		}
	}
}
