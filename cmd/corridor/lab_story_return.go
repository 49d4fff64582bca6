package main

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"

	"corridor.example/corridor"
	"corridor.example/corridor/pki"
)

// newKeys: the old keys of a bank that was cut off are dead; it comes back with new ones.
func (s *story) newKeys() error {
	s.say("Its old keys are dead. The authority issues new ones; the numbers of its sessions go on with the next generation, and its counterparties confirm their authorisations anew.")
	if err := s.leave(vostrova); err != nil && !isCutOff(err) {
		return err
	}
	a, err := pki.LoadAuthority(s.lab.path("authority"), pki.Unencrypted())
	if err != nil {
		return err
	}
	m, err := a.IssueMember([]corridor.LT{vostrova}, 365*hoursPerDay, time.Now().Add(-time.Minute), rand.Reader)
	if err != nil {
		return err
	}
	keys := s.lab.path(string(vostrova), "keys")
	if err := os.Rename(keys, keys+"-old"); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := m.Write(keys, pki.Unencrypted()); err != nil {
		return err
	}
	if err := os.WriteFile(s.lab.path("hub", "members", "signing-"+string(vostrova)+"-2.pem"), m.Signing[0].Certificate.PEM(), 0o600); err != nil {
		return err
	}
	return s.bankOnLine(vostrova)
}

// isCutOff reports the end of a gateway whose bank was cut off.
func isCutOff(err error) bool {
	var f *corridor.Fault
	return errors.As(err, &f)
}

// bankOnLine starts a bank's gateway, again where its new keys are not known to the hub yet.
func (s *story) bankOnLine(lt corridor.LT) error {
	for _, b := range s.lab.banks {
		if b.lt != lt {
			continue
		}
		return s.until(fmt.Sprintf("%s is on line", lt), func() (bool, error) {
			if s.traffic.isOnline(lt) {
				return true, nil
			}
			if g := s.lab.gateways[lt]; g != nil && len(g.done) == 0 {
				return false, nil
			}
			if err := s.leave(lt); err != nil && !isCutOff(err) {
				return false, err
			}
			return false, s.lab.startBank(s.ctx, b)
		})
	}
	return fmt.Errorf("%s is no bank of the story", lt)
}

// receiveOnly is the first stage: what is sent to it arrives, what it sends is refused.
func (s *story) receiveOnly() error {
	s.say("First it receives only. Meridian Bank confirms its authorisation to send to it, and then does.")
	before := s.traffic.count()
	if err := s.rma("MERIDEFFAXXX", "accept", string(vostrova.BIC8())); err != nil {
		return err
	}
	if err := s.expect("MERIDEFFAXXX", vostrova, true); err != nil {
		return err
	}
	if err := s.expect(vostrova, "MERIDEFFAXXX", false); err != nil {
		return err
	}
	s.say("%d more payments were tried: those to Vostrova Bank arrive, those from it are refused.", s.traffic.count()-before)
	return nil
}

// fullService is the last stage, by a signed step.
func (s *story) fullService() error {
	s.say("Otto and the policy let it send again, by a signed step. Meridian Bank authorises it anew, and Vostrova Bank accepts.")
	return s.steps(
		func() error { return s.by("otto", 0, brief, "order", "step", "ORD-4", string(vostrova.BIC8())) },
		func() error { return s.rma("MERIDEFFAXXX", "authorise", string(vostrova.BIC8())) },
		func() error { return s.rma(vostrova, "accept", "MERIDEFF") },
		func() error { return s.expect(vostrova, "MERIDEFFAXXX", true) },
		func() error { return s.expect("MERIDEFFAXXX", severin, false) },
		func() error {
			s.say("Vostrova Bank has full service; Severin Credit is still cut off.")
			return s.status()
		},
	)
}

// bilateral makes the authorisations between Meridian Bank and Vostrova Bank their own: each issues, and the other accepts.
func (s *story) bilateral() error {
	s.say("Most authorisations are on the network's list to start with; Meridian Bank and Vostrova Bank have agreed theirs, by acts of their officers that travel as messages.")
	return s.steps(
		func() error { return s.rma(vostrova, "authorise", "MERIDEFF") },
		func() error { return s.rma("MERIDEFFAXXX", "accept", string(vostrova.BIC8())) },
		func() error { return s.rma("MERIDEFFAXXX", "authorise", string(vostrova.BIC8())) },
		func() error { return s.rma(vostrova, "accept", "MERIDEFF") },
	)
}

// rma is an act about an authorisation by a bank's officer, through the bank's gateway.
func (s *story) rma(lt corridor.LT, verb, other string) error {
	_, err := s.command(0, brief, "rma", verb, other, "--key", s.officer("desk-"+deskName(lt.BIC8())), "--plain-keys", "--admin", s.lab.adminAt,
		"--config", s.lab.path(string(lt), "gateway.toml"), "--wait")
	return err
}

// expect sends payments until one has the wanted end: what officers did a moment ago takes its way through the network.
func (s *story) expect(from, to corridor.LT, passes bool) error {
	what := fmt.Sprintf("a payment from %s to %s %s", from.BIC8(), to.BIC8(), map[bool]string{true: "arrives", false: "is refused"}[passes])
	var last *letter
	return s.until(what, func() (bool, error) {
		if last != nil && !s.traffic.ended(last) {
			return false, nil
		}
		if last != nil && s.traffic.passed(last) == passes {
			return true, nil
		}
		var err error
		last, err = s.traffic.post(from, to, "mt103.fin")
		return false, err
	})
}
