"""A camera for multicast DNS: PyPI's zeroconf, which others wrote.

The argument is its address. Says "ready", then serves until killed.
"""

import signal
import socket
import sys

from zeroconf import ServiceInfo, Zeroconf

address = sys.argv[1]
announcing = Zeroconf(interfaces=[address])
for kind in ("_axis-video._tcp.local.", "_rtsp._tcp.local.", "_http._tcp.local."):
    announcing.register_service(
        ServiceInfo(
            kind,
            f"AXIS M3085-V - B8A44F000002.{kind}",
            addresses=[socket.inet_aton(address)],
            port=554 if kind.startswith("_rtsp") else 80,
            properties={"macaddress": "B8A44F000002"},
            server="axis-b8a44f000002.local.",
        )
    )
print("ready", flush=True)
signal.pause()
