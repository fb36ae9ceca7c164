"""One computer that answers a probe as six hundred cameras, each with an address of its own (10.99.100.0 on).

The argument is an address of this link, to join the group with. Says "ready", then answers until killed.
"""

import socket
import struct
import sys

GROUP = "239.255.255.250"
MATCH = b"<E><ProbeMatch><Types>dn:NetworkVideoTransmitter</Types></ProbeMatch></E>"

heard = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
heard.bind((GROUP, 3702))
membership = struct.pack("4s4s", socket.inet_aton(GROUP), socket.inet_aton(sys.argv[1]))
heard.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, membership)
voice = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW)
print("ready", flush=True)
while True:
    _, (asker, port) = heard.recvfrom(65535)
    for number in range(600):
        source = struct.pack("!BBH", 10, 99, 100 * 256 + 1 + number)
        datagram = struct.pack("!HHHH", 3702, port, 8 + len(MATCH), 0) + MATCH
        header = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(datagram), number, 0, 64, 17, 0)
        voice.sendto(header + source + socket.inet_aton(asker) + datagram, (asker, 0))
