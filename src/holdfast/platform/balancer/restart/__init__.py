"""Hot restart: another process goes on in a balancer's place, and no client notices.

    holdfast balancer restart -> keeper (first process) starts a successor -> taking (successor)
      <- descriptors, then the state -> giving (whoever serves), which stays for its own clients

`folder` is the private folder with the two sockets, `frames` what is said on the one between the
processes, `estate` what is left by one and taken over by the other. The first process keeps its
place for as long as the balancer lives, so whoever started it has one process to watch and stop.
"""
