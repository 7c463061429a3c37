"""A whole booking system in one process and no time: one seed is one world, always the same.

What is real: the use cases, the price rule and plan, the snapshots, the memory twins of the stores.
What is made up: time (`clock`), the network between a process and the store (`door`), and people:
airlines that deliver (`airline`), who looks and buys (`buyer`, `purse`), processes that die
(`front`). `world` lets them meet; all dice come from the seed.

Everything that an observer outside could write down goes into the `log`, and the promises of
docs/reference/price-lock.md and seats.md (`prices`, `leases`, `offers`, `orders`, `stock`) look at
each entry when it is written. They know nothing of the code that they judge. `faults` breaks that
code, one rule after the other, so that each promise is seen to be able to fail.

`python -m tests.simulation --seeds 100000 --from 1` runs more worlds than CI does; a seed that
fails is kept by name in `test_seeds`.
"""
