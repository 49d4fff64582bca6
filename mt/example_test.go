package mt_test

import (
	"fmt"

	"corridor.example/corridor/mt"
)

// A builder gives a message only if it is valid.
func ExampleNewBuilder() {
	message, faults := mt.NewBuilder("199", "MERIDEFF", "CEDRFRPP").
		Field("20", "QUERY/1").
		Field("79", "PLEASE CONFIRM\nVALUE DATE").
		Build()
	fmt.Println(len(faults), len(message) > 0)

	_, faults = mt.NewBuilder("199", "MERIDEFF", "CEDRFRPP").Field("20", "/QUERY").Build()
	fmt.Println(faults[0].Code, faults[0].Field, faults[1].Code, faults[1].Line)
	// Output:
	// 0 true
	// T13 79 T26 1
}

const payment = "{1:F01MERIDEFFAXXX0123000456}{2:I103CEDRFRPPXXXXN}{3:{121:c8b66b47-2bd9-48fe-be90-93c2096f27d2}}{4:\r\n" +
	":20:PAY/0001\r\n:23B:CRED\r\n:32A:261124EUR1350,\r\n:33B:EUR1350,\r\n:50K:/BE68539007547034\r\nALPHA TRADING\r\n" +
	":59:/DE89370400440532013000\r\nBETA GMBH\r\n:71A:SHA\r\n-}"

func ExampleCheck() {
	r := mt.Check([]byte(payment), mt.Options{})
	fmt.Println(r.Type, r.Valid())
	// Output: fin.103 true
}

func ExampleFactsOf() {
	m, _ := mt.Parse([]byte(payment))
	f := mt.FactsOf(m)
	fmt.Println(f.Reference, f.ValueDate, f.Currency, f.Amount, f.Ordering.Name[0], f.Beneficiary.Account)
	// Output: PAY/0001 20261124 EUR 1350, ALPHA TRADING DE89370400440532013000
}

func ExampleMessage_In() {
	m, _ := mt.Parse([]byte("{1:F01MERIDEFFAXXX0123000456}{2:I201CEDRFRPPXXXXN}{4:\r\n:19:3,\r\n:30:261124\r\n" +
		":20:A1\r\n:32B:EUR1,\r\n:57A:CEDRFRPP\r\n:20:A2\r\n:32B:EUR2,\r\n:57A:CEDRFRPP\r\n-}"))
	for _, s := range m.Sequences() {
		fmt.Println(s.Path, s.Turn, m.In(s, "32B")[0].Component("amount"))
	}
	// Output:
	// Loop1 1 1,
	// Loop1 2 2,
}
