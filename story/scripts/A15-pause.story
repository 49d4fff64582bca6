# A15. An hour before the instant one signer pauses the order. There is no fence; members are told; a new instant needs new signatures.
clock 2026-03-11T12:00:00Z
network
cast
order ORD-1 disconnect
  bics       ZQVARUMM
  effective  2026-03-14T00:00:00Z
carry ORD-1
at T-1h
try pause ORD-1 by axel "an auditor does not sign"
expect refusal G02
pause ORD-1 by clara "the annex was corrected this evening"
expect order ORD-1 paused
at T+1s
expect fence ORD-1 in-force times=0
send ZQDEDEFF ZQVARUMM fin.103 EUR 1 as m1
expect m1 delivered decisions=0
expect notice ORD-1 paused to ZQDEDEFF ZQFRFRPP
try resume ORD-1 by clara
expect refusal G14
order ORD-1 disconnect
  bics       ZQVARUMM
  effective  2026-03-17T00:00:00Z
expect order ORD-1 draft signatures=0
try publish ORD-1
expect refusal G03
carry ORD-1
at T+1s
expect fence ORD-1 in-force at T
send ZQDEDEFF ZQVARUMM fin.103 EUR 1 as m2
expect m2 refused H50 orders=ORD-1
verify
