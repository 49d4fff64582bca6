# A11. The order spares category 9 and a licence: EUR 40,000 in 30 days, quoted as /LIC/L-77. The first payment uses 30,000; the
# second of 15,000 is held.
clock 2026-03-11T12:00:00Z
network
cast
order ORD-1 disconnect
  bics       ZQVARUMM
  scope      spared=fin.9xx
  licence    L-77 authority="Licensing Office" currency=EUR amount=40000 days=30 quote=/LIC/L-77 types=fin.103
  effective  2026-03-14T00:00:00Z
carry ORD-1
at T+1s
send ZQDEDEFF ZQVARUMM fin.940 as statement
send ZQDEDEFF ZQVARUMM fin.103 EUR 30000 licence=/LIC/L-77 as first
send ZQDEDEFF ZQVARUMM fin.103 EUR 15000 licence=/LIC/L-77 as second
send ZQDEDEFF ZQVARUMM fin.103 EUR 15000 as unlicensed
send ZQDEDEFF ZQVARUMM fin.103 USD 10 licence=/LIC/L-77 as wrong-currency
expect statement delivered
expect first delivered outcome=licensed licence=ORD-1:L-77 amount="EUR 30000"
expect second held rule=budget licence=ORD-1:L-77
expect unlicensed refused H50 rule=subject
expect wrong-currency held rule=licence
# splitting does not help, and the window moves on
send ZQDEDEFF ZQVARUMM fin.103 EUR 10000 licence=/LIC/L-77 as rest
expect rest delivered amount="EUR 10000"
send ZQDEDEFF ZQVARUMM fin.103 EUR 1 licence=/LIC/L-77 as one-more
expect one-more held rule=budget
at T+31d
send ZQDEDEFF ZQVARUMM fin.103 EUR 40000 licence=/LIC/L-77 as next-month
expect next-month delivered amount="EUR 40000"
verify
