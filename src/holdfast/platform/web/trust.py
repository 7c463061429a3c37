"""The law of trust: whom a client of ours believes, and that believing nobody costs nothing.

A client of httpx reads all certificate authorities when it is made, which takes longer than the
rest of its making, even where everything it asks is asked in the clear, within a machine.
"""

import ssl


def trust(*addresses: str) -> ssl.SSLContext | bool:
    """For a client's `verify`: the usual authorities where one of its addresses is encrypted; else
    nobody, so that no encrypted answer is taken unforeseen."""
    if any(address.lower().startswith("https:") for address in addresses):
        return True
    return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
