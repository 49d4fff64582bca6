package main

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"corridor.example/corridor"
	"corridor.example/corridor/evidence"
	"corridor.example/corridor/gateway"
)

func TestFileFromFolderToFolder(t *testing.T) {
	n := newTestNet(t, merid, cedar)
	m, c := n.open(merid), n.open(cedar)
	fin, xml := mt103(merid, cedar, "FIRST"), pacs008(merid, cedar, "SECOND/1")
	n.drop(merid, "pay1.fin", fin)
	m.wait(gateway.Submitted, 1)
	n.drop(merid, "pay2.xml", xml)
	m.wait(gateway.Answered, 2)
	c.wait(gateway.Routed, 2)

	sent := filepath.Join(m.dir, "outgoing", "sent")
	if got := names(t, sent); !slices.Equal(got, []string{"pay1.ack", "pay1.fin", "pay1.receipt", "pay2.ack", "pay2.receipt", "pay2.xml"}) {
		t.Errorf("sent holds %v", got)
	}
	has(t, filepath.Join(sent, "pay1.ack"), "{1:F21MERIDEF0AXXX0001000001}{4:{177:", "{451:0}{108:FIRST}}{1:F01MERIDEF0AXXX")
	has(t, filepath.Join(sent, "pay2.ack"), `"status": "accepted"`, `"reference": "SECOND/1"`)
	if s := n.proves(filepath.Join(sent, "pay1.receipt"), fin); s.Outcome != evidence.OutcomeAccepted || !s.MessageChecked || s.Submission.Number != 1 {
		t.Errorf("the answer's receipt proves %+v", s)
	}

	in := filepath.Join(c.dir, "incoming")
	want := []string{"000000001-fin.103-FIRST.fin", "000000001-fin.103-FIRST.receipt", "000000002-pacs.008.001.08-SECOND_1.receipt", "000000002-pacs.008.001.08-SECOND_1.xml"}
	if got := names(t, in); !slices.Equal(got, want) {
		t.Errorf("incoming holds %v", got)
	}
	has(t, filepath.Join(in, want[0]), "{1:F01CEDRFRP0AXXX0001000001}{2:O103", "MERIDEF0AXXX0001000001", "{5:{CHK:")
	if s := n.proves(filepath.Join(in, want[1]), fin); s.Submission.Sender != merid || !s.MessageChecked {
		t.Errorf("the delivery's receipt proves %+v", s)
	}
	if got, _ := os.ReadFile(filepath.Join(in, want[3])); string(got) != string(xml) {
		t.Errorf("the XML is not handed over as it was sent")
	}
}

func TestRefusals(t *testing.T) {
	n := newTestNet(t, merid, cedar)
	m := n.open(merid)
	n.drop(merid, "unknown.fin", mt103(merid, tamar, "NOBODY"))
	n.drop(merid, "foreign.fin", mt103(cedar, merid, "FOREIGN"))
	n.drop(merid, "noise.xml", []byte("this is no message"))
	n.drop(merid, "long.fin", append(mt103(merid, cedar, "LONG"), make([]byte, corridor.MaxPayload)...))
	m.wait(gateway.Answered, 1)
	m.wait(gateway.RefusedHere, 3)
	sent, refused := filepath.Join(m.dir, "outgoing", "sent"), filepath.Join(m.dir, "outgoing", "refused")
	has(t, filepath.Join(sent, "unknown.nak"), "{451:1}{405:H50}{108:NOBODY}")
	if s := n.proves(filepath.Join(sent, "unknown.receipt"), nil); s.Outcome != evidence.OutcomeRefused || s.Fault.Code != "H50" {
		t.Errorf("the receipt proves %+v", s)
	}
	has(t, filepath.Join(refused, "foreign.nak"), "{451:1}{405:H10}{108:FOREIGN}")
	has(t, filepath.Join(refused, "noise.nak"), `"status": "refused-here"`, `"code"`)
	has(t, filepath.Join(refused, "long.nak"), `M50`)
	if got := names(t, filepath.Join(m.dir, "outgoing")); len(got) != 0 {
		t.Errorf("left in outgoing: %v", got)
	}
}

