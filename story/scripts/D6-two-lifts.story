# Two lifts of one order at one instant: one is carried out.
clock 2026-03-11T12:00:00Z
network
cast

order ORD-1 restrict
  bics       ZQVARUMM
  scope      types=pacs
  effective  2026-03-14T00:00:00Z
carry ORD-1
at T+1s
order LIFT-1 lift
  refers     ORD-1
  effective  2026-03-18T00:00:00Z
carry LIFT-1
order LIFT-2 lift
  refers     ORD-1
  effective  2026-03-18T00:00:00Z
carry LIFT-2
at T+1s
expect fence LIFT-2 lifted times=0
verify
