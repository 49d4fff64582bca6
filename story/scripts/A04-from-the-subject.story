# A4. Two messages of the bank wait for another. None is delivered; the closing statement lists both; the other is not told.
clock 2026-03-11T12:00:00Z
network
cast
order ORD-1 disconnect
  bics       ZQVARUMM
  effective  2026-03-14T00:00:00Z
carry ORD-1
logout ZQFRFRPP
send ZQVARUMM ZQFRFRPP fin.103 EUR 1000 as m1
send ZQVARUMM ZQFRFRPP fin.202 EUR 2000 as m2
at T+1s
expect m1 stored stage=fence orders=ORD-1
expect m2 stored stage=fence orders=ORD-1
expect closing ZQVARUMM lists=m1,m2
login ZQFRFRPP
expect inbox ZQFRFRPP
expect silent ZQFRFRPP of m1
expect silent ZQFRFRPP of m2
after 2d
expect no-letter ZQFRFRPP m1
verify
