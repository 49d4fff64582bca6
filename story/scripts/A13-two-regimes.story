# A13. Two orders cover a bank. One is lifted; readmission is refused and names the other.
clock 2026-03-11T12:00:00Z
network
cast
order ORD-1 disconnect
  bics       ZQMIRUMM
  instrument "Council" 2026/100 published=2026-03-02
  effective  2026-03-14T00:00:00Z
carry ORD-1
order ORD-2 disconnect
  bics       ZQMIRUMM
  instrument "Council" 2026/200 published=2026-03-03
  effective  2026-03-15T00:00:00Z
carry ORD-2
at T+1s
send ZQDEDEFF ZQMIRUMM fin.103 EUR 1 as both
expect both refused H50 orders=ORD-1,ORD-2
order LIFT-1 lift
  refers     ORD-1
  effective  now+2d
carry LIFT-1
at T+1s
expect fence LIFT-1 lifted at T
expect order ORD-1 lifted
order BACK-1 readmit
  bics       ZQMIRUMM
  stage      full
  effective  now+3d
confirm BACK-1
sign BACK-1
try publish BACK-1
expect refusal G10 text=ORD-2
at T+1s
send ZQDEDEFF ZQMIRUMM fin.103 EUR 1 as still
expect still refused H50 orders=ORD-2
expect login ZQMIRUMM refused L09
verify
