"""PyPI's onvif-zeep-async, the library of Home Assistant's integration, at a camera: says its services
and what it is, one a line.

Arguments: address, port, user name, password.
"""

import asyncio
import sys

import zeep.exceptions
from onvif import ONVIFCamera

DEVICE = "http://www.onvif.org/ver10/device/wsdl"


async def main(host, port, username, password):
    camera = ONVIFCamera(host, int(port), username, password, adjust_time=True)
    try:
        await camera.update_xaddrs()
        print(camera.xaddrs[DEVICE])
        device = await camera.create_devicemgmt_service()
        told = await device.GetDeviceInformation()
        print(told.Manufacturer, told.Model, told.FirmwareVersion, told.SerialNumber, sep="\n")
    except zeep.exceptions.Fault as fault:
        print(fault.message)
    finally:
        await camera.close()


asyncio.run(main(*sys.argv[1:]))
