# The wind-down of a published order stops nothing that was accepted before it.
clock 2026-03-11T12:00:00Z
network
cast

logout ZQVARUMM
send ZQDEDEFF ZQVARUMM fin.103 EUR 1 as m1
order ORD-1 restrict
  bics       ZQVARUMM
  scope      types=pacs
  effective  2026-03-14T00:00:00Z
carry ORD-1
at T+1s
order ORD-2 disconnect
  bics       ZQVARUMM
  wind-down  replies-only
  effective  2026-03-27T00:00:00Z
carry ORD-2
login ZQVARUMM
verify
expect m1 delivered
