# A1. One order for one bank. What is sent a second before the instant passes; a second after it is refused.
clock 2026-03-11T12:00:00Z
network
cast
order ORD-1 disconnect
  bics       ZQVARUMM
  effective  2026-03-14T00:00:00Z written="as of 14 March 2026" zone=UTC derived="start of day"
carry ORD-1
expect order ORD-1 published signatures=3

at T-1s
send ZQDEDEFF ZQVARUMM fin.103 EUR 1000 as before
expect before accepted delivered decisions=0

at T+1s
expect fence ORD-1 in-force at T
expect order ORD-1 in-force
send ZQDEDEFF ZQVARUMM fin.103 EUR 1000 as after
expect after refused H50 stage=accept orders=ORD-1 rule=subject
expect session ZQVARUMM closed SA106
expect login ZQVARUMM refused L09

# others do not notice
send ZQDEDEFF ZQFRFRPP fin.103 EUR 1000 as other
expect other delivered decisions=0
verify
verify redacted
