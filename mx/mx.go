// Package mx reads, checks and writes ISO 20022 messages: the business header (AppHdr) and the document, in the
// envelopes in use. It is told what a message looks like by tables (standard/), never by code for one message.
//
// It is not a client and keeps no state: the hub, the gateway and the command line call ReadRoute and Check. It
// does not know FIN (package mt), nor how one is translated into the other.
//
// On the wire a message is UTF-8 XML without a byte order mark, in one of four envelopes: AppHdr and Document one
// after the other; both inside one wrapper element; both inside DataPDU/Body; or, for the schema profile only, a
// Document alone.
//
// # The steps of Check
//
// The scanner (scan.go) cuts tokens. The checker (check_schema.go) resolves namespaces and judges every element
// against the schema (schema.go) as it comes, and builds the Tree (tree.go) beside. The usage rules (usage*.go)
// then read the Tree and know paths, not XML. Every fault has code, path, line and column.
//
// # How a rule reads the Tree
//
// A model (model.go) is the schema of one header version and one message. model.elem("/Document/…/UETR")
// gives the Elem of a path, once, when the rules are compiled; paths have no indexes. On the Tree:
//
//	for n := t.first(e); n >= 0; n = t.next(n) { … } // every node at that path, in document order
//	t.under(scope, e)                                // the first node of path e below node scope, or -1
//	t.nextUnder(scope, n)                            // the next one of the same path below scope, or -1
//	t.parent(n), t.has(scope, e), t.elem(n), t.name(n), t.path(n)
//	t.text(n), t.ccy(n)                              // bytes, decoded, valid until the Tree is released
//	r.fault(t, n, code, rule, text)                  // refuse, at a node
//	r.missing(t, n, e, code, rule, text)             // refuse: the node n lacks the path e
//	r.warn(t, n, code, rule, text)                   // say, do not refuse
//
// Nodes that the schema does not know have Elem noElem; rules never meet them. A rule must not assume that the
// schema was kept: it may run beside schema faults.
package mx
