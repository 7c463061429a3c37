"""Clients of members on this machine, led by a program that the kernel runs for each packet.

`near_path` keeps the listeners in step with the fleet; `steering` has the program and its maps,
which outlive the process; `program` says what happens to a packet, in the `code` that the kernel
takes; `calls` are the kernel's.
"""
