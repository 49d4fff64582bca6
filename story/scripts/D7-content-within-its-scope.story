# An order that reaches into content is about the messages of its scope, also where the subject is only named inside.
clock 2026-03-11T12:00:00Z
network
cast
order ORD-1 restrict
  bics       ZQVARUMM
  scope      types=fin.103 currencies=EUR
  reach      content
  effective  2026-03-14T00:00:00Z
carry ORD-1
at T+1s
send ZQTRTRIS ZQUSUS33 fin.103 EUR 500 agent=ZQVARUMM as in-scope
send ZQTRTRIS ZQUSUS33 fin.103 USD 500 agent=ZQVARUMM as other-currency
send ZQTRTRIS ZQUSUS33 fin.202.COV EUR 500 agent=ZQVARUMM as other-type
expect in-scope held rule=content orders=ORD-1
expect other-currency delivered
expect other-type delivered
verify
verify redacted
