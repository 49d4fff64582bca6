# A23. An order has an end and nobody acts. The prohibition ends; the bank stays off until it is readmitted; the owner of the review was
# reminded before.
clock 2026-03-11T12:00:00Z
network
cast
order ORD-1 disconnect
  bics       ZQVARUMM
  effective  2026-03-14T00:00:00Z
  expires    2026-06-14T00:00:00Z
  review     2026-06-01 owner=lena
carry ORD-1
at 2026-06-13T23:59:59Z
expect letter operator "ORD-1 is to be reviewed on 2026-06-01 by lena"
expect letter operator "ORD-1 ends by itself 2026-06-14"
expect order ORD-1 in-force
at 2026-06-14T00:00:01Z
expect fence ORD-1 expired at 2026-06-14T00:00:00Z
expect order ORD-1 expired
send ZQDEDEFF ZQVARUMM fin.103 EUR 1 as m1
expect m1 refused H50 rule=not-readmitted
expect login ZQVARUMM refused L09
order BACK-1 readmit
  bics       ZQVARUMM
  stage      full
  effective  now+2d
carry BACK-1
at T+1s
newkey ZQVARUMM
login ZQVARUMM
send ZQDEDEFF ZQVARUMM fin.103 EUR 1 as m2
expect m2 delivered
verify
