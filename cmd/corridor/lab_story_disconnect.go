package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"corridor.example/corridor"
	"corridor.example/corridor/standing"
)

// disconnect is the story of a bank that is cut off, of a country's banks that are, and of the bank's return.
func (s *story) disconnect() error {
	return s.steps(s.network, s.draft, s.signatures, s.fenceOne, s.proof, s.country, s.comeBack, s.end)
}

// network founds the policy, brings directory and authorisations, and lets the banks send.
func (s *story) network() error {
	s.title("A network with officers")
	s.say("Nobody can cut a member off from a console. It takes an order, signed by officers whom the network's policy names. The authority has signed the founding policy; an officer brings it to the hub.")
	return s.steps(s.keep,
		func() error {
			return s.by("anna", 0, brief, "policy", "found", s.lab.path("policy.signed"), "--root", s.lab.path("network.pem"))
		},
		func() error {
			_, err := s.command(0, whole, "policy", "show", "--admin", s.lab.adminAt)
			return err
		},
		func() error {
			s.say("The directory's officer brings the members and who owns whom; the members' authorisations (RMA) say who may send to whom.")
			return s.importDirectory()
		},
		s.authorise,
		func() error {
			until := time.Now().UTC().AddDate(1, 0, 0).Format(time.RFC3339)
			return s.by("dario", 0, brief, "rma", "import", s.lab.path("bilateral.csv"), "--confirm-by", until)
		},
		s.connect, s.bilateral, s.business,
	)
}

// connect starts all gateways.
func (s *story) connect() error {
	for _, b := range s.lab.banks {
		if err := s.lab.startBank(s.ctx, b); err != nil {
			return err
		}
	}
	return s.until("all banks are on line", func() (bool, error) {
		for _, b := range s.lab.banks {
			if !s.traffic.isOnline(b.lt) {
				return false, nil
			}
		}
		return true, nil
	})
}

// business lets the banks send for a while.
func (s *story) business() error {
	banks := s.lab.banks
	meridian, cedre, orca, tamarind := banks[0].lt, banks[1].lt, banks[2].lt, banks[3].lt
	s.traffic.flow([][2]corridor.LT{
		{meridian, vostrova}, {cedre, meridian}, {vostrova, cedre}, {orca, edelring}, {meridian, penguin}, {tamarind, severin},
		{penguin, orca}, {edelring, meridian}, {severin, tamarind}, {polar, meridian}, {orca, krill}, {cedre, polar}, {vostrova, severin}, {krill, polar},
	})
	if err := s.traffic.settle(s, 40); err != nil {
		return err
	}
	s.say("%d banks are on line and send payments all the time: %d are answered so far.", len(banks), s.traffic.answered())
	return nil
}

// settle waits until so many more messages have their answer.
func (t *payments) settle(s *story, more int) error {
	goal := t.answered() + more
	return s.until(fmt.Sprintf("%d messages are answered", goal), func() (bool, error) { return t.answered() >= goal, t.failed() })
}

func (t *payments) failed() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.trouble
}

// draft writes the order, finds out whom it covers and what it would do, and sends it.
func (s *story) draft() error {
	s.title("An order is drafted")
	s.say("A law lists two names: Vostrova Bank, and Vostrova Insurance Company. It names no BIC. Anna files the text and drafts the order; the program finds out whom it covers: the bank, whoever it owns by more than half in its own country, and nobody of that other name.")
	began := time.Now()
	return s.steps(
		func() error { return s.file("anna", "law-1.txt", storyLaw1, "1/26") },
		func() error { return s.write("ord-1.json", bankDraft()) },
		func() error { return s.resolve("ord-1.json", 1) },
		func() error {
			s.say("Vostrova Trade Bank only sounds like it. Anna looks it up, and says so in the order. A second person will look at that.")
			return s.resolve("ord-1.json", 0, "--out", "VOTRRUMM=another owner, register of banks")
		},
		func() error {
			s.say("What would the order do? The archive follows the journal into tables; the dry run looks at what these banks sent and received. Its digest goes into the order, with the bounds that it found.")
			return s.setInstant("ord-1.json", noticeTime(time.Since(began)))
		},
		func() error { return s.dryRun("ord-1.json") },
		func() error { return s.by("anna", 0, whole, "order", "draft", s.lab.path("ord-1.json")) },
	)
}

// noticeTime is how long before its effect an order of the story is sent: time for officers who type fast, on a machine on which
// three commands took so long.
func noticeTime(three time.Duration) time.Duration { return 9*time.Second + 5*three }

// file files a law.
func (s *story) file(officer, name, text, number string) error {
	path := s.lab.path(name)
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		return err
	}
	return s.by(officer, 0, brief, "order", "instrument", path, "--issuer", "Council of Examples", "--number", number, "--published", "2026-01-02")
}

