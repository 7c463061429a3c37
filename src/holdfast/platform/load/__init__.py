"""Load: `holdfast load` plays a crowd against a fleet and says what it cost.

`schedule` says who is due when, whatever the answers take; `connection` speaks HTTP over one
socket, `crowd` has persons walk their apps' journeys over a bounded number of them. `idle` has
connections held that say nothing: each `holder` is a process, `holding` is what it does. `attempts`
has visitors' own programs come beside. `tally` counts, `fleet_cost` asks the fleet's processes for
their processor time, memory and descriptors, `report` says it all. docs/reference/load.md is the
page.
"""
