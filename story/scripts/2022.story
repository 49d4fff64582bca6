# A25. The 2022 replay: the real calendar, invented banks. Times are UTC; Brussels is one hour ahead in winter, two in summer.
clock 2022-02-20T09:00:00Z
network
cast
load 2022.list
say "An ordinary week: everybody pays everybody; one bank is known for energy payments."
traffic 200 ZQVARUMM ZQGARUMM ZQSBRUMM ZQBDBY2X ZQRDBY2X ZQDEDEFF ZQFRFRPP ZQUSUS33 ZQVSRUMM ZQVKKZKA ZQVEDEFF until 2022-02-26T09:00:00Z

say "Sat 26 Feb 2022: a joint statement of governments, and no legal text. Drafting is allowed, signing is not."
order ORD-2022-001 disconnect
  no-instrument
  wave       2022-03-12
  closure    > 50 indirect established_in=RU as_of=2022-02-26
  effective  2022-03-12T00:00:00Z
confirm ORD-2022-001 by lena
try sign ORD-2022-001 by clara
expect refusal G07
withdraw ORD-2022-001 by dora
expect order ORD-2022-001 withdrawn signatures=0

say "Wed 2 Mar: Regulation 2022/345 is printed. Seven banks, more than 50 % and established in RU; the two energy banks are not in it."
at 2022-03-02T08:00:00Z
order ORD-2022-003 disconnect
  instrument "Council" 2022/345 published=2022-03-02 article=5h text="Regulation 2022/345: the seven banks of the annex, as of 12 March 2022."
  wave       2022-03-12
  closure    > 50 indirect established_in=RU as_of=2022-03-01
  written    "as of 12 March 2022" zone=Europe/Brussels
  wind-down  no-new-authorisations
expect draft ORD-2022-003 effective.utc 2022-03-11T23:00:00Z
expect names ORD-2022-003 names=7 no_member=0 resolved=8
expect left ORD-2022-003 ZQVHRUMM
expect left ORD-2022-003 ZQVKKZKA
expect left ORD-2022-003 ZQVEDEFF
dry-run ORD-2022-003 as first until=2022-03-01
dry-run ORD-2022-003 as second until=2022-03-01
expect same first second
expect untouched first ZQGARUMM ZQSBRUMM
adopt ORD-2022-003 second
carry ORD-2022-003
expect order ORD-2022-003 published signatures=4
at now+1m
expect notice ORD-2022-003 published to ZQDEDEFF ZQVARUMM ZQGARUMM
at now+1h
request ZQDEDEFF ZQVARUMM as wish
expect wish refused N34
send ZQDEDEFF ZQVARUMM fin.103 EUR 1000 as usual
expect usual delivered

say "2 to 11 Mar: wind-down. Traffic is normal, queues are emptied."
logout ZWAARUMM
send ZQDEDEFF ZWAARUMM fin.103 EUR 10 as late1
send ZQDEDEFF ZWAARUMM fin.103 EUR 11 as late2
send ZQFRFRPP ZWAARUMM fin.103 EUR 12 as late3
at 2022-03-04T23:00:00Z
expect letter operator "digest of 2022-03-04" "ORD-2022-003, disconnect, published" "3 open items"
traffic 100 ZQVARUMM ZQGARUMM ZQSBRUMM ZQDEDEFF ZQFRFRPP ZQVSRUMM ZQVKKZKA until 2022-03-08T09:00:00Z
login ZWAARUMM
expect late1 delivered
expect late3 delivered
at 2022-03-08T23:00:00Z
expect letter operator "digest of 2022-03-08" "0 open items"

say "Wed 9 Mar: a second order, three banks of BY, effect Sunday 20 Mar. It stands beside the first."
at 2022-03-09T08:00:00Z
order ORD-2022-004 disconnect
  instrument "Council" 2022/398 published=2022-03-09 text="Regulation 2022/398: the three banks of the annex, as of 20 March 2022."
  wave       2022-03-20
  closure    > 50 indirect established_in=BY as_of=2022-03-09
  written    "as of 20 March 2022" zone=Europe/Brussels
expect looks-like ORD-2022-004 ZQBDBY2X
expect resolved ORD-2022-004 ZQRDBY2X ZWAGBY2X ZWAHBY2X
expect draft ORD-2022-004 bounds 3
expect draft ORD-2022-003 bounds 8
carry ORD-2022-004
at now+1m
expect notice ORD-2022-004 published to ZQDEDEFF

