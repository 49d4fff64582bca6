# A17. A service bureau carries the bank and four others. Its sessions for the bank end; the others lose no message and no order.
clock 2026-03-11T12:00:00Z
network
cast
member ZQBABEBB "Bureau Client One" gateway=ZQBUBEBB
member ZQBBBEBB "Bureau Client Two" gateway=ZQBUBEBB
member ZQBCBEBB "Bureau Client Three" gateway=ZQBUBEBB
member ZQBEBEBB "Bureau Client Four" gateway=ZQBUBEBB
member ZQBFRUMM "Bureau Client Five" gateway=ZQBUBEBB
order ORD-1 disconnect
  bics       ZQBFRUMM
  effective  2026-03-14T00:00:00Z
carry ORD-1
at T-1s
traffic 400 ZQBABEBB ZQBBBEBB ZQBCBEBB ZQBEBEBB ZQBFRUMM ZQDEDEFF until T+1s
expect fence ORD-1 in-force at T
expect session ZQBFRUMM closed SA106
expect session ZQBABEBB open
expect session ZQBBBEBB open
expect session ZQBCBEBB open
expect session ZQBEBEBB open
expect in-order ZQBABEBB ZQBBBEBB ZQBCBEBB ZQBEBEBB ZQDEDEFF
verify
