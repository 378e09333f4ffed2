"""examples/chat: the page chat.html in a real Chromium talks to sluice-chat in a terminal, whoever starts."""
import argparse
import http.server
import os
import pathlib
import queue
import shutil
import subprocess
import sys
import tempfile
import threading
import unittest

from browser import CHROMIUM

DEADLINE = 60
PAGE = pathlib.Path(__file__).parents[2] / "examples" / "chat" / "chat.html"
# What a person would do with the page: carry descriptions, wait, type a line, read what comes.
PERSON = """<script>
const until = async test => { while (!test()) await new Promise(next => requestAnimationFrame(next)); };
const post = (path, body) => fetch(path, {method: 'POST', body});
(async () => {
  const starts = new URLSearchParams(location.search).has('starts');
  if (starts) {
    element('start').click();
    await until(() => element('local').value);
    await post('/local', element('local').value);
  }
  element('remote').value = await (await fetch('/remote')).text();
  element('apply').click();
  if (!starts) {
    await until(() => element('local').value);
    await post('/local', element('local').value);
  }
  await until(() => !element('text').disabled);
  element('text').value = 'hello from the page';
  element('say').requestSubmit();
  await until(() => element('log').textContent.includes('< '));
  await post('/log', element('log').textContent);
})();
</script>"""


class Handler(http.server.BaseHTTPRequestHandler):
    inbox = None  # path -> queue of bodies, set in a subclass per test
    remote = None

    def do_GET(self):
        body = self.remote.get(timeout=DEADLINE) if self.path == "/remote" else PAGE.read_text() + PERSON
        self.send_response(200)
        self.send_header("Content-Type", "text/plain" if self.path == "/remote" else "text/html; charset=utf-8")
        self.end_headers()
        self.wfile.write(body.encode())

    def do_POST(self):
        self.inbox[self.path].put(self.rfile.read(int(self.headers["Content-Length"])).decode())
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_):
        pass


class ChatTest(unittest.TestCase):
    program = None

    def setUp(self):
        self.handler = type("Own", (Handler,), {"inbox": {"/local": queue.Queue(), "/log": queue.Queue()},
                                                "remote": queue.Queue()})
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), self.handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.profile = tempfile.mkdtemp()
        self.chat = subprocess.Popen([self.program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.lines = []

    def tearDown(self):
        for process in (self.chat, self.page):
            process.kill()
            process.communicate()
        self.server.shutdown()
        self.server.server_close()
        shutil.rmtree(self.profile, ignore_errors=True)

    def open_page(self, query=""):
        root = ["--no-sandbox"] if os.geteuid() == 0 else []
        url = f"http://127.0.0.1:{self.server.server_port}/{query}"
        self.page = subprocess.Popen(["chromium", *CHROMIUM, *root, f"--user-data-dir={self.profile}", url],
                                     stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def type(self, line):
        self.chat.stdin.write(line + "\n")
        self.chat.stdin.flush()

    def read_until(self, wanted):
        timer = threading.Timer(DEADLINE, self.chat.kill)
        timer.start()
        try:
            for line in self.chat.stdout:
                self.lines.append(line)
                if wanted in line:
                    return line
        finally:
            timer.cancel()
        self.fail(f"sluice-chat never said {wanted!r}:\n" + "".join(self.lines))

    def converse(self):
        self.read_until("you can talk now")
        self.type("hello from the terminal")
        self.assertIn("< hello from the terminal", self.handler.inbox["/log"].get(timeout=DEADLINE))
        if not any("hello from the page" in line for line in self.lines):
            self.read_until("< hello from the page")

    def test_the_page_starts(self):
        self.open_page("?starts")
        self.type(self.handler.inbox["/local"].get(timeout=DEADLINE))
        self.handler.remote.put(self.read_until('"answer"'))
        self.converse()

    def test_the_terminal_starts(self):
        self.open_page()
        self.type("start")
        self.handler.remote.put(self.read_until('"offer"'))
        self.type(self.handler.inbox["/local"].get(timeout=DEADLINE))
        self.converse()


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--chat", required=True, help="the sluice-chat program")
    options, rest = parser.parse_known_args()
    if not shutil.which("chromium") or not os.access(options.chat, os.X_OK):
        sys.exit("this test needs chromium and the program given by --chat")
    ChatTest.program = options.chat
    unittest.main(argv=[sys.argv[0], *rest], verbosity=2)
