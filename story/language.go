package story

import (
	"maps"
	"slices"
	"strings"
)

// Language describes the language, one usage a line: commands, what may be expected, and the clauses of an order.
func Language() string {
	var b strings.Builder
	section := func(title string, all map[string]command) {
		b.WriteString(title + "\n")
		for _, name := range sorted(all) {
			b.WriteString("  " + all[name].usage + "\n")
		}
	}
	section("Commands", commands())
	section("Expectations; a message's name comes first in \"expect MESSAGE STATE… [CODE] [orders=…] [rule=…] [stage=…] [licence=…] [amount=…]\"", expectations())
	b.WriteString("Clauses of \"order\"\n")
	for _, name := range slices.Sorted(maps.Keys(clauses())) {
		b.WriteString("  " + strings.TrimSpace(name+" "+clauseWords()[name]) + "\n")
	}
	return b.String()
}

// clauseWords says what stands behind each clause's name.
func clauseWords() map[string]string {
	return map[string]string{
		"refers": "ID", "reach": "endpoint|content", "wind-down": "RULE", "effective": "INSTANT [written=WORDS] [zone=ZONE]", "written": "WORDS zone=ZONE: the instant is derived from them",
		"expires": "INSTANT", "instrument": "ISSUER NUMBER [published=DATE] [article=…] [text=…]", "no-instrument": "", "rulebook": "RULE", "review": "DATE owner=NAME",
		"inflight": "[undelivered_to=return|hold|deliver] [undelivered_from=…] [held=…] [unacked=in-doubt|delivered]", "bounds": "N [share=…]", "shadow": "",
		"stage": "receive|low|full [most=EUR:1000,…] [after=HOURS]", "bics": "BIC…", "entities": "ID…", "country": "CC [test=bic|establishment|either]",
		"name": "NAME [entity=ID] [evidence=…]", "list": "NAME [version=…]", "closure": "> 50 [established_in=CC,…] [as_of=DATE] [indirect] [aggregate] [control]",
		"exclude": "BIC REASON", "look-alike": "BIC in|out REASON [like=NAME]", "fleet": "N: the first members of the fleet", "wave": "NAME: of the loaded list",
		"scope": "[direction=from|to] [counterparties=…] [services=…] [types=…] [spared=…] [currencies=…] [band=CUR from=… to=…]", "deny": "[types=…] [counterparties=…] [currencies=…]",
		"licence": "ID [currency=…] [amount=…] [count=…] [days=…] [quote=…] [types=…] [holder=BIC] [purpose=…] [from=…] [until=…]",
	}
}