// write writes a draft as a person edits it.
func (s *story) write(name string, o *standing.Order) error {
	text, err := pretty(o)
	if err != nil {
		return err
	}
	return os.WriteFile(s.lab.path(name), text, 0o600)
}

// edit changes a draft.
func (s *story) edit(name string, change func(*standing.Order)) error {
	o, err := readDraft(s.lab.path(name))
	if err != nil {
		return err
	}
	change(o)
	return s.write(name, o)
}

// setInstant gives a draft its instant.
func (s *story) setInstant(name string, from time.Duration) error {
	at := time.Now().UTC().Add(from + time.Second).Truncate(time.Second)
	return s.edit(name, func(o *standing.Order) {
		o.Effective = standing.Effective{AsWritten: at.Format("2 January 2006, 15:04:05") + " UTC", Zone: "UTC"}
	})
}

func (s *story) resolve(name string, want int, ticks ...string) error {
	args := append([]string{"order", "resolve", s.lab.path(name), "--admin", s.lab.adminAt}, ticks...)
	_, err := s.command(want, whole, args...)
	return err
}

// signatures are those of three people, none of them the drafter's.
func (s *story) signatures() error {
	s.title("Three people sign it")
	s.say("Nobody signs what he drafted: the hub refuses Anna's own signature. Bruno confirms whom the order covers, and three officers sign; Carla has no connection and signs a file.")
	return s.steps(
		func() error { return s.by("bruno", 0, brief, "order", "confirm", "ORD-1") },
		func() error { return s.by("anna", 1, refusal, "order", "sign", "ORD-1") },
		func() error { return s.by("bruno", 0, brief, "order", "sign", "ORD-1") },
		func() error {
			return s.by("carla", 0, brief, "order", "sign", s.lab.path("ORD-1.order"), "--out", s.lab.path("carla.act"))
		},
		func() error {
			_, err := s.command(0, whole, "order", "submit", s.lab.path("carla.act"), "--admin", s.lab.adminAt)
			return err
		},
		func() error { return s.by("otto", 0, brief, "order", "sign", "ORD-1") },
		func() error { return s.by("otto", 0, brief, "order", "publish", "ORD-1") },
		s.status, s.notice,
	)
}

func (s *story) status() error {
	_, err := s.command(0, whole, "order", "status", "--all", "--admin", s.lab.adminAt)
	return err
}

// notice shows what each member has in its mailbox as soon as an order is published.
func (s *story) notice() error {
	var text string
	err := s.until("the notice is there", func() (bool, error) {
		all, err := filepath.Glob(s.lab.path("MERIDEFFAXXX", "incoming", "*-fin.094.fin"))
		if err != nil || len(all) == 0 {
			return false, err
		}
		b, err := os.ReadFile(all[0])
		text = string(b)
		return true, err
	})
	_, text, _ = strings.Cut(text, "{312:")
	text, _, _ = strings.Cut(text, "}")
	s.say("Every member has been told, in its own mailbox, whom the order covers and whom not. Meridian Bank reads (MT 094):")
	fmt.Fprintln(s.io.Out)
	fmt.Fprintln(s.indented(), strings.ReplaceAll(text, "\r", ""))
	return err
}

// order asks the hub for an order.
func (s *story) order(id string) (*orderView, error) {
	f := adminFlags{Admin: s.lab.adminAt}
	return f.order(s.ctx, id)
}

// inForce waits for an order's fence.
func (s *story) inForce(id string) (fence corridor.Position, v *orderView, err error) {
	err = s.until(id+" is in force", func() (bool, error) {
		v, err = s.order(id)
		return err == nil && v.Fence != "", err
	})
	if err == nil {
		_, err = fmt.Sscanf(v.Fence, "%d/%d", &fence.Page, &fence.Index)
	}
	return fence, v, err
}

