# A3. As A2, and the order says that what waits is held. Thirty days later the bank comes back: each message is looked at
# again and delivered once, with the mark of a delay.
clock 2026-03-11T12:00:00Z
network
cast
logout ZQVARUMM
order ORD-1 disconnect
  bics       ZQVARUMM
  effective  2026-03-14T00:00:00Z
  inflight   undelivered_to=hold
carry ORD-1
send ZQDEDEFF ZQVARUMM fin.103 EUR 1000 as m1
send ZQDEDEFF ZQVARUMM fin.202 EUR 2000 as m2
send ZQFRFRPP ZQVARUMM fin.103 EUR 3000 as m3
at T+1s
expect m1 held stage=fence orders=ORD-1
expect m2 held
expect m3 held
expect undelivered ZQDEDEFF
after 30d
expect m1 held
order LIFT-1 lift
  refers     ORD-1
  effective  now+2d
carry LIFT-1
order BACK-1 readmit
  bics       ZQVARUMM
  effective  now+3d
  stage      full
at T-1d
expect fence LIFT-1 lifted
expect m1 held
carry BACK-1
at T
expect fence BACK-1 readmitted bic=ZQVARUMM
newkey ZQVARUMM
login ZQVARUMM
expect m1 delivered taken=1 stage=release
expect m2 delivered taken=1 stage=release
expect m3 delivered taken=1 stage=release
expect delayed ZQVARUMM m1 m2 m3
verify
