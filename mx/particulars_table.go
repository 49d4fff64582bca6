package mx

import "strings"

// context is what stands around an element, as bits.
type context uint8

const (
	inDocument   context = 1 << iota
	inOriginal           // the message or transaction that this one answers
	inUnderlying         // the customer's payment that a bank's payment covers
	inReporting          // regulatory reporting
	inRemittance         // remittance information
	inMinor              // charges, taxes, balances: no money that the message moves
)

// is says what an element is to ReadParticulars.
type is uint8

const (
	isNothing is = iota
	isDocument
	isMessageName // of the header
	isBank        // FinInstnId
	isBIC
	isName
	isPurpose
	isCode
	isReference
	isInformation // a reference where it stands in reporting or remittance
	isUETR
	isDate
	isDatePart   // a date by what stands around it
	isAmount     // an amount by what stands around it
	isSettlement // the amount of a transaction
	isInstructed
	isEquivalent
)

// meaning is what an element's name says.
type meaning struct {
	is    is
	opens context // for the elements in it
	holds bool    // its Amt is the amount of a transaction
	rank  int     // of a reference to the message that is answered: 1 is the best
}

// meanings are the elements that ReadParticulars knows, by their names without prefix.
var meanings = meaningsOf(
	saying{"Document", meaning{is: isDocument, opens: inDocument}},
	saying{"MsgDefIdr", meaning{is: isMessageName}},
	saying{"FinInstnId", meaning{is: isBank}},
	saying{"BICFI BIC AnyBIC BICOrBEI BEI", meaning{is: isBIC}},
	saying{"Nm", meaning{is: isName}},
	saying{"Purp", meaning{is: isPurpose}},
	saying{"Cd Prtry", meaning{is: isCode}},
	saying{"MsgId InstrId EndToEndId TxId PmtInfId ClrSysRef Ustrd AddtlRmtInf InstrInf RmtId AddtlTxInf AddtlNtryInf AcctSvcrRef", meaning{is: isReference}},
	saying{"Inf Ref Nb", meaning{is: isInformation}},
	saying{"OrgnlMsgId", meaning{is: isReference, rank: 1, opens: inOriginal}}, // in receipts it is a group that has MsgId
	saying{"OrgnlInstrId RltdRef", meaning{is: isReference, rank: 2}},
	saying{"OrgnlEndToEndId OrgnlTxId OrgnlPmtInfId", meaning{is: isReference, rank: 3}},
	saying{"UETR OrgnlUETR", meaning{is: isUETR}},
	saying{"IntrBkSttlmDt ReqdColltnDt XpctdValDt ReqdExctnDt ValDt", meaning{is: isDate}}, // the last two may have Dt or DtTm
	saying{"Dt DtTm", meaning{is: isDatePart}},
	saying{"OrgnlTxRef OrgnlGrpInf OrgnlGrpInfAndSts", meaning{opens: inOriginal}},
	saying{"UndrlygCstmrCdtTrf UndrlygAllcn", meaning{opens: inUnderlying}},
	saying{"RgltryRptg", meaning{opens: inReporting | inMinor}},
	saying{"RmtInf", meaning{opens: inRemittance | inMinor}},
	saying{"ChrgsInf Chrgs Tax Bal TtlBal Intrst", meaning{opens: inMinor}},
	saying{"IntrBkSttlmAmt RtrdIntrBkSttlmAmt RvsdIntrBkSttlmAmt AmtWthCcy", meaning{is: isSettlement}},
	saying{"InstdAmt RtrdInstdAmt RvsdInstdAmt", meaning{is: isInstructed}},
	saying{"EqvtAmt", meaning{is: isEquivalent}},
	saying{"Amt", meaning{is: isAmount}},
	saying{"Itm SttlmAmt", meaning{holds: true}},
)

type saying struct {
	names string
	meaning
}

func meaningsOf(list ...saying) map[string]meaning {
	m := map[string]meaning{}
	for _, w := range list {
		for _, n := range strings.Fields(w.names) {
			m[n] = w.meaning
		}
	}
	return m
}

// answerMessages speak of an earlier message: status reports, returns, reversals, cancellations, investigations, receipts,
// statements and advices.
var answerMessages = func() map[string]bool {
	m := map[string]bool{}
	for _, w := range strings.Fields("pacs.002 pacs.004 pacs.007 pacs.028 pain.002 pain.007 pain.012 pain.014 camt.025 camt.026 camt.027 camt.028 camt.029 camt.030 camt.031 camt.032 camt.033 camt.034 camt.035 camt.036 camt.037 camt.038 camt.039 camt.052 camt.053 camt.054 camt.055 camt.056 camt.058 camt.086 camt.087 camt.110 camt.111 admi.002 admi.007 admi.011 admi.024 sese.024 sese.025 sese.026 sese.032 semt.002 semt.003 semt.017 semt.018") {
		m[w] = true
	}
	return m
}()
