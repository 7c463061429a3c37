"""PURE: a small invented world of airlines that a fresh installation sells.

Everything follows from a seed and the hour: the same arguments give the same world on any machine,
so a process that starts again goes on where the last one stopped.

Flow: `roster` (invented airlines, real places) -> `network` (flights in banks at a hub, with block
times and UTC offsets) -> `prices` (fares, class limits, seat tiers; a price is a function of the
hour) and `days` (what happens to flights around now). `dice` is the only source of chance.
"""
