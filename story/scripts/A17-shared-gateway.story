# A17. A service bureau carries the bank and four others. Its sessions for the bank end; the others lose no message and no order.
clock 2026-03-11T12:00:00Z
network
cast
member ZQB1BEBB "Bureau Client One" gateway=ZQBUBEBB
member ZQB2BEBB "Bureau Client Two" gateway=ZQBUBEBB
member ZQB3BEBB "Bureau Client Three" gateway=ZQBUBEBB
member ZQB4BEBB "Bureau Client Four" gateway=ZQBUBEBB
member ZQB5RUMM "Bureau Client Five" gateway=ZQBUBEBB
order ORD-1 disconnect
  bics       ZQB5RUMM
  effective  2026-03-14T00:00:00Z
carry ORD-1
at T-1s
traffic 400 ZQB1BEBB ZQB2BEBB ZQB3BEBB ZQB4BEBB ZQB5RUMM ZQDEDEFF until T
expect fence ORD-1 in-force at T
expect session ZQB5RUMM closed SA106
expect session ZQB1BEBB open
expect session ZQB2BEBB open
expect session ZQB3BEBB open
expect session ZQB4BEBB open
expect in-order ZQB1BEBB ZQB2BEBB ZQB3BEBB ZQB4BEBB ZQDEDEFF
verify
