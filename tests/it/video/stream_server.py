"""A streaming server on loopback (GStreamer): says its port, then each PLAY and TEARDOWN it hears.

Arguments: user name, password, realm, and the paths of its streams. It streams to who proves the password
by Digest. `/silent` has a source that never delivers, `/frozen` one picture again and again, `/black` none
but black.
"""

import sys

import gi

for library in ("Gst", "GstRtsp", "GstRtspServer"):
    gi.require_version(library, "1.0")
from gi.repository import GLib, Gst, GstRtsp, GstRtspServer

SIZE = "video/x-raw,width=320,height=240,framerate=15/1"
ENCODER = "x264enc tune=zerolatency speed-preset=ultrafast key-int-max=30"
PAY = "rtph264pay name=pay0 pt=96"
SOURCES = {
    "/silent": "appsrc",
    "/frozen": "videotestsrc is-live=true pattern=smpte",
    "/black": "videotestsrc is-live=true pattern=black",
}

Gst.init(None)
username, password, realm, *paths = sys.argv[1:]
server = GstRtspServer.RTSPServer()
server.set_address("127.0.0.1")
server.set_service("0")

auth = GstRtspServer.RTSPAuth()
auth.set_supported_methods(GstRtsp.RTSPAuthMethod.DIGEST)
auth.set_realm(realm)
token = GstRtspServer.RTSPToken()
token.set_string("media.factory.role", "viewer")
auth.add_digest(username, password, token)
server.set_auth(auth)

for path in paths:
    factory = GstRtspServer.RTSPMediaFactory()
    source = SOURCES.get(path, "videotestsrc is-live=true pattern=ball")
    factory.set_launch(f"( {source} ! {SIZE} ! {ENCODER} ! {PAY} )")
    permissions = GstRtspServer.RTSPPermissions()
    for permission in ("media.factory.access", "media.factory.construct"):
        permissions.add_permission_for_role("viewer", permission, True)
    factory.set_permissions(permissions)
    server.get_mount_points().add_factory(path, factory)


def say(word):
    print(word, flush=True)


def heard(_server, client):
    client.connect("play-request", lambda *_: say("PLAY"))
    client.connect("teardown-request", lambda *_: say("TEARDOWN"))


server.connect("client-connected", heard)
server.attach(None)
say(server.get_bound_port())
GLib.MainLoop().run()
