// Package standing is what a member may do now, and why: policies, orders, their life, and the decision about one message.
//
// It is pure: its State is a function of the entries Acted, Fenced, Decided and Closing of the journal (Apply), time comes with
// the entries, and nothing here opens a file or a socket. It is not the hub: the hub asks Check before it takes an act, Due
// for the fences that a page's time makes due, and Decide for each message, at its acceptance and again at the door.
//
// An order is one immutable document in canonical JSON (Order); what officers do to it are acts (entry.Act) of the kinds in
// acts.go. Spec names in comments (R13, F3, A9) are those of the project's requirement for disconnection.
package standing
