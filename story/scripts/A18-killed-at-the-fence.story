# A18. An order over 300 BICs under load; the hub is killed at the instant, and the one that takes over has a clock that is 200 ms late.
clock 2026-03-11T12:00:00Z
network checks=header
cast
members 300 "Fleet Bank" RU
order ORD-1 disconnect
  fleet      300
  effective  2026-03-14T00:00:00Z
carry ORD-1
at T-1s
traffic 300 fleet ZQDEDEFF ZQFRFRPP ZQUSUS33 until T-500ms
crash before-page
send ZQDEDEFF ZQFRFRPP fin.199 as lost-page
restart skew=-200ms
traffic 600 fleet ZQDEDEFF ZQFRFRPP ZQUSUS33 until T
crash after-page
traffic 100 fleet ZQDEDEFF ZQFRFRPP ZQUSUS33 until T+300ms
expect fence ORD-1 in-force at T
expect lost-page delivered taken=1
expect in-order ZQDEDEFF ZQFRFRPP ZQUSUS33
verify
verify redacted
