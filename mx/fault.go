package mx

import (
	"bytes"
	"strings"
	"unicode/utf8"
)

// The codes of XML, envelope and schema faults. Those of datatypes (D), header (H), base rules (X), guideline
// schemas (G) and guideline rules (U) stand beside their tables.
const (
	XMLNotWellFormed = "XML01"
	XMLDTD           = "XML02" // document type, entity, processing instruction
	XMLEncoding      = "XML03"
	XMLLimit         = "XML04"
	XMLUnreadable    = "XML05"

	EnvelopeCount   = "ENV01" // not one header and one document
	EnvelopeUnknown = "ENV02" // no wrapper that we know

	SchemaUnknown   = "S01"
	SchemaOrder     = "S02"
	SchemaMissing   = "S03"
	SchemaTooMany   = "S04"
	SchemaLength    = "S05"
	SchemaPattern   = "S06"
	SchemaCode      = "S07"
	SchemaType      = "S08"
	SchemaAttribute = "S09"
	SchemaMessage   = "S10" // no schema for this message or version

	DataBIC      = "D00001"
	DataIBAN     = "D00003"
	DataCountry  = "D00004"
	DataCurrency = "D00005"
	DataLEI      = "D00006" // ours: the standard's list has no code for check digits of a LEI
	DataDecimals = "D00007"
	DataAnyBIC   = "D00008"
	DataUETR     = "D00009" // ours: the UETR of all zeros

	HeaderMessage = "UB015" // MsgDefIdr is not the document's message
)

// codeTexts says what each code of this package means.
var codeTexts = map[string]string{
	XMLNotWellFormed: "not well-formed XML",
	XMLDTD:           "a document type, an entity declaration or a processing instruction",
	XMLEncoding:      "not UTF-8",
	XMLLimit:         "larger or deeper than the limits",
	XMLUnreadable:    "cannot be read",
	EnvelopeCount:    "not exactly one header and one document",
	EnvelopeUnknown:  "an envelope that is not known",
	SchemaUnknown:    "an element that the schema does not have there",
	SchemaOrder:      "elements in the wrong order",
	SchemaMissing:    "a mandatory element is missing",
	SchemaTooMany:    "an element too often, or more than one of a choice",
	SchemaLength:     "a text too short or too long",
	SchemaPattern:    "a text that does not fit its pattern",
	SchemaCode:       "a code that is not in the list",
	SchemaType:       "not a value of its type: number, date, time, boolean, or text where elements belong",
	SchemaAttribute:  "an attribute missing, unknown or wrong",
	SchemaMessage:    "a message or version without a schema here",
	DataBIC:          "a BIC that cannot exist or is not in the directory",
	DataIBAN:         "an IBAN with a wrong country, length, structure or check digits",
	DataCountry:      "not a country of ISO 3166-1",
	DataCurrency:     "not a currency of ISO 4217",
	DataLEI:          "a LEI with wrong check digits",
	DataDecimals:     "more decimals than the currency has, or an unknown currency",
	DataAnyBIC:       "a party BIC that cannot exist or is not in the directory",
	DataUETR:         "a UETR of zeros",
	HeaderMessage:    "the header names another message than the document",
}

// quoted repeats a value in a fault's text, cut short so that an answer never carries much of a message.
func quoted(v []byte) string {
	cut := ""
	if len(v) > maxQuoted {
		n := maxQuoted
		for n > 0 && !utf8.RuneStart(v[n]) {
			n--
		}
		v, cut = v[:n], "…"
	}
	v = bytes.Map(func(r rune) rune {
		if r < 0x20 {
			return ' '
		}
		return r
	}, v)
	return `"` + strings.ReplaceAll(string(v), `"`, `'`) + cut + `"`
}
