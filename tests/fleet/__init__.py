"""A fleet in one process and no time: balancers and nodes on a network that lies, one seed each.

What is real: `Detector` and `Pool`, and `wire` for what attackers make. What is made up: time and
the queue of events (`events`), nodes that beat, hang, die, drain and come back (`node`), balancers
that stop, restart and believe wrong clocks (`balancer`), attackers who record and forge
(`attacker`), and what the network does in between (`world`, where all dice come from the seed).

`promises` judges what a balancer does by what was true and by what was delivered to it, never by
what the code under test thinks. `faults` breaks that code, one rule after the other, so that each
promise is seen to be able to fail. `python -m tests.fleet --seeds 100000 --from 1` runs more worlds
than CI does; a seed that fails is kept by name in `test_seeds`.
"""
