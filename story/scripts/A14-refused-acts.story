# A14. An order of one's own, too few signatures, a legal text that does not match: each is refused, logged, and changes nothing.
clock 2026-03-11T12:00:00Z
network
cast
order ORD-1 disconnect
  bics       ZQVARUMM
  effective  2026-03-14T00:00:00Z
try confirm ORD-1 by dora
expect refusal G05
confirm ORD-1 by lena
try sign ORD-1 by dora
expect refusal G05 text="nobody signs what he drafted"
sign ORD-1 by lena clara
try sign ORD-1 by lena
expect refusal G06
try sign ORD-1 by axel
expect refusal G02
try publish ORD-1
expect refusal text="2 of the 3 signatures"
expect order ORD-1 proposed signatures=2
# the same act once more is the same act
order ORD-2 disconnect file=no
  bics       ZQVARUMM
  instrument "Council" 2026/101 text="what was filed is another text"
  effective  2026-03-14T00:00:00Z
confirm ORD-2 by lena
try sign ORD-2 by clara
expect refusal G07
expect order ORD-2 proposed signatures=0
# an officer of a member is no officer of the network
try confirm ORD-2 by mallory@ZQDEDEFF logged=no
expect refusal G02
at T+1s
expect order ORD-1 proposed
send ZQDEDEFF ZQVARUMM fin.103 EUR 1 as m1
expect m1 delivered decisions=0
verify
