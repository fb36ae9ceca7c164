"""PyPI's axis, the library of Home Assistant's integration, at a camera: says what it read, one a line.

Arguments: address, port, user name, password.
"""

import asyncio
import sys

import httpx
from axis.device import AxisDevice
from axis.models.configuration import Configuration


async def main(host, port, username, password):
    async with httpx.AsyncClient(trust_env=False) as session:
        configuration = Configuration(
            session, host, port=int(port), username=username, password=password
        )
        vapix = AxisDevice(configuration).vapix
        if not await vapix.user_groups.update():
            print("unauthorized")
            return
        await vapix.initialize()
        print(vapix.product_number)
        print(vapix.product_type)
        print(vapix.serial_number)
        print(vapix.firmware_version)
        print(vapix.access_rights.value)


asyncio.run(main(*sys.argv[1:]))
