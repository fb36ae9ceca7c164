"""A camera for WS-Discovery: the publisher of PyPI's WSDiscovery, which others wrote.

The argument is its address. Says its lasting name, then serves until killed.
"""

import signal
import sys

from wsdiscovery import QName, Scope
from wsdiscovery.publishing import ThreadedWSPublishing

ONVIF = "onvif://www.onvif.org/"
SCOPES = ("name/AXIS%20P3265-V", "hardware/P3265-V", "location/Filiale%20M%C3%BCnchen")

publishing = ThreadedWSPublishing()
publishing.start()
publishing.publishService(
    types=[QName("http://www.onvif.org/ver10/network/wsdl", "NetworkVideoTransmitter")],
    scopes=[Scope(ONVIF + scope) for scope in SCOPES],
    xAddrs=[f"http://{sys.argv[1]}/onvif/device_service"],
)
(name,) = publishing._localServices
print(name.removeprefix("urn:uuid:"), flush=True)
signal.pause()