// fenceOne is the moment of the first order: three payments wait for a bank that has logged off.
func (s *story) fenceOne() error {
	s.title("The fence")
	s.say("The instant comes while the banks go on sending. Severin Credit logs off: what is sent to it waits in the network, three more payments of Tamarind Bank among them. Vostrova Bank sends until shortly before, then waits for its answers, as the notice advises, and stays logged in.")
	if err := s.leave(severin); err != nil {
		return err
	}
	for range 3 {
		if err := s.traffic.send("TAMAJPJTAXXX", severin); err != nil {
			return err
		}
	}
	if err := s.drain(vostrova, "ORD-1"); err != nil {
		return err
	}
	fence, v, err := s.inForce("ORD-1")
	if err != nil {
		return err
	}
	s.say("The order took effect at entry %v of the journal, %v after its legal instant: before the first entry whose time is at or after it. What stands before the fence was decided without the order, what stands after it with it.", fence, v.FencedAt.Sub(utcOf(v.Order.Effective.UTC)).Round(time.Millisecond))
	err = s.until("Vostrova Bank is told", func() (bool, error) { return s.traffic.why(vostrova) != nil, nil })
	if err != nil {
		return err
	}
	s.say("Vostrova Bank has no session any more: %v.", s.traffic.why(vostrova))
	s.say("What became of the payments, by the receipts that the banks have in their own hands. What was kept came from a bank that was cut off: it stands in that bank's closing statement, and nobody else is told.")
	return s.afterFence(fence, "the cut off", []corridor.LT{vostrova, severin}, nil)
}

// allEnded waits until nothing more is to come of any message; the banks send nothing meanwhile.
func (s *story) allEnded() error {
	err := s.until("every message has its end", s.traffic.settled)
	if x, open := s.traffic.open(); err != nil && open {
		return fmt.Errorf("%w: from %s to %s, answer %q, at %v", err, x.from, x.to, x.answer, x.at)
	}
	return err
}

// leave logs a bank off.
func (s *story) leave(lt corridor.LT) error {
	err := s.lab.leave(lt)
	s.traffic.left(lt)
	return err
}

// drainTime is how long before an instant a careful bank stops sending.
const drainTime = 5 * time.Second

// drain lets a bank send until shortly before an order's instant, and waits for its answers.
func (s *story) drain(lt corridor.LT, id string) error {
	v, err := s.order(id)
	if err != nil {
		return err
	}
	last := utcOf(v.Order.Effective.UTC).Add(-drainTime)
	return s.until(fmt.Sprintf("%s has its answers", lt), func() (bool, error) {
		return time.Now().After(last) && s.traffic.drained(lt) || !s.traffic.isOnline(lt), s.traffic.failed()
	})
}

func utcOf(s string) time.Time {
	t, _ := time.Parse(time.RFC3339, s)
	return t
}

// afterFence lets the banks send on, then holds the members' own receipts against the order.
func (s *story) afterFence(fence corridor.Position, name string, subjects, earlier []corridor.LT) error {
	if err := s.traffic.settle(s, 60); err != nil {
		return err
	}
	s.traffic.pause(true)
	defer s.traffic.pause(false)
	if err := s.allEnded(); err != nil {
		return err
	}
	all := s.traffic.table(subjects, earlier, name, fence)
	s.print(all)
	for _, lt := range subjects {
		if s.traffic.isOnline(lt) {
			return fmt.Errorf("%s has a session after the fence", lt)
		}
	}
	return judge(all)
}

// proof is what an auditor does with an export and the orders.
func (s *story) proof() error {
	s.title("The proof")
	s.say("An auditor needs no hub and trusts nobody: he has an export of the journal without any message's content, the signed orders, and the network's root certificate.")
	return s.verify("auditor-1.journal", "ORD-1.order")
}

func (s *story) verify(name string, orders ...string) error {
	if _, err := s.command(0, brief, "journal", "export", "--journal", s.lab.journalURL(), "--redact", "contents", s.lab.path(name)); err != nil {
		return err
	}
	args := []string{"order", "verify", "--root", s.lab.path("network.pem"), s.lab.path(name)}
	for _, o := range orders {
		args = append(args, s.lab.path(o))
	}
	_, err := s.command(0, whole, args...)
	return err
}

// country is the second order: it needs four signatures, one of them an observer's.
func (s *story) country() error {
	s.title("A country's banks")
	s.say("A second law is about all banks of a country, but for the one that settles for its research stations. Such an order needs four signatures, one of them the independent observer's.")
	began := time.Now()
	return s.steps(
		func() error { return s.file("anna", "law-2.txt", storyLaw2, "2/26") },
		func() error { return s.write("ord-2.json", countryDraft()) },
		func() error { return s.resolve("ord-2.json", 0) },
		func() error { return s.setInstant("ord-2.json", noticeTime(time.Since(began))) },
		func() error { return s.dryRun("ord-2.json") },
		func() error { return s.by("anna", 0, brief, "order", "draft", s.lab.path("ord-2.json")) },
		func() error { return s.by("bruno", 0, brief, "order", "confirm", "ORD-2") },
		func() error { return s.signAll("ORD-2", "bruno", "carla", "otto") },
		func() error {
			s.say("Three signatures are not enough:")
			return s.by("otto", 1, refusal, "order", "publish", "ORD-2")
		},
		func() error { return s.signAll("ORD-2", "vera") },
		func() error { return s.by("otto", 0, brief, "order", "publish", "ORD-2") },
		s.fenceTwo,
	)
}

