#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""process is killed (SIGKILL) at twenty moments, half of them anywhere and half while it writes: the session is whole or
not there, an earlier one is as it was or replaced by a whole one, and all that lies about is a hidden folder that the
next run removes.

    killed_test.py PATH_OF_NIGHTJAR PATH_OF_WRITE_RENDERED_LOG
"""
import json
import os
import random
import shutil
import subprocess
import tempfile
import time

import command_case
from command_case import LogCase, content, run

MOMENTS = 20


def comparable(files):
    """What is the same in two runs: all but how long they took."""
    files = dict(files)
    if "summary.json" in files:
        summary = json.loads(files["summary.json"])
        del summary["run"]
        files["summary.json"] = summary
    return files


class KilledTest(LogCase):
    SECONDS = "1"

    def setUp(self):
        self.place = tempfile.mkdtemp(dir=self.folder)
        self.out = os.path.join(self.place, "out")
        self.arguments = ("process", self.log, "-o", self.out, "--end", "0.5")
        begin = time.monotonic()
        self.assertEqual(run(*self.arguments).returncode, 0)
        self.wall_s = time.monotonic() - begin
        self.whole = comparable(content(self.out))
        shutil.rmtree(self.out)

    def partial(self):
        return [name for name in os.listdir(self.place) if name.startswith(".out.partial-")]

    def start(self):
        return subprocess.Popen([command_case.NIGHTJAR, *self.arguments], stdout=subprocess.DEVNULL,
                                stderr=subprocess.DEVNULL)

    def kill_after(self, seconds, while_writing):
        """Whether the process was killed before it ended by itself."""
        process = self.start()
        if while_writing:
            while process.poll() is None and not self.partial():
                pass
        time.sleep(seconds)
        process.kill()
        return process.wait(timeout=100) != 0

    def test_at_twenty_moments_there_is_never_a_half_written_session(self):
        moments = random.Random(20)
        earlier = comparable(content(self.session))
        self.assertNotEqual(earlier, self.whole, "or a replaced session cannot be told from a kept one")
        killed = killed_writing = 0
        for k in range(MOMENTS):
            while_writing = k % 2 == 1
            with_earlier = k % 4 >= 2
            seconds = moments.random() * (0.05 if while_writing else self.wall_s)
            with self.subTest(seconds=seconds, while_writing=while_writing, with_earlier=with_earlier):
                if with_earlier:
                    shutil.copytree(self.session, self.out)
                if self.kill_after(seconds, while_writing):
                    killed += 1
                    killed_writing += bool(self.partial())
                if os.path.exists(self.out):
                    self.assertIn(comparable(content(self.out)), [self.whole] + ([earlier] if with_earlier else []))
                else:
                    self.assertFalse(with_earlier, "an earlier session was lost")
                self.assertEqual([name for name in os.listdir(self.place) if not name.startswith(".")],
                                 ["out"] if os.path.exists(self.out) else [])
                shutil.rmtree(self.out, ignore_errors=True)
                # The next run clears up after it, and its session is whole.
                self.assertEqual(run(*self.arguments).returncode, 0)
                self.assertEqual(os.listdir(self.place), ["out"])
                self.assertEqual(comparable(content(self.out)), self.whole)
                shutil.rmtree(self.out)
        self.assertGreater(killed, MOMENTS // 2, "moments that were all too late test nothing")
        self.assertGreater(killed_writing, 0, "never killed while it wrote")


if __name__ == "__main__":
    command_case.main()
