# A24. A member appeals: one returned message was licensed. The appeal is upheld; the order is amended; the network does not send
# the message again.
clock 2026-03-11T12:00:00Z
network
cast
logout ZQVARUMM
order ORD-1 disconnect
  bics       ZQVARUMM
  effective  2026-03-14T00:00:00Z
carry ORD-1
send ZQDEDEFF ZQVARUMM fin.103 EUR 100 licence=/LIC/H-1 as m1
at T+1s
expect m1 returned orders=ORD-1
appeal AP-1 order=ORD-1 message=m1 by rita@ZQDEDEFF "the payment is for medicine under licence H-1"
order ORD-2 amend
  refers     ORD-1
  bics       ZQVARUMM
  licence    H-1 authority="Licensing Office" currency=EUR amount=5000 days=30 quote=/LIC/H-1
  effective  now+2d
try answer AP-1 upheld amend=ORD-2 by lena "lena is no appeal officer"
expect refusal G02
answer AP-1 upheld amend=ORD-2 by paula "the licence covers it; the order is amended"
carry ORD-2
at T+1s
expect fence ORD-2 in-force at T
expect order ORD-1 superseded
expect appeal AP-1 upheld order=ORD-1 amend=ORD-2 message=m1
expect m1 returned given=0
verify
