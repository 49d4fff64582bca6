# What an order forbids that came while the message was held is not delivered though officers release it.
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
order ORD-2 restrict
  bics       ZQUSUS33
  scope      types=fin.202
  effective  2026-03-17T00:00:00Z
carry ORD-2
at T+1s
release nested by clara lena
verify
expect nested returned
