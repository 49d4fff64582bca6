# What officers released is stopped at the door by an order that came after.
clock 2026-03-11T12:00:00Z
network
cast

order ORD-1 disconnect
  bics       ZQVARUMM
  reach      content
  effective  2026-03-14T00:00:00Z
carry ORD-1
at T+1s
logout ZQUSUS33
send ZQTRTRIS ZQUSUS33 fin.202.COV USD 500 agent=ZQVARUMM as nested
release nested by clara lena
order ORD-2 restrict
  bics       ZQUSUS33
  scope      types=fin.202
  effective  2026-03-17T00:00:00Z
carry ORD-2
at T+1s
login ZQUSUS33
verify
expect nested returned
