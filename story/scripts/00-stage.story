# The stage itself: a network without any order. Queues, answers, a hub that is killed, members that are not there.
clock 2026-03-11T12:00:00Z
network
cast
T 2026-03-12T00:00:00Z
logout ZQVARUMM
send ZQDEDEFF ZQVARUMM fin.103 EUR 1000 as m1
expect m1 queued decisions=0
expect queue ZQVARUMM 1
at T-1s
login ZQVARUMM
expect m1 delivered taken=1
send ZQDEDEFF ZQVARUMM fin.202.COV USD 20.50 agent=ZQTRTRIS as m2
send ZQVARUMM ZQFRFRPP fin.202 USD 7 as m3
send ZQVARUMM ZQFRFRPP fin.940 as m4
send ZQVARUMM ZQFRFRPP pacs.008.001.08 EUR 12.5 agent=ZQUSUS33 as m5
send ZQVARUMM ZQFRFRPP fin.103 EUR 12.5 licence=/LIC/L-77 as m6
send ZQVARUMM ZQFRFRPP fin.199 as m7
send ZQVARUMM ZQFRFRPP fin.192 related=X as m8
send ZQVARUMM NOSUDEFF fin.199 as m9
expect m9 refused H50
expect m2 delivered
expect inbox ZQFRFRPP m3 m4 m5 m6 m7 m8
# the hub is killed: once before a page is written, once after it
crash before-page
send ZQDEDEFF ZQFRFRPP fin.199 as m10
expect m10 delivered given=1
crash after-page
send ZQDEDEFF ZQFRFRPP fin.199 as m11
expect m11 delivered taken=1
deaf ZQFRFRPP
send ZQDEDEFF ZQFRFRPP fin.199 as m12
expect m12 out
expect queue ZQFRFRPP 1
logout ZQFRFRPP
hears ZQFRFRPP
login ZQFRFRPP
expect m12 delivered
restart skew=-200ms
send ZQDEDEFF ZQFRFRPP fin.199 as m13
expect m13 delivered
