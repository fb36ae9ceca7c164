"""Leaves of one of ONVIF's services only the operations that are named, so that little has to be compiled.

Arguments: the WSDL, where to write what is left, the operations.
"""

import sys

from lxml import etree

WSDL = "{http://schemas.xmlsoap.org/wsdl/}"
XSD = "{http://www.w3.org/2001/XMLSchema}"

source, target, *kept = sys.argv[1:]
names = {name + suffix for name in kept for suffix in ("", "Request", "Response")}
tree = etree.parse(source)
for kind in (f"{WSDL}operation", f"{WSDL}message", f"{XSD}schema/{XSD}element"):
    for part in tree.iterfind(f".//{kind}"):
        if part.get("name") not in names:
            part.getparent().remove(part)
tree.write(target)
