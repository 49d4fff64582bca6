# A21. Three banks are cut; two are lifted, one of them comes back: new keys, the next session generation, authorisations to be
# confirmed again, at first receiving only. The third stays cut.
clock 2026-03-11T12:00:00Z
network authorisations=required
cast
authorise ZQVARUMM ZQDEDEFF
authorise ZQDEDEFF ZQVARUMM
order ORD-1 disconnect
  bics       ZQVARUMM ZQVSRUMM ZQVHRUMM
  effective  2026-03-14T00:00:00Z
carry ORD-1
at T+1s
expect rma ZQDEDEFF ZQVARUMM suspended-by-order
order LIFT-1 lift
  refers     ORD-1
  bics       ZQVARUMM ZQVSRUMM
  effective  now+2d
carry LIFT-1
at T+1s
expect fence LIFT-1 lifted
order BACK-1 readmit
  bics       ZQVARUMM
  stage      receive
  stage      low most=EUR:1000 after=48
  stage      full
  effective  now+3d
carry BACK-1
at T+1s
expect fence BACK-1 readmitted bic=ZQVARUMM
# the old keys stay without use
expect login ZQVARUMM refused L04
newkey ZQVARUMM
login ZQVARUMM
expect session ZQVARUMM open
# its authorisations are proposed: each counterparty confirms, none by silence
expect rma ZQVARUMM ZQDEDEFF proposed
expect rma ZQDEDEFF ZQVARUMM proposed
send ZQDEDEFF ZQVARUMM fin.103 EUR 1 as unconfirmed
expect unconfirmed refused H51
accept ZQVARUMM ZQDEDEFF
send ZQDEDEFF ZQVARUMM fin.103 EUR 1 as in
send ZQVARUMM ZQDEDEFF fin.103 EUR 1 as out
expect in delivered
expect out refused rule=ramp orders=BACK-1
step BACK-1 ZQVARUMM by otto
authorise ZQDEDEFF ZQVARUMM
send ZQVARUMM ZQDEDEFF fin.103 EUR 1000 as small
send ZQVARUMM ZQDEDEFF fin.103 EUR 1001 as large
expect small delivered
expect large refused rule=ramp
after 49h
expect fence BACK-1 stepped bic=ZQVARUMM
send ZQVARUMM ZQDEDEFF fin.103 EUR 1001 as full
expect full delivered
# the second is lifted and not readmitted, the third is still under the order
send ZQDEDEFF ZQVSRUMM fin.103 EUR 1 as second
send ZQDEDEFF ZQVHRUMM fin.103 EUR 1 as third
expect second refused H50 rule=not-readmitted
expect third refused H50 rule=subject orders=ORD-1
# cut once more, its closing statement shows that its numbers went on in the next generation
order ORD-2 disconnect
  bics       ZQVARUMM
  effective  now+3d
carry ORD-2
at T+1s
expect closing ZQVARUMM order=ORD-2 generation=1
verify
