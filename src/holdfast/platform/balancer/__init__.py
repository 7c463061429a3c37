"""The balancer: the one address clients see, in front of many members that come and go.

A client's bytes flow `sockets -> tcp_relay | udp_relay -> member`; which member is `pool`'s answer,
by a policy (`policy`, `two_choices`, `affinity`; `policies` finds them by their `policy_names`),
over what `holdfast.platform.membership` hears. A member's place in a service is a `seat`, with its
`latency`, its record of failures (`outliers`), its `slow_start` and the operator's `orders`.
`proxy_protocol` tells the member who the client is. `server` puts one process together; nothing in
it waits for anything but `loop`. Limits and waits are `settings`, which every command loads;
`bounds` are the same in the words of the parts.

Before a client is let in: `admission` counts what is open and `rates` what begins; an `arrival`
introduces itself where `entrances` ask for it, by a PROXY header (`upstream_header`) or by TLS
(`client_hello`, `server_names`, `certificates`). `tls_connection` has the ends of a connection
whose client speaks TLS.

Plain connections take the `fast_path`: `_fast_path.c` relays them while all goes smoothly, and
hands back what is not.

Where a listener says that its sessions can move, `tcp_handover` and `udp_handover` keep a `journal`
and hand it to another member when the first one is lost; `handover_wire` is what both sides say.

Seen from outside: `admin` is the port for operators (`admin_routes` its paths, `admin_access` how
it is found). Behind it the `operator` tells a `fleet_view`, makes `figures` for scrapers, and has
settings read again (`reload`); `fleet_command`, `fleet_client` and `fleet_table` are the command.
`trace` names each connection, `access_log` tells how each one ended, `news` what membership found
out.

Members that want no PROXY header get a socket for each UDP flow (`udp_lines`).

`signals` brings signals into the loop; `restart` has another process go on in a balancer's place.

Past all of it leads the kernel path: `kernel_path` keeps the kernel's own table in step with the
pool. `kernel_choice` says which listeners may go, `kernel_shares` and `kernel_plan` what the table
shall be, `kernel_rules` says it in nftables' words; `kernel_programs` runs the tools,
`kernel_probes` and `kernel_refusals` find the dead, `kernel_flows` cuts what leads to them,
`kernel_watch` and `kernel_facts` look at the machine. Members on this machine are reached by a
packet program instead: `packets`.
"""
