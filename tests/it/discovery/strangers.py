"""Whoever else may answer a probe: liars, babblers, the lost. Says "ready", then answers until killed.

The first argument is an address of this link, to join the group with; the others are ROLE=ADDRESS, and
each role answers from its own address.
"""

import re
import socket
import struct
import sys

GROUP = "239.255.255.250"
ONVIF = "onvif://www.onvif.org/"


def match(endpoint, name, xaddrs):
    return (
        '<?xml version="1.0"?><s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope"><s:Body>'
        '<d:ProbeMatches xmlns:d="http://schemas.xmlsoap.org/ws/2005/04/discovery"><d:ProbeMatch>'
        f"<a:EndpointReference><a:Address>urn:uuid:{endpoint}</a:Address></a:EndpointReference>"
        f"<d:Types>dn:NetworkVideoTransmitter</d:Types><d:Scopes>{ONVIF}name/{name}</d:Scopes>"
        f"<d:XAddrs>{xaddrs}</d:XAddrs></d:ProbeMatch></d:ProbeMatches></s:Body></s:Envelope>"
    ).encode()


def answers(role, address, victim):
    """What one role sends to one probe."""
    if role == "liar":
        yield match("11111111", "Liar", "http://127.0.0.1:8080/onvif/x http://169.254.169.254/latest/meta-data")
    elif role == "thief":
        # The lasting name of another camera, found out by asking as anybody can.
        yield match(victim, "Thief", f"http://{address}/onvif/device_service")
    elif role == "lost":
        yield match("22222222", "AXIS%20Q1656", f"http://{address}/onvif/device_service")
    elif role == "foreign":
        yield match("33333333", "Factory%20fresh", f"http://{address}/onvif/device_service")
    elif role == "painter":
        yield match("44444444", "%1b%5b2J%1b%5d0;x%07%0d%0aOK", f"http://{address}:8899/onvif/devices")
    elif role == "garbler":
        whole = match("55555555", "Garbler", f"http://{address}/onvif/device_service")
        yield from (b"", b"\0" * 1400, whole[:-40], b"<" * 60000, b"<!DOCTYPE a [<!ENTITY x 'y'>]>" + whole)
        yield whole.replace(b"<s:Body>", b"<s:Body>" + b"<x>" * 20000)
    elif role == "flooder":
        for number in range(2000):
            yield match(f"66666666-{number}", f"Flood%20{number}", f"http://{address}/onvif/{number}")


def main():
    link, *roles = sys.argv[1:]
    roles = dict(role.split("=") for role in roles)
    victim = roles.pop("victim")
    heard = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    heard.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    heard.bind((GROUP, 3702))
    membership = struct.pack("4s4s", socket.inet_aton(GROUP), socket.inet_aton(link))
    heard.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, membership)
    voices = {}
    for role, address in roles.items():
        voices[role] = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        voices[role].bind((address, 0))
    print("ready", flush=True)
    while True:
        probe, asker = heard.recvfrom(65535)
        assert re.search(rb"discovery/Probe<", probe), probe
        for role, voice in voices.items():
            for answer in answers(role, roles[role], victim):
                voice.sendto(answer, asker)


main()
