# A6. An order names a BIC8: its branches fall with it, its subsidiary does not where no closure is asked.
clock 2026-03-11T12:00:00Z
network
cast
order ORD-1 disconnect
  bics       ZQVARUMM
  effective  2026-03-14T00:00:00Z
expect resolved ORD-1 ZQVARUMM
carry ORD-1
at T+1s
send ZQDEDEFF ZQVARUMMSPB fin.103 EUR 1000 as branch
send ZQDEDEFF ZQVARUMMXXX fin.103 EUR 1000 as head
send ZQDEDEFF ZQVSRUMM fin.103 EUR 1000 as subsidiary
expect branch refused H50 orders=ORD-1
expect head refused H50 orders=ORD-1
expect subsidiary delivered decisions=0
verify
