# A16. An order that reaches into content: a third bank sends for the one that is cut. It is held for review, not rejected.
clock 2026-03-11T12:00:00Z
network
cast
order ORD-1 disconnect
  bics       ZQVARUMM
  reach      content
  effective  2026-03-14T00:00:00Z
carry ORD-1
at T+1s
send ZQTRTRIS ZQUSUS33 fin.202.COV USD 500 agent=ZQVARUMM as nested
send ZQTRTRIS ZQUSUS33 fin.202.COV USD 500 agent=ZQFRFRPP as plain
expect nested held accepted rule=content orders=ORD-1
expect plain delivered
# two officers look at it and let it go
release nested by clara lena
expect nested delivered stage=release
after 2d
dry-run ORD-1 as report
expect report report nested=ZQTRTRIS
verify
