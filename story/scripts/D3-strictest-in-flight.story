# Of two orders that stop a waiting message the strictest says what becomes of it.
clock 2026-03-11T12:00:00Z
network
cast

logout ZQVARUMM
order ORD-1 restrict
  bics       ZQVARUMM
  scope      types=fin.103
  effective  2026-03-14T00:00:00Z
carry ORD-1
order ORD-2 restrict
  bics       ZQVARUMM
  scope      types=fin
  inflight   undelivered_to=deliver
  effective  2026-03-14T00:00:00Z
carry ORD-2
send ZQDEDEFF ZQVARUMM fin.103 EUR 1 as m1
at T+1s
login ZQVARUMM
verify
expect m1 returned
