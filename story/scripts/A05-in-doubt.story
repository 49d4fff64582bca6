# A5. A message was given out and the line drops before the receiver acknowledged it. It is in doubt: both sides hear so, and the
# network does not send it again.
clock 2026-03-11T12:00:00Z
network
cast
order ORD-1 disconnect
  bics       ZQVARUMM
  effective  2026-03-14T00:00:00Z
carry ORD-1
at T-1s
deaf ZQVARUMM
send ZQDEDEFF ZQVARUMM fin.103 EUR 1000 as m1
expect m1 out given=1
logout ZQVARUMM reason=SA108
at T
expect m1 in-doubt stage=fence given=1
expect undelivered ZQDEDEFF m1
# the report comes when the fence is worked off
after 2d
expect letter ZQDEDEFF "1 in-doubt under order ORD-1" m1
expect closing ZQVARUMM lists=m1
hears ZQVARUMM
expect login ZQVARUMM refused L09
after 30d
expect m1 in-doubt given=1
verify