say "Fri 11 Mar, evening: what is on its way before a Saturday."
at 2022-03-11T20:00:00Z
logout ZQVARUMM
send ZQDEDEFF ZQVARUMM fin.103 EUR 100 as sat1
send ZQFRFRPP ZQVARUMM fin.202 EUR 200 as sat2
at 2022-03-11T22:59:59Z
send ZQDEDEFF ZQVSRUMM fin.103 EUR 1 as last
expect last delivered decisions=0
say "Sat 12 Mar 00:00 Brussels: fence 1."
at 2022-03-11T23:00:00Z
expect fence ORD-2022-003 in-force at 2022-03-11T23:00:00Z
expect closing ZQVARUMM returned=2
expect closing ZWAFRUMM returned=0
expect sat1 returned orders=ORD-2022-003
expect told ZQDEDEFF of sat1 type=fin.019 text={432:03}
expect told ZQFRFRPP of sat2 type=fin.019 text={432:03}
expect undelivered ZQDEDEFF sat1
send ZQDEDEFF ZQVARUMM fin.103 EUR 1 as to-listed
send ZQDEDEFF ZQVSRUMM fin.103 EUR 1 as to-subsidiary
send ZQDEDEFF ZQVKKZKA fin.103 EUR 1 as to-almaty
send ZQDEDEFF ZQVEDEFF fin.103 EUR 1 as to-frankfurt
send ZQDEDEFF ZQGARUMM fin.103 EUR 1 as to-energy
send ZQDEDEFF ZQSBRUMM fin.103 EUR 1 as to-spared
expect to-listed refused H50 orders=ORD-2022-003
expect to-subsidiary refused H50 orders=ORD-2022-003
expect to-almaty delivered decisions=0
expect to-frankfurt delivered decisions=0
expect to-energy delivered decisions=0
expect to-spared delivered decisions=0
expect login ZQVARUMM refused L09
expect session ZWAFRUMM closed SA106
expect directory ZQVSRUMM suspended-by-order
expect directory ZQVEDEFF active
traffic 60 ZQGARUMM ZQSBRUMM ZQDEDEFF ZQFRFRPP ZQVKKZKA ZQVEDEFF ZQBDBY2X ZQRDBY2X until 2022-03-19T22:00:00Z
expect letter ZQDEDEFF "under order ORD-2022-003" sat1

say "Sun 20 Mar 00:00 Brussels: fence 2. The bank with the similar name stays."
at 2022-03-19T23:00:01Z
expect fence ORD-2022-004 in-force at 2022-03-19T23:00:00Z
send ZQDEDEFF ZQRDBY2X fin.103 EUR 1 as to-dbr
send ZQDEDEFF ZWAGBY2X fin.103 EUR 1 as to-by
send ZQDEDEFF ZQBDBY2X fin.103 EUR 1 as to-bdr
expect to-dbr refused H50 orders=ORD-2022-004
expect to-by refused H50 orders=ORD-2022-004
expect to-bdr delivered decisions=0
verify

say "Fri 3 Jun: a third order. The bank that was spared is named now; the look-alike of March is meant now, on a twin of its own."
at 2022-06-03T07:00:00Z
order ORD-2022-005 disconnect
  instrument "Council" 2022/879 published=2022-06-03 text="Regulation 2022/879: three more banks, as of 14 June 2022."
  wave       2022-06-14
  closure    > 50 indirect established_in=RU as_of=2022-06-03
  written    "as of 14 June 2022" zone=Europe/Brussels
expect draft ORD-2022-005 effective.utc 2022-06-13T22:00:00Z
expect names ORD-2022-005 names=3 resolved=3
expect newly ORD-2022-005 ZQSBRUMM
carry ORD-2022-005
order ORD-2022-006 disconnect
  instrument "Council" 2022/876 published=2022-06-03 text="Regulation 2022/876: one more bank, as of 14 June 2022."
  wave       2022-06-14-BY
  look-alike ZQRDBY2X out "cut in March by an order of its own" like="Bank for Development and Reconstruction"
  written    "as of 14 June 2022" zone=Europe/Brussels
expect resolved ORD-2022-006 ZQBDBY2X
carry ORD-2022-006
say "Mon 13 Jun, evening of a business day: several times as much is on its way."
at 2022-06-13T20:00:00Z
logout ZQSBRUMM ZQBDBY2X
send ZQDEDEFF ZQSBRUMM fin.103 EUR 1 times=8 as tue
send ZQFRFRPP ZQBDBY2X fin.202 EUR 2 times=5 as twin
deaf ZWAIRUMM
send ZQUSUS33 ZWAIRUMM fin.103 EUR 3 as doubt
say "Tue 14 Jun 00:00 Brussels: fence 3, with the same guarantees."
at 2022-06-13T22:00:00Z
expect fence ORD-2022-005 in-force at 2022-06-13T22:00:00Z
expect fence ORD-2022-006 in-force at 2022-06-13T22:00:00Z
expect tue1 returned orders=ORD-2022-005
expect tue8 returned orders=ORD-2022-005
expect twin5 returned orders=ORD-2022-006
expect doubt in-doubt orders=ORD-2022-005
expect more-in-flight ORD-2022-005 than ORD-2022-003 times=3
send ZQDEDEFF ZQSBRUMM fin.103 EUR 1 as to-spared2
send ZQDEDEFF ZQBDBY2X fin.103 EUR 1 as to-bdr2
send ZQDEDEFF ZQGARUMM fin.103 EUR 1 as to-energy2
expect to-spared2 refused H50 orders=ORD-2022-005
expect to-bdr2 refused H50 orders=ORD-2022-006
expect to-energy2 delivered decisions=0
verify

