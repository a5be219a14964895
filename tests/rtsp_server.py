"""The process behind `tests.rtsp`: runs under Debian's Python, which has GStreamer's bindings."""

import json
import struct
import sys
import threading
import time
from pathlib import Path
from typing import Any

import gi

gi.require_version("Gst", "1.0")
gi.require_version("GstRtsp", "1.0")
gi.require_version("GstRtspServer", "1.0")
from gi.repository import Gio, GLib, Gst, GstRtsp, GstRtspServer  # noqa: E402

Gst.init(None)

_FORMATS = {
    "h264": (
        "video/x-h264,stream-format=byte-stream,alignment=au",
        "h264parse config-interval=-1 ! rtph264pay config-interval=-1",
    ),
    "h265": (
        "video/x-h265,stream-format=byte-stream,alignment=au",
        "h265parse config-interval=-1 ! rtph265pay config-interval=-1",
    ),
    "mjpeg": ("image/jpeg", "jpegparse ! rtpjpegpay"),
}


class Film:
    """An encoded clip: its pictures and which of them can be decoded alone."""

    def __init__(self, path: str) -> None:
        data = Path(path).read_bytes()
        line, _, rest = data.partition(b"\n")
        header = json.loads(line)
        self.codec, self.fps = header["codec"], header["fps"]
        self.size = header["width"], header["height"]
        self.pictures: list[tuple[bool, bytes]] = []
        position = 0
        while position < len(rest):
            length, is_key = struct.unpack_from(">I?", rest, position)
            position += 5
            self.pictures.append((is_key, rest[position : position + length]))
            position += length


class Mount(GstRtspServer.RTSPMediaFactory):  # type: ignore[misc]
    """One camera: a shared pipeline that is fed while anybody looks."""

    def __init__(self, film: Film, epoch: float) -> None:
        super().__init__()
        self.film, self.epoch, self.state = film, epoch, "play"
        self.last_key = b""
        self.set_shared(True)
        self.set_latency(0)

    def do_create_element(self, _url: Any) -> Any:
        caps, payload = _FORMATS[self.film.codec]
        rate = f"framerate={self.film.fps}/1"
        size = "width={},height={}".format(*self.film.size)
        return Gst.parse_launch(
            f"( appsrc name=source is-live=true format=time block=false"
            f" caps={caps},{rate},{size} ! {payload} name=pay0 pt=96 )"
        )

    def do_configure(self, media: Any) -> None:
        GstRtspServer.RTSPMediaFactory.do_configure(self, media)
        source = media.get_element().get_by_name_recurse_up("source")
        ended = threading.Event()
        media.connect("unprepared", lambda _: ended.set())
        threading.Thread(target=self._feed, args=(source, ended), daemon=True).start()

    def _feed(self, source: Any, ended: threading.Event) -> None:
        begun = time.time()
        film, is_whole = self.film, False
        number = int((begun - self.epoch) * film.fps)
        while not ended.is_set():
            if film is not self.film:
                film, is_whole = self.film, False
                number = int((time.time() - self.epoch) * film.fps)
                caps = Gst.Caps.from_string(
                    "{},framerate={}/1,width={},height={}".format(
                        _FORMATS[film.codec][0], film.fps, *film.size
                    )
                )
                source.set_caps(caps)
            ended.wait(max(0.0, self.epoch + number / film.fps - time.time()))
            is_key, picture = film.pictures[number % len(film.pictures)]
            if is_key and (self.state == "play" or not self.last_key):
                self.last_key = picture
            is_whole = is_key or (is_whole and self.state == "play")
            if self.state == "freeze":
                picture = self.last_key or picture
            if self.state != "mute" and (is_whole or (self.state == "freeze" and self.last_key)):
                buffer = Gst.Buffer.new_wrapped(picture)
                buffer.pts = max(0, int((time.time() - begun) * Gst.SECOND))
                buffer.duration = Gst.SECOND // film.fps
                if source.emit("push-buffer", buffer) != Gst.FlowReturn.OK:
                    return
            number += 1


def _serve(settings: dict[str, Any]) -> None:
    server = GstRtspServer.RTSPServer()
    server.set_address("127.0.0.1")
    server.set_service(str(settings["port"]))
    if settings["user"] or settings["certificate"]:
        server.set_auth(_authentication(settings))
    mounts = {}
    for path, film in settings["mounts"].items():
        mounts[path] = Mount(Film(film), settings["epoch"])
        if settings["user"] or settings["certificate"]:
            _let_in(mounts[path])
        server.get_mount_points().add_factory(path, mounts[path])
    if server.attach(None) == 0:
        raise SystemExit(f"port {settings['port']} is taken")
    threading.Thread(target=_listen, args=(mounts,), daemon=True).start()
    print("ready", flush=True)
    GLib.MainLoop().run()


def _authentication(settings: dict[str, Any]) -> Any:
    auth = GstRtspServer.RTSPAuth()
    if settings["certificate"]:
        auth.set_tls_certificate(Gio.TlsCertificate.new_from_file(settings["certificate"]))
    token = GstRtspServer.RTSPToken()
    token.set_string("media.factory.role", "viewer")
    if settings["user"]:
        user, password = settings["user"]
        auth.set_supported_methods(GstRtsp.RTSPAuthMethod.DIGEST)
        auth.add_digest(user, password, token)
    else:
        auth.set_default_token(token)
    return auth


def _let_in(mount: Mount) -> None:
    permissions = GstRtspServer.RTSPPermissions()
    permissions.add_permission_for_role("viewer", "media.factory.access", True)
    permissions.add_permission_for_role("viewer", "media.factory.construct", True)
    mount.set_permissions(permissions)


def _listen(mounts: dict[str, Mount]) -> None:
    for line in sys.stdin:
        order = json.loads(line)
        mount = mounts[order["mount"]]
        if order["state"] == "switch":
            mount.film = Film(order["clip"])
        else:
            mount.state = order["state"]
        print("done", flush=True)


_serve(json.loads(Path(sys.argv[1]).read_text()))
