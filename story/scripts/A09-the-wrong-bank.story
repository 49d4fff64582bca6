# A9. The instrument lists one bank and the drafter picks another with a similar name. The second person sees both and refuses.
clock 2026-03-11T12:00:00Z
network
cast
order ORD-1 disconnect
  name       "Bank for Development and Reconstruction" entity=LE-DBR
  effective  2026-03-14T00:00:00Z
expect resolved ORD-1 ZQRDBY2X
expect looks-like ORD-1 ZQBDBY2X
object ORD-1 by lena "the instrument means LE-BDR; LE-DBR was cut three months ago under another name"
expect order ORD-1 draft
try sign ORD-1 by lena
expect refusal G03
order ORD-1 disconnect
  name       "Bank for Development and Reconstruction" entity=LE-BDR evidence="licence number in the instrument"
  look-alike ZQRDBY2X out "another bank, not in the annex"
  effective  2026-03-14T00:00:00Z
expect resolved ORD-1 ZQBDBY2X
expect draft ORD-1 subject.look_alikes ZQRDBY2X
carry ORD-1
at T+1s
send ZQDEDEFF ZQBDBY2X fin.103 EUR 1 as meant
send ZQDEDEFF ZQRDBY2X fin.103 EUR 1 as other
expect meant refused H50 orders=ORD-1
expect other delivered decisions=0
verify