say "25 Jun 2024: a rule of the network, member also connected to a rival network. A report, no cut."
at 2024-06-24T08:00:00Z
order ORD-2024-001 disconnect
  rulebook   7.4
  bics       ZQGARUMM
  shadow
  effective  2024-06-25T08:30:00Z
carry ORD-2024-001
at T+1s
send ZQDEDEFF ZQGARUMM fin.103 EUR 1 as flagged
expect flagged delivered rule=shadow orders=ORD-2024-001
expect session ZQGARUMM open

say "24 Feb 2025: a wave of thirteen, from a loaded list."
at 2025-02-24T08:00:00Z
order ORD-2025-001 disconnect
  instrument "Council" 2025/395 published=2025-02-24 text="Regulation 2025/395: thirteen banks, as of 17 March 2025."
  wave       2025-03-17
  written    "as of 17 March 2025" zone=Europe/Brussels
expect names ORD-2025-001 names=13 no_member=2 resolved=11
carry ORD-2025-001
say "Mon 17 Mar 2025 00:00 Brussels: fence."
at T+1s
expect fence ORD-2025-001 in-force at 2025-03-16T23:00:00Z
send ZQDEDEFF ZWAKRUMM fin.103 EUR 1 as w13
send ZQDEDEFF ZQGARUMM fin.103 EUR 1 as w13-other
expect w13 refused H50 orders=ORD-2025-001
expect w13-other delivered

say "18 Jul 2025: a wave of twenty-two."
at 2025-07-18T08:00:00Z
order ORD-2025-002 disconnect
  instrument "Council" 2025/1494 published=2025-07-18 text="The 18th package: twenty-two banks, as of 9 August 2025."
  wave       2025-08-09
  written    "as of 9 August 2025" zone=Europe/Brussels
expect names ORD-2025-002 names=22 no_member=5 resolved=17
carry ORD-2025-002
say "Sat 9 Aug 2025 00:00 Brussels: fence."
at T+1s
expect fence ORD-2025-002 in-force at 2025-08-08T22:00:00Z

say "23 Oct 2025: a wave of five."
at 2025-10-23T08:00:00Z
order ORD-2025-003 disconnect
  instrument "Council" 2025/2033 published=2025-10-23 text="The 19th package: five banks, as of 12 November 2025."
  wave       2025-11-12
  written    "as of 12 November 2025" zone=Europe/Brussels
expect names ORD-2025-003 names=5 no_member=1 resolved=4
carry ORD-2025-003
say "Wed 12 Nov 2025 00:00 Brussels: fence."
at T+1s
expect fence ORD-2025-003 in-force at 2025-11-11T23:00:00Z

say "23 Apr 2026: a wave of twenty."
at 2026-04-23T08:00:00Z
order ORD-2026-001 disconnect
  instrument "Council" 2026/931 published=2026-04-23 text="The 20th package: twenty banks, as of 14 May 2026."
  wave       2026-05-14
  written    "as of 14 May 2026" zone=Europe/Brussels
expect names ORD-2026-001 names=20 no_member=4 resolved=16
carry ORD-2026-001
say "Thu 14 May 2026 00:00 Brussels: fence."
at T+1s
expect fence ORD-2026-001 in-force at 2026-05-13T22:00:00Z

say "24 Jul 2026: a wave of thirty-three."
at 2026-07-24T08:00:00Z
order ORD-2026-002 disconnect
  instrument "Council" 2026/1848 published=2026-07-24 text="Regulation 2026/1848: thirty-three banks, as of 13 August 2026."
  wave       2026-08-13
  written    "as of 13 August 2026" zone=Europe/Brussels
expect names ORD-2026-002 names=33 no_member=6 resolved=27
carry ORD-2026-002
say "Thu 13 Aug 2026 00:00 Brussels: fence."
at T+1s
expect fence ORD-2026-002 in-force at 2026-08-12T22:00:00Z
traffic 40 ZQGARUMM ZQDEDEFF ZQFRFRPP ZQUSUS33 ZQVKKZKA ZQVEDEFF ZQTRTRIS until 2026-08-20T08:00:00Z
expect in-order ZQGARUMM ZQDEDEFF ZQFRFRPP ZQUSUS33 ZQVKKZKA ZQVEDEFF

say "The auditor runs the verifier over the whole period."
verify
verify redacted
