package session_test

import (
	"context"
	"fmt"
	"log"
	"time"

	"corridor.example/corridor"
	"corridor.example/corridor/entry"
	"corridor.example/corridor/pki"
	"corridor.example/corridor/session"
)

// backOffice is what a member does with what happens in a session. A real one writes to its store before it goes on.
type backOffice struct {
	client chan *session.Client // filled once Dial has returned
}

func (backOffice) OnAnswers(answers []session.Answer) {
	for _, a := range answers {
		if a.Accepted() {
			fmt.Println(a.Number, "is accepted at", a.Position())
		} else {
			fmt.Println(a.Number, "is refused:", a.Fault)
		}
	}
}

func (o backOffice) OnDeliveries(deliveries []session.Delivery) {
	var acks []entry.Acknowledgement
	for _, d := range deliveries {
		fmt.Printf("%d from %s: %s\n", d.Number, d.Submission.Sender, d.Payload) // store it here, durably, unless d.Repeated
		acks = append(acks, d.Acknowledgement(time.Now()))
	}
	client := <-o.client
	o.client <- client
	client.Acknowledge(context.Background(), acks)
}

func (backOffice) OnFrameRefused(f *corridor.Fault, first, expected corridor.ISN) {
	fmt.Println("the frame from", first, "is refused:", f, "- next is", expected)
}
func (backOffice) OnCheckpoint([]byte) {} // store it for the next login
func (backOffice) OnFarewell(f *corridor.Fault) {
	if f != nil {
		fmt.Println("the session ended:", f)
	}
}

// A member logs in with the bundle that the network's authority issued, sends one message and logs out.
func ExampleDial() {
	ctx := context.Background()
	passphrase, err := pki.PassphraseFile("passphrase")
	if err != nil {
		log.Fatal(err)
	}
	member, err := pki.LoadMember("bundle", passphrase, time.Now())
	if err != nil {
		log.Fatal(err)
	}
	const me corridor.LT = "MERIDEFFAXXX"
	signer := member.Signing[me]
	office := backOffice{make(chan *session.Client, 1)}
	client, err := session.Dial(ctx, session.Config{
		Address: "hub.example:7700", Root: member.Root, Transport: member.Transport, Signer: signer, LT: me,
		Delivery: true, Software: "example 1", Events: office,
		LastSent: 0, LastAnswered: 0, LastStored: 0, // what the member's store knows
	})
	if err != nil {
		log.Fatal(err)
	}
	office.client <- client

	message := []byte("{1:F01MERIDEFFAXXX0001000001}{2:I199CEDRFRPPXXXXN}{4:\r\n:20:REF\r\n:79:HELLO\r\n-}")
	statement := entry.Submission{
		Network: member.Root.Network(), Sender: me, Receiver: "CEDRFRPPXXXX", Number: client.Welcome().LastAccepted + 1, Type: "fin.199",
		Priority: corridor.Normal, Payload: corridor.DigestOf(message), PayloadSize: uint64(len(message)), SignedAt: uint64(time.Now().UnixMilli()),
	}
	frame := session.SignFrame(signer, entry.DomainSubmission, []entry.Item{{Statement: statement.Append(nil), Payload: message}})
	if err := client.Submit(ctx, [][]byte{frame}); err != nil { // keep the frame until its answer is stored
		log.Fatal(err)
	}
	if err := client.Logout(ctx); err != nil { // waits for the answer
		log.Fatal(err)
	}
}
