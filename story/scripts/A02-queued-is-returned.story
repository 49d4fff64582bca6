# A2. Three messages wait for a bank that is not logged on. At the fence each is returned to its sender.
clock 2026-03-11T12:00:00Z
network
cast
logout ZQVARUMM
order ORD-1 disconnect
  bics       ZQVARUMM
  effective  2026-03-14T00:00:00Z
carry ORD-1
send ZQDEDEFF ZQVARUMM fin.103 EUR 1000 as m1
send ZQDEDEFF ZQVARUMM fin.202 EUR 2000 as m2
send ZQDEDEFF ZQVARUMM pacs.008.001.08 EUR 3000 as m3
send ZQDEDEFF ZQFRFRPP fin.199 as other
expect queue ZQVARUMM 3

at T
expect m1 returned stage=fence orders=ORD-1
expect m2 returned stage=fence orders=ORD-1
expect m3 returned stage=fence orders=ORD-1
# FIN's own word for it: abort, field 432, code 03: destination disabled
expect told ZQDEDEFF of m1 type=fin.019 text={432:03}
expect told ZQDEDEFF of m2 type=fin.019 text={432:03}
expect told ZQDEDEFF of m3
expect undelivered ZQDEDEFF m1 m2 m3
expect queue ZQVARUMM 0
expect other delivered
# the report to the sender, for people and for programs
after 2d
expect letter ZQDEDEFF "under order ORD-1" m1 m2 m3
verify
verify redacted
