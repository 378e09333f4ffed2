"""A headless Chromium or Firefox that plays any number of peers: each one is an RTCPeerConnection in page.js.

The page is served from 127.0.0.1, gets its commands as server-sent events and posts its events back.
"""
import http.server
import json
import os
import pathlib
import queue
import shutil
import signal
import subprocess
import tempfile
import threading

from peer import DEADLINE, Peer

HERE = pathlib.Path(__file__).parent
START_DEADLINE = 60.0
CHROMIUM = ("--headless=new", "--disable-gpu", "--disable-quic", "--no-first-run", "--no-default-browser-check",
         "--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-extensions",
         "--disable-default-apps", "--disable-dev-shm-usage", "--disable-background-timer-throttling",
         "--disable-renderer-backgrounding", "--disable-backgrounding-occluded-windows", "--mute-audio",
         "--password-store=basic")
FIREFOX = {  # nothing that calls home, asks, or keeps a page from its work
    "app.normandy.enabled": False, "app.update.auto": False, "browser.aboutwelcome.enabled": False,
    "browser.safebrowsing.malware.enabled": False, "browser.safebrowsing.phishing.enabled": False,
    "browser.sessionstore.resume_from_crash": False, "browser.shell.checkDefaultBrowser": False,
    "datareporting.policy.dataSubmissionEnabled": False, "extensions.update.enabled": False,
    "media.gmp-provider.enabled": False, "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False, "privacy.reduceTimerPrecision": False,
    "services.settings.server": "data:,", "termsofuse.bypassNotification": True,
    "toolkit.startup.max_resumed_crashes": -1, "toolkit.telemetry.server": ""}
# Ends the browser and removes its profile ($1) when standard input ends, so even if this program is killed.
GUARD = 'profile=$1; shift; "$@" </dev/null & cat >/dev/null; trap "" TERM; kill 0; wait; rm -rf -- "$profile"'
SHOWN = ("protocol", "address", "port")  # of a candidate; the address is missing if the page must not know it
FILES = {"/": ("page.html", "text/html"), "/page.js": ("page.js", "text/javascript")}


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    browser = None  # set in a subclass per browser

    def do_GET(self):
        if self.path == "/commands":
            self.stream_commands()
        elif self.path in FILES:
            name, kind = FILES[self.path]
            self.reply((HERE / name).read_bytes(), kind)
        elif self.path.startswith("/payload/") and self.path[9:] in self.browser.payloads:
            self.reply(self.browser.payloads[self.path[9:]], "application/octet-stream")
        else:
            self.send_error(404)

    def do_POST(self):
        events = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        for event in events:
            self.browser.dispatch(event)
        self.reply(b"", "text/plain")

    def reply(self, body, kind):
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        self.wfile.write(body)

    def stream_commands(self):
        self.close_connection = True
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        self.browser.loaded.set()
        while (command := self.browser.commands.get()) is not None:
            self.wfile.write(b"data: " + json.dumps(command).encode() + b"\n\n")

    def log_message(self, *_):
        pass


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request, client_address):
        pass  # the browser went away in the middle of a request


class Browser:
    def __init__(self, mdns=True, program=None, flags=(), kind="chromium"):
        package = {"chromium": "chromium", "firefox": "firefox-esr"}[kind]
        self.program = program or os.environ.get(kind.upper(), package)
        if not shutil.which(self.program):
            raise FileNotFoundError(f"no program {self.program!r}: install {package}, or name it in {kind.upper()}")
        self.commands, self.loaded = queue.Queue(), threading.Event()
        self.payloads, self.peers, self.complaints = {}, {}, []
        self._server = Server(("127.0.0.1", 0), type("BrowserHandler", (Handler,), {"browser": self}))
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        self._profile = tempfile.mkdtemp(prefix="sluice-interop-")
        self._start([*(self._chromium(mdns) if kind == "chromium" else self._firefox(mdns)), *flags])

    def _chromium(self, mdns):
        root = ["--no-sandbox"] if os.geteuid() == 0 else []
        features = [] if mdns else ["--disable-features=WebRtcHideLocalIpsWithMdns"]
        return [*CHROMIUM, *root, *features, f"--user-data-dir={self._profile}/data"]

    def _firefox(self, mdns):
        preferences = {**FIREFOX, "media.peerconnection.ice.obfuscate_host_addresses": mdns}
        lines = (f"user_pref({json.dumps(name)}, {json.dumps(value)});\n" for name, value in preferences.items())
        profile = pathlib.Path(self._profile, "data")
        profile.mkdir()
        (profile / "user.js").write_text("".join(lines))
        return ["--headless", "--no-remote", "--profile", str(profile)]

    def _start(self, flags):
        url = f"http://127.0.0.1:{self._server.server_port}/"
        stderr = pathlib.Path(self._profile, "stderr")
        with stderr.open("wb") as output:
            self._process = subprocess.Popen(
                ["sh", "-c", GUARD, "guard", self._profile,
                 self.program, *flags, url], env={**os.environ, "HOME": self._profile},
                stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=output, start_new_session=True)
        if not self.loaded.wait(START_DEADLINE):
            said = stderr.read_text(errors="replace")[-4000:]
            self.close()
            raise AssertionError(f"{self.program} did not load the page within {START_DEADLINE:g} s\n{said}")

    def peer(self, name="browser", **options):
        """A new RTCPeerConnection; options: role, trickle, label, media, bundlePolicy, iceServers,
        iceTransportPolicy, greeting (sent as soon as a channel of its own is open)."""
        return BrowserPeer(self, f"{name} {len(self.peers)}", {"trickle": True, **options})

    def dispatch(self, event):
        peer = self.peers.get(event.pop("session", None))
        if peer:
            peer.receive(event)
        else:
            self.complaints.append(event)

    def close(self):
        self.commands.put(None)
        self._process.stdin.close()
        try:
            self._process.wait(DEADLINE)
        except subprocess.TimeoutExpired:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
        self._server.shutdown()
        self._server.server_close()
        shutil.rmtree(self._profile, ignore_errors=True)


class BrowserPeer(Peer):
    def __init__(self, browser, name, options):
        super().__init__(name)
        self.browser = browser
        browser.peers[name] = self
        self.send({"type": "new", "options": options})

    def send(self, command):
        self.browser.commands.put({"session": self.name, **command})

    def transmit(self, label, data, piece):
        name = str(len(self.browser.payloads))
        self.browser.payloads[name] = data
        self.send({"type": "send-payload", "label": label, "payload": name, "size": piece})

    def selected(self):
        position = self.mark()
        self.send({"type": "stats"})
        stats = self.wait("stats", since=position)
        return {end: {"type": stats[end]["candidateType"], **{key: stats[end].get(key) for key in SHOWN}}
                for end in ("local", "remote")}

    def close(self):
        self.partner = None
        if not self.find("bye"):
            self.send({"type": "close"})
            self.wait("bye", deadline=DEADLINE)

    def story(self):
        return "\n".join([super().story()] + [f"         page: {event}" for event in self.browser.complaints])
