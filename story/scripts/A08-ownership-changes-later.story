# A8. The share rises to 51 % after the order was signed: nothing changes on the wire, an amendment is proposed.
clock 2026-03-11T12:00:00Z
network
cast
order ORD-1 disconnect
  entities   LE-VOSTROVA
  closure    > 50 indirect established_in=RU as_of=2026-03-01
  effective  2026-03-14T00:00:00Z
carry ORD-1
owns LE-VOSTROVA LE-HALF 51 from=2026-03-12
at T+1s
expect amendment ORD-1 in=ZQVHRUMM as_of=2026-03-14
send ZQDEDEFF ZQVHRUMM fin.103 EUR 1 as m1
expect m1 delivered decisions=0
expect resolved ORD-1 ZQVARUMM ZQVSRUMM
# what officers may do about it
order ORD-2 amend
  refers     ORD-1
  entities   LE-VOSTROVA
  closure    > 50 indirect established_in=RU as_of=2026-03-14
  effective  now+3d
expect resolved ORD-2 ZQVARUMM ZQVHRUMM ZQVSRUMM
carry ORD-2
at T+1s
expect fence ORD-2 in-force at T
expect order ORD-1 superseded
send ZQDEDEFF ZQVHRUMM fin.103 EUR 1 as m2
expect m2 refused H50 orders=ORD-2
verify
