"""PyPI's onvif-zeep-async, the library of Home Assistant's integration, at a camera: says its services,
what it is and where its stream and snapshots are, one a line.

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
        scopes = await device.GetScopes()
        print(*(scope.ScopeItem for scope in scopes))
        print((await device.GetNTP()).NTPManual[0].DNSname)
        interface = (await device.GetNetworkInterfaces())[0]
        print(interface.Info.HwAddress, interface.IPv4.Config.Manual[0].Address)
        media = await camera.create_media_service()
        profile = (await media.GetProfiles())[0]
        setup = {"Stream": "RTP-Unicast", "Transport": {"Protocol": "RTSP"}}
        asked = {"ProfileToken": profile.token, "StreamSetup": setup}
        print(profile.VideoEncoderConfiguration.Encoding, (await media.GetStreamUri(asked)).Uri)
        print((await media.GetSnapshotUri({"ProfileToken": profile.token})).Uri)
    except zeep.exceptions.Fault as fault:
        print(fault.message)
    finally:
        await camera.close()


asyncio.run(main(*sys.argv[1:]))
