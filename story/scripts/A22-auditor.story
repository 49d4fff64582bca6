# A22. An auditor with the redacted export, the orders and the checkpoints. One blocked record is removed: the verifier says so.
clock 2026-03-11T12:00:00Z
network
cast
order ORD-1 disconnect
  bics       ZQVARUMM
  effective  2026-03-14T00:00:00Z
carry ORD-1
at T+1s
send ZQDEDEFF ZQVARUMM fin.103 EUR 1 as blocked
expect blocked refused H50 orders=ORD-1
send ZQDEDEFF ZQFRFRPP fin.103 EUR 1 as other
checkpoint
send ZQFRFRPP ZQDEDEFF fin.103 EUR 1 as later
verify redacted
verify redacted remove=blocked
verify remove=blocked
