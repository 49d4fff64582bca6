package mt_test

import (
	"fmt"

	"corridor.example/corridor/mt"
)

// What a code means depends on the type: the tables tell for which rule it stands.
func ExampleStandard_RulesWith() {
	standard, err := mt.StandardOf(2025)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, rule := range standard.RulesWith("D19") {
		fmt.Println(rule.Title(), "-", rule.Text)
	}
	fmt.Println(standard.RuleCodes()["C68"])
	// Output:
	// MT102 STP C11 - Between countries of the list the account in 59a is a valid IBAN, unless 57A points outside the list.
	// MT103 STP C10 - Between countries of the list the account in 59a is a valid IBAN, unless 57A points outside the list.
	// [202.COV 205.COV]
}

// The rules of a type in the order they are checked, each with an edit of the type's example that breaks it.
func ExampleStandard_Rules() {
	standard, err := mt.StandardOf(2025)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(standard.RuleExample("202"))
	for _, rule := range standard.Rules("202") {
		fmt.Println(rule.Code, rule.Name, rule.Holds, "| bad:", rule.Bad)
	}
	// Output:
	// :20:GEN-7001
	// :21:PAY-1001
	// :32A:261104USD1000,
	// :52A:MERIDEFF
	// :57A:ORCAUS33
	// :58A:TAMAJPJT
	// C81 C1 if present(56a) then present(57a) | bad: 57A<56A:TULPNL2A; -57A
}

// The tables as a help desk.
func ExampleStandard_Explain_code() {
	standard, err := mt.StandardOf(2025)
	if err != nil {
		fmt.Println(err)
		return
	}
	text, _ := standard.Explain("C68")
	fmt.Print(text)
	// Output:
	// C68: In the customer's part B an intermediary 56a needs an account with institution 57a.
	//     MT202 COV C2, MT205 COV C2
	//     must hold: if present(B/56a) then present(B/57a)
	//     kept, for example, after 57A#2<56A:ORCAUS33; broken after 57A#2<56A:ORCAUS33; -57A#2 (edits of the example of MT 202.COV)
}
