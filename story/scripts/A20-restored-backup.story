# A20. Yesterday's backup is restored after an order took effect. The hub delivers nothing until it has read the order log.
clock 2026-03-11T12:00:00Z
network
cast
order ORD-1 disconnect
  bics       ZQVARUMM
  effective  2026-03-14T00:00:00Z
backup
carry ORD-1
at T+1s
send ZQDEDEFF ZQVARUMM fin.103 EUR 1 as m1
expect m1 refused H50 orders=ORD-1
logs keep
restore
expect hub waits text=ORD-1
send ZQDEDEFF ZQVARUMM fin.103 EUR 1 as m2
expect m2 unsent
logs give
expect hub leads
expect m2 refused H50 orders=ORD-1
verify
