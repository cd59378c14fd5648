"""A chat endpoint on 127.0.0.1 that answers from a script, for tests of whatever talks to one."""

import json
import threading
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


def completion(text, usage=(7, 2), finish="stop"):
    body = {"choices": [{"message": {"role": "assistant", "content": text}, "finish_reason": finish}]}
    return body | ({"usage": dict(zip(("prompt_tokens", "completion_tokens"), usage, strict=True))} if usage else {})


class Server:
    """Answers with `script[i]` on the i-th request, with the last one from then on."""

    def __init__(self, *script):
        self.script, self.seen, self.headers, self.lock = script, [], [], threading.Lock()
        self.at_once = self.most_at_once = 0

    def answer(self, handler):
        body = json.loads(handler.rfile.read(int(handler.headers["Content-Length"])))
        with self.lock:
            self.seen.append(body)
            self.headers.append((handler.path, handler.headers.get("Authorization")))
            step = self.script[min(len(self.seen), len(self.script)) - 1]
            self.at_once += 1
            self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            step = step(body) if callable(step) else step
        finally:
            with self.lock:  # before the answer is sent: its client may ask again before this thread goes on
                self.at_once -= 1
        self.send(handler, *(step if isinstance(step, tuple) else (200, step)))

    def send(self, handler, status, content, headers=()):
        raw = content if isinstance(content, bytes) else json.dumps(content).encode()
        handler.send_response(status)
        for name, value in dict({"Content-Length": str(len(raw))} | dict(headers)).items():
            handler.send_header(name, value)
        handler.end_headers()
        handler.wfile.write(raw)

    @contextmanager
    def running(self):
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                with suppress(BrokenPipeError, ConnectionResetError):  # the client hung up
                    outer.answer(self)

            def log_message(self, *args):
                pass

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/v1"
        finally:
            server.shutdown()
            server.server_close()
            thread.join()
