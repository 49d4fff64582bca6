# A7. More than 50 % and established in RU: only the subsidiary with 60 % comes in. "50 % or more" brings in the half.
clock 2026-03-11T12:00:00Z
network
cast
order ORD-1 disconnect
  entities   LE-VOSTROVA
  closure    > 50 indirect established_in=RU as_of=2026-03-01
  effective  2026-03-14T00:00:00Z
expect resolved ORD-1 ZQVARUMM ZQVSRUMM
expect path ORD-1 ZQVSRUMM 60
expect left ORD-1 ZQVHRUMM path=50
expect left ORD-1 ZQVKKZKA path=100
expect left ORD-1 ZQVEDEFF path=100
order ORD-2 disconnect
  entities   LE-VOSTROVA
  closure    >= 50 indirect established_in=RU as_of=2026-03-01
  effective  2026-03-14T00:00:00Z
expect resolved ORD-2 ZQVARUMM ZQVHRUMM ZQVSRUMM
expect path ORD-2 ZQVHRUMM 50
expect left ORD-2 ZQVKKZKA path=100
carry ORD-1
at T+1s
send ZQDEDEFF ZQVSRUMM fin.103 EUR 1 as in
send ZQDEDEFF ZQVHRUMM fin.103 EUR 1 as half
send ZQDEDEFF ZQVKKZKA fin.103 EUR 1 as almaty
send ZQDEDEFF ZQVEDEFF fin.103 EUR 1 as frankfurt
expect in refused H50 orders=ORD-1
expect half delivered
expect almaty delivered
expect frankfurt delivered
verify
