"""Every IPv4 packet that one host sends on a link, a line each: protocol, destination, port, time to live, bytes.

Arguments: the interface, the host. Says "ready", then listens until killed.
"""

import socket
import struct
import sys

interface, host = sys.argv[1:]
link = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(0x0800))
link.bind((interface, 0x0800))
print("ready", flush=True)
while True:
    packet = link.recv(65535)
    header = (packet[0] & 15) * 4
    length, ttl, protocol = struct.unpack("!2xH4xBB", packet[:10])
    source, destination = (socket.inet_ntoa(packet[at : at + 4]) for at in (12, 16))
    if source == host:
        port = struct.unpack("!H", packet[header + 2 : header + 4])[0] if protocol in (6, 17) else 0
        print(protocol, destination, port, ttl, length, flush=True)
