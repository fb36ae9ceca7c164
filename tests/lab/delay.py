"""Holds packets up: what the kernel sends into the interface `soon` comes out of `late` that much later.

Argument: seconds. For kernels without netem.
"""

import fcntl
import os
import select
import struct
import subprocess
import sys
import time
from collections import deque

TUNSETIFF = 0x400454CA
IFF_TUN, IFF_NO_PI = 1, 0x1000
LARGEST = 65536
MOST = 10_000


def tun(name):
    device = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
    fcntl.ioctl(device, TUNSETIFF, struct.pack("16sH", name.encode(), IFF_TUN | IFF_NO_PI))
    subprocess.run(["ip", "link", "set", name, "up"], check=True)
    return device


seconds = float(sys.argv[1])
soon, late = tun("soon"), tun("late")
held = deque()
while True:
    wait = max(0.0, held[0][0] - time.monotonic()) if held else None
    if select.select([soon], [], [], wait)[0] and len(held) < MOST:
        held.append((time.monotonic() + seconds, os.read(soon, LARGEST)))
    while held and held[0][0] <= time.monotonic():
        os.write(late, held.popleft()[1])
