# A10. An order for a country, by the letters of the BIC or the place of establishment. A bank with another country's letters that is
# established there is blocked; an embassy's bank is excluded by name and passes.
clock 2026-03-11T12:00:00Z
network
cast
order ORD-1 disconnect
  country    RU test=either
  exclude    ZQEMRUMM "account bank of embassies"
  effective  2026-03-14T00:00:00Z
carry ORD-1
expect order ORD-1 published signatures=4
at T+1s
send ZQCRUAUK ZQDEDEFF fin.103 EUR 1 as seaside
send ZQDEDEFF ZQCRUAUK fin.103 EUR 1 as to-seaside
send ZQEMRUMM ZQDEDEFF fin.103 EUR 1 as embassy
send ZQDEDEFF ZQVKKZKA fin.103 EUR 1 as almaty
expect to-seaside refused H50 orders=ORD-1
expect seaside unsent
expect session ZQCRUAUK closed SA106
expect embassy delivered
expect almaty delivered decisions=0
verify