func (s *story) signAll(id string, officers ...string) error {
	for _, name := range officers {
		if err := s.by(name, 0, brief, "order", "sign", id); err != nil {
			return err
		}
	}
	return nil
}

func (s *story) fenceTwo() error {
	fence, _, err := s.inForce("ORD-2")
	if err != nil {
		return err
	}
	s.say("The second fence stands at entry %v. Polar Settlement House goes on as before.", fence)
	if err := s.afterFence(fence, "Antarctica", []corridor.LT{penguin, krill}, []corridor.LT{vostrova, severin}); err != nil {
		return err
	}
	return s.status()
}

// comeBack lifts the first order for Vostrova Bank and restores its service.
func (s *story) comeBack() error {
	s.title("One bank comes back")
	s.say("Vostrova Bank is taken off the list. That needs two orders: a lift ends the prohibition, a readmission restores service. Severin Credit stays cut off.")
	return s.steps(
		func() error { return s.file("anna", "law-3.txt", storyLaw3, "3/26") },
		func() error { return s.follow("lift", "ORD-3") },
		func() error { return s.follow("readmit", "ORD-4") },
		func() error {
			s.say("The readmission cannot be published while an order covers the bank:")
			return s.by("otto", 1, refusal, "order", "publish", "ORD-4")
		},
		func() error { return s.by("otto", 0, brief, "order", "publish", "ORD-3") },
		func() error { return s.reaches("ORD-3", standing.Done) },
		func() error { return s.by("otto", 0, brief, "order", "publish", "ORD-4") },
		func() error { return s.reaches("ORD-4", standing.Done) },
		s.status, s.newKeys, s.receiveOnly, s.fullService,
	)
}

func (s *story) reaches(id string, phase standing.Phase) error {
	return s.until(fmt.Sprintf("%s is %s", id, phase), func() (bool, error) {
		v, err := s.order(id)
		return err == nil && v.State == phase, err
	})
}

// follow drafts, confirms and signs an order about Vostrova Bank that follows from the first.
func (s *story) follow(kind, id string) error {
	file := s.lab.path(strings.ToLower(id) + ".json")
	args := []string{"order", kind, "ORD-1", file, "--id", id, "--bic", string(vostrova.BIC8()), "--admin", s.lab.adminAt}
	if kind == "readmit" {
		args = append(args, "--ramp", "receive,full")
	}
	return s.steps(
		func() error {
			_, err := s.command(0, brief, args...)
			return err
		},
		func() error {
			return s.edit(filepath.Base(file), func(o *standing.Order) { o.Instruments = []standing.Instrument{instrument(storyLaw3, "3/26")} })
		},
		func() error { return s.setInstant(filepath.Base(file), 0) },
		func() error { return s.by("anna", 0, brief, "order", "draft", file) },
		func() error { return s.by("bruno", 0, brief, "order", "confirm", id) },
		func() error { return s.signAll(id, "bruno", "carla", "otto") },
	)
}

// end is the proof of everything.
func (s *story) end() error {
	s.title("The proof of it all")
	s.traffic.stop()
	if err := s.allEnded(); err != nil {
		return err
	}
	_, err := s.command(0, whole, "order", "report", "ORD-1", "--journal", s.lab.journalURL(), "--admin", s.lab.adminAt)
	if err != nil {
		return err
	}
	if err := s.verify("auditor-2.journal", "ORD-1.order", "ORD-2.order", "ORD-3.order", "ORD-4.order"); err != nil {
		return err
	}
	if _, err := s.command(0, brief, "journal", "check", "--journal", s.lab.journalURL(), "--root", s.lab.path("network.pem")); err != nil {
		return err
	}
	s.say("Two orders were carried out to the letter and one bank came back, in %v. The journal in %s is the evidence.", time.Since(s.began).Round(time.Second), s.lab.short(s.lab.path("hub")))
	return s.traffic.failed()
}

// dryRun asks the archive what a draft would have stopped, and puts the report's digest and its bounds into the draft.
func (s *story) dryRun(name string) error {
	archive := s.lab.path("archive.db")
	if _, err := s.command(0, brief, "archive", "run", "--journal", s.lab.journalURL(), "--archive", archive, "--once"); err != nil {
		return err
	}
	today := time.Now().UTC().Format(time.DateOnly)
	base := strings.TrimSuffix(s.lab.path(name), ".json")
	_, err := s.command(0, upTo("BY COUNTERPARTY"), "order", "dry-run", s.lab.path(name), "--archive", archive, "--days", "1", "--until", today,
		"--report", base+".dryrun.json", "--html", base+".html", "--admin", s.lab.adminAt)
	return err
}
