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
register
restore register=unreadable
send ZQFRFRPP ZQVARUMM fin.103 EUR 1 as m2
expect m2 unsent
restore
expect order ORD-1 in-force
expect fence ORD-1 in-force at T
# members who were there see that history is missing, and do not go on blindly
expect login ZQDEDEFF refused R02
# a new one cannot reach the bank either
member ZQNEDEFF "Newcomer Bank"
send ZQNEDEFF ZQVARUMM fin.103 EUR 1 as m3
expect m3 refused H50 orders=ORD-1
send ZQNEDEFF ZQBUBEBB fin.103 EUR 1 as m4
expect m2 unsent
verify
