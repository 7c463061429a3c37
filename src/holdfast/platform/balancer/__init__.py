"""The balancer: the one address clients see, in front of many members that come and go.

A client's bytes flow `sockets -> tcp_relay | udp_relay -> member`; which member is `pool`'s answer,
by a `policy`, over what `holdfast.platform.membership` hears. `proxy_protocol` tells the member
who the client is. `server` puts one process together; nothing in it waits for anything but `loop`.

Seen from outside: `admin` is the port for operators (`admin_http` its protocol, `admin_routes` its
paths); `trace` names each connection, `access_log` tells how each one ended.

`signals` brings signals into the loop; `restart` has another process go on in a balancer's place.
"""