func TestSameFileTwiceIsTwoMessages(t *testing.T) {
	n := newTestNet(t, merid, cedar)
	m := n.open(merid)
	n.drop(merid, "pay.fin", mt103(merid, cedar, "TWICE"))
	m.wait(gateway.Submitted, 1)
	n.drop(merid, "pay.fin", mt103(merid, cedar, "TWICE"))
	m.wait(gateway.Answered, 2)
	if got := names(t, filepath.Join(m.dir, "outgoing", "sent")); !slices.Contains(got, "pay.ack") || !slices.Contains(got, "pay.000000002.ack") {
		t.Errorf("sent holds %v", got)
	}
}

func TestReceiverOffLineGetsItLater(t *testing.T) {
	n := newTestNet(t, merid, cedar)
	m := n.open(merid)
	for i := range 5 {
		n.drop(merid, "p"+string(rune('0'+i))+".fin", mt103(merid, cedar, "OFF"+string(rune('0'+i))))
	}
	m.wait(gateway.Acknowledged, 5)
	c := n.open(cedar)
	c.wait(gateway.Routed, 5)
	c.stop()
	if got := names(t, filepath.Join(c.dir, "incoming")); len(got) != 10 {
		t.Errorf("incoming holds %v", got)
	}
}

func TestHubAwayAndBack(t *testing.T) {
	n := newTestNet(t, merid, cedar)
	m, c := n.open(merid), n.open(cedar)
	n.drop(merid, "a.fin", mt103(merid, cedar, "BEFORE"))
	c.wait(gateway.Routed, 1)
	n.stop()
	n.drop(merid, "b.fin", mt103(merid, cedar, "WHILE"))
	m.wait(gateway.Submitted, 2)
	n.start()
	m.wait(gateway.Answered, 2)
	c.wait(gateway.Routed, 2)
	if got := c.of(gateway.Routed); len(got) != 2 || got[1].Reference != "WHILE" {
		t.Errorf("routed %+v", got)
	}
}

func TestDeliveryNotification(t *testing.T) {
	n := newTestNet(t, merid, cedar)
	m, c := n.open(merid), n.open(cedar)
	asks := strings.Replace(string(mt103(merid, cedar, "TELLME")), "CEDRFRP0XXXXN", "CEDRFRP0XXXXU3", 1)
	n.drop(merid, "asks.fin", []byte(asks))
	c.wait(gateway.Routed, 1)
	told := m.wait(gateway.Routed, 1)
	if told[0].Type != "fin.011" {
		t.Errorf("the sender was told %+v", told[0])
	}
	has(t, told[0].File, "{2:O011", "{108:TELLME}")
	proof := m.wait(gateway.Confirmed, 1)[0].File
	if s := n.proves(proof, []byte(asks)); filepath.Base(proof) != "asks.delivered" || s.Outcome != evidence.OutcomeDelivered || s.Acknowledgement.Receiver != cedar || !s.MessageChecked {
		t.Errorf("%s proves %+v", proof, s)
	}
}

// TestRestoredStoreStops: a store that was put back from an old copy must not number again.
func TestRestoredStoreStops(t *testing.T) {
	n := newTestNet(t, merid, cedar)
	m := n.open(merid)
	n.drop(merid, "a.fin", mt103(merid, cedar, "A"))
	m.wait(gateway.Answered, 1)
	m.stop()
	noError(t, os.RemoveAll(m.dir))
	m = n.open(merid)
	stopped := m.wait(gateway.Stopped, 1)[0]
	m.stop()
	var f *corridor.Fault
	if !errors.As(m.runErr, &f) || f.Code != corridor.FaultStoreBehind || !strings.Contains(stopped.Error.Error(), "Restoring a store") {
		t.Errorf("stopped with %v", m.runErr)
	}
}

func TestSecondGatewayOnOneStoreIsRefused(t *testing.T) {
	n := newTestNet(t, merid)
	n.open(merid)
	_, err := gateway.Open(n.config(merid), gateway.Deps{Member: n.members[merid]})
	if err == nil || !strings.Contains(err.Error(), "another gateway is running") {
		t.Errorf("got %v", err)
	}
}
