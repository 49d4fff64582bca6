# A licence is debited once: an order that comes while the message waits does not ask for the budget again.
clock 2026-03-11T12:00:00Z
network
cast

order ORD-1 restrict
  bics       ZQVARUMM
  licence    L-77 authority="Licensing Office" currency=EUR amount=40000 days=30 quote=/LIC/L-77 types=fin.103
  effective  2026-03-14T00:00:00Z
carry ORD-1
at T+1s
logout ZQVARUMM
send ZQDEDEFF ZQVARUMM fin.103 EUR 30000 licence=/LIC/L-77 as first
order ORD-2 restrict
  bics       ZQVARUMM
  scope      types=pacs
  effective  2026-03-17T00:00:00Z
carry ORD-2
at T+1s
login ZQVARUMM
verify
expect first delivered
