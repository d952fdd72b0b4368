# SPDX-License-Identifier: Apache-2.0
"""nightjar ask: questions on the command line, and the tool server as a process, over pipes."""
import json
import os
import subprocess

import command_case
from command_case import LogCase, run


class Server:
    """The real process, spoken to line by line."""

    def __init__(self, session):
        self.process = subprocess.Popen([command_case.NIGHTJAR, "ask", session, "--serve"], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.number = 0

    def write(self, line):
        self.process.stdin.write(line)
        self.process.stdin.flush()

    def answer(self):
        return json.loads(self.process.stdout.readline())

    def request(self, method, parameters=None):
        self.number += 1
        message = {"jsonrpc": "2.0", "id": self.number, "method": method}
        if parameters is not None:
            message["params"] = parameters
        self.write(json.dumps(message).encode() + b"\n")
        answer = self.answer()
        assert answer["id"] == self.number, answer
        return answer

    def call(self, tool, **arguments):
        return self.request("tools/call", {"name": tool, "arguments": arguments})["result"]

    def close(self):
        """Exit status and what was said on stderr, after the end of the input."""
        output, errors = self.process.communicate(timeout=60)
        return self.process.returncode, output, errors.decode()


class AskCommandTest(LogCase):
    SECONDS = "3"

    def ask(self, *words):
        result = run("ask", self.session, *words)
        self.assertEqual(result.returncode, 0, result)
        return json.loads(result.stdout)

    def test_questions_on_the_command_line(self):
        pose = self.ask("pose", "2.5")
        self.assertEqual(pose["verb"], "pose")
        self.assertEqual(pose, self.ask('{"verb": "pose", "t": 2.5}'))
        self.assertEqual(pose, self.ask("pose", f"t={pose['t_ns']}ns"))
        way = self.ask("distance", "1", "2")
        self.assertGreater(way["distance_m_sigma"], 0)
        # To a point the whole uncertainty since the first keyframe counts.
        point = ",".join(str(x) for x in self.ask("pose", "1")["position_m"])
        self.assertLess(way["distance_m_sigma"], 3 * self.ask("distance", point, "2")["distance_m_sigma"])
        self.assertEqual(self.ask("raycast", "0,0,1", "-1,0,0")["verb"], "raycast")
        listed = run("ask", "--list")
        self.assertIn("keyframes_seeing p [range_m] [max]", listed.stdout)

    def test_mistakes_on_the_command_line(self):
        for words in (["pose"], ["pose", "1e9"], ["pose", "nan"], ["sing"], ["{"], ['{"verb": 1}'], ["pose", "1", "2"],
                      [], ["pose", "1", "--serve"], ["distance", "1", "1,2"]):
            self.expect_error(2, "ask", self.session, *words)
        self.expect_error(2, "ask", self.folder, "pose", "1")

    def test_the_server_speaks_the_protocol(self):
        server = Server(self.session)
        result = server.request("initialize", {"protocolVersion": "2025-11-25", "capabilities": {},
                                               "clientInfo": {"name": "test", "version": "1"}})["result"]
        self.assertEqual(result["protocolVersion"], "2025-11-25")
        server.write(b'{"jsonrpc": "2.0", "method": "notifications/initialized"}\n')
        tools = server.request("tools/list")["result"]["tools"]
        self.assertIn("is_free", [tool["name"] for tool in tools])
        result = server.call("motion", t0=0.5, t1=2.5)
        self.assertFalse(result["isError"])
        self.assertEqual(result["structuredContent"], self.ask("motion", "0.5", "2.5"))
        self.assertEqual(json.loads(result["content"][0]["text"]), result["structuredContent"])
        self.assertTrue(server.call("pose", t=1e6)["isError"])
        self.assertEqual(server.request("ping")["result"], {})
        self.assertEqual(server.close(), (0, b"", ""))

    def test_the_server_survives_nonsense(self):
        server = Server(self.session)
        for line in (b"x" * 10_000_000, b"\xff\xfe\x00", b"[" * 60_000, b'{"jsonrpc": "2.0", "id": 1}', b"[]",
                     b'{"jsonrpc": "2.0", "id": 1, "method": "sing"}', b'"', b'{"a":' * 1000):
            server.write(line + b"\n")
            self.assertIn("error", server.answer(), line[:40])
            self.assertEqual(server.request("ping")["result"], {}, line[:40])
        # The reader takes time with the square of their number, which the length of a line bounds.
        keys = ",".join(f'"{k}":1' for k in range(6000))
        server.write(b'{"jsonrpc": "2.0", "id": 1, "method": "ping", "params": {' + keys.encode() + b"}}\n")
        self.assertEqual(server.answer()["result"], {})
        server.process.stdin.write(b'{"jsonrpc": "2.0", "id"')
        status, output, _ = server.close()
        self.assertEqual(status, 0)
        self.assertEqual(json.loads(output)["error"]["code"], -32700)

    def test_the_server_ends_with_its_assistant(self):
        server = Server(self.session)
        server.process.stdout.close()
        server.write(b'{"jsonrpc": "2.0", "id": 1, "method": "tools/list"}\n')
        self.assertEqual(server.process.wait(timeout=60), 75)
        self.assertEqual(server.process.stderr.read().count(b"\n"), 1)
        server.process.stdin.close()
        server.process.stderr.close()

    def test_answers_against_the_truth(self):
        """Of the rendered log: the way between two times, within 5 sigma of what it was."""
        truth = []
        with open(self.truth, encoding="utf-8") as stream:
            for line in stream:
                if not line.startswith("#"):
                    truth.append([float(x) for x in line.replace(",", " ").split()])
        self.assertTrue(os.path.exists(os.path.join(self.session, "trajectory_cross_covariance.npz")))
        pose = [self.ask("pose", t) for t in ("1", "2.4")]
        scale = 1e-9 if truth[0][0] > 1e12 else 1.0
        at = [min(truth, key=lambda row, p=p: abs(row[0] * scale - p["t_ns"] * 1e-9))[1:4] for p in pose]
        expected = sum((a - b) ** 2 for a, b in zip(*at)) ** 0.5
        way = self.ask("distance", "1", "2.4")
        self.assertLess(abs(way["distance_m"] - expected), 5 * way["distance_m_sigma"] + 0.01, way)


if __name__ == "__main__":
    command_case.main()
