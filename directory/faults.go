package directory

import (
	"fmt"

	"corridor.example/corridor"
)

// The codes of what the directory refuses.
const (
	FaultBody      = "DI01"
	FaultTooMuch   = "DI02"
	FaultForm      = "DI03"
	FaultUnknown   = "DI04"
	FaultReissued  = "DI05"
	FaultLEITaken  = "DI06"
	FaultByOrder   = "DI07"
	FaultOverlap   = "DI08"
	FaultTwice     = "DI09"
	FaultFull      = "DI10"
	FaultNotItself = "DI11"
)

// FaultInfo is one line of the directory's table of faults.
type FaultInfo struct{ Code, Text string }

// Faults is the directory's table of faults.
func Faults() []FaultInfo {
	return []FaultInfo{
		{FaultBody, "the act's body is no canonical directory change: write it with corridor directory import or submit"},
		{FaultTooMuch, "the act has no change or too many: split it"},
		{FaultForm, "a field has the wrong form"},
		{FaultUnknown, "the record refers to an entity or BIC that is not in the directory: add that first"},
		{FaultReissued, "the BIC belongs to another entity: a BIC is never reissued, take a new one"},
		{FaultLEITaken, "the LEI belongs to another entity: one of the two records is wrong"},
		{FaultByOrder, "only an order suspends or readmits a BIC: draft one"},
		{FaultOverlap, "the share overlaps another of the same pair: end the other one first"},
		{FaultTwice, "the act changes the same record twice: keep the one that is meant"},
		{FaultFull, "the directory is full"},
		{FaultNotItself, "the record has a field that its kind does not have"},
	}
}

func fault(code, path, format string, args ...any) *corridor.Fault {
	return &corridor.Fault{Code: code, Path: path, Text: short(fmt.Sprintf(format, args...)), Whose: corridor.Sender}
}

// short keeps a fault's text within what an entry holds.
func short(s string) string {
	if len(s) <= corridor.MaxFaultText {
		return s
	}
	cut := corridor.MaxFaultText - len(" …")
	for cut > 0 && s[cut]&0xC0 == 0x80 { // not inside a character
		cut--
	}
	return s[:cut] + " …"
}
