# A19. A dry run on thirty days, twice; then the order decides in shadow for a day.
clock 2026-02-10T12:00:00Z
network
cast
member ZQVXBY2X "Vostrovo Bank"
traffic 50 ZQVARUMM ZQDEDEFF ZQFRFRPP ZQUSUS33 until 2026-02-25T00:00:00Z
send ZQTRTRIS ZQUSUS33 fin.202.COV USD 500 agent=ZQVARUMM as nested
traffic 50 ZQVARUMM ZQDEDEFF ZQFRFRPP ZQUSUS33 until 2026-03-10T12:00:00Z
logout ZQVARUMM
send ZQDEDEFF ZQVARUMM fin.103 EUR 9 as waiting
order ORD-1 disconnect
  name       "Vostrova Bank" entity=LE-VOSTROVA evidence="licence number in the annex"
  shadow
  effective  2026-03-14T00:00:00Z
dry-run ORD-1 as one
dry-run ORD-1 as two
expect same one two
adopt ORD-1 two
expect report one queued=1 nested=ZQTRTRIS similar=ZQVXBY2X left=ZQGARUMM
expect draft ORD-1 subject.resolved ZQVARUMM
carry ORD-1
at T+1s
login ZQVARUMM
traffic 60 ZQVARUMM ZQDEDEFF ZQFRFRPP ZQUSUS33 ZQGARUMM ZQSBRUMM ZQTRTRIS until T+1d
expect order ORD-1 in-force
expect bounds ORD-1
send ZQDEDEFF ZQVARUMM fin.103 EUR 1 as shadowed
expect shadowed delivered rule=shadow orders=ORD-1
verify
