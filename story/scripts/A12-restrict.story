# A12. A restriction: from the bank, US dollars only. Only its outgoing dollars are stopped.
clock 2026-03-11T12:00:00Z
network
cast
order ORD-1 restrict
  bics       ZQVARUMM
  scope      direction=from currencies=USD
  effective  2026-03-14T00:00:00Z
carry ORD-1
at T+1s
expect session ZQVARUMM open
send ZQVARUMM ZQFRFRPP fin.202 EUR 100 as euro-out
send ZQVARUMM ZQFRFRPP fin.202 USD 100 as dollar-out
send ZQFRFRPP ZQVARUMM fin.202 USD 100 as dollar-in
expect euro-out delivered
expect dollar-out refused orders=ORD-1
expect dollar-in delivered
verify
