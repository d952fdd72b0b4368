#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""An output that cannot be written, a disk that is full, a run that is interrupted: the session is whole or not there,
an earlier one stays as it was, and nothing lies about.

    output_faults_test.py PATH_OF_NIGHTJAR PATH_OF_WRITE_RENDERED_LOG
"""
import contextlib
import ctypes
import os
import pty
import resource
import shutil
import signal
import subprocess
import tempfile
import unittest

import command_case
from command_case import LogCase, content, read, run

ENDING_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def obey_permissions():
    """Root may write anywhere; without this capability it is bound by permissions, as everybody else is."""
    pr_capbset_drop, cap_dac_override = 24, 1
    ctypes.CDLL(None).prctl(pr_capbset_drop, cap_dac_override, 0, 0, 0)


def limit_files(size):
    return lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))


class OutputFaultsTest(LogCase):
    SECONDS = "1"

    def setUp(self):
        self.place = tempfile.mkdtemp(dir=self.folder)  # where the output goes, and nothing else
        self.out = os.path.join(self.place, "out")

    def restore(self, files):
        shutil.rmtree(self.out, ignore_errors=True)
        if files:
            shutil.copytree(self.session, self.out)

    def arguments(self, *more):
        return ("process", self.log, "-o", self.out, "--end", "0.3", *more)

    def start(self, **keywords):
        keywords = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, **keywords}
        return subprocess.Popen([command_case.NIGHTJAR, *self.arguments()], **keywords)

    def test_an_output_that_may_not_be_written_is_2_before_the_work(self):
        os.chmod(self.place, 0o555)
        self.addCleanup(os.chmod, self.place, 0o755)
        try_it = subprocess.run(["mkdir", self.out], preexec_fn=obey_permissions, stderr=subprocess.DEVNULL, check=False)
        if try_it.returncode == 0:
            self.skipTest("who runs this may write anywhere and cannot give that up")
        for out in (self.out, os.path.join(self.out, "deeper")):
            message = self.expect_error(2, "process", self.log, "-o", out, preexec_fn=obey_permissions)
            self.assertIn(self.place, message)
            self.assertIn("ermission denied", message)
        self.assertEqual(os.listdir(self.place), [])

    def test_a_full_disk_is_75_and_nothing_stays(self):
        room = 64 << 10
        self.assertGreater(sum(map(len, content(self.session).values())), room, "or the disk is not full")
        left = os.path.join(self.folder, "left")
        script = ('mount -t tmpfs -o size="$1" none "$2" || exit 99; shift; place="$1"; left="$2"; shift 2; '
                  '"$@"; status=$?; ls -A "$place" > "$left"; exit $status')
        result = subprocess.run(
            ["unshare", "--mount", *([] if os.geteuid() == 0 else ["--map-root-user"]), "sh", "-c", script, "sh",
             str(room), self.place, left, command_case.NIGHTJAR, "process", self.log, "-o", self.out],
            capture_output=True, text=True, timeout=100, check=False)
        if result.returncode == 99 or result.stderr.startswith("unshare:"):
            self.skipTest("no file system can be mounted here: " + result.stderr.strip())
        message = self.expect_error_in(result, 75)
        self.assertIn("No space left on device", message)
        self.assertIn(self.out, message)
        self.assertEqual(read(left), "")

    def test_a_file_that_may_not_grow_is_75_and_the_earlier_session_stays(self):
        # As on a full disk, but on any machine: the first file fails, or one of the larger ones.
        for size in (0, 4096):
            with self.subTest(size=size):
                self.assertIn(self.out, self.expect_error(75, *self.arguments(), preexec_fn=limit_files(size)))
                self.assertEqual(os.listdir(self.place), [])
        earlier = content(self.session)
        self.restore(earlier)
        self.expect_error(75, *self.arguments(), preexec_fn=limit_files(4096))
        self.assertEqual(os.listdir(self.place), ["out"])
        self.assertEqual(content(self.out), earlier)

    def test_a_signal_ends_the_work_at_once(self):
        for number in ENDING_SIGNALS:
            with self.subTest(signal=number), contextlib.ExitStack() as stack:
                terminal, stderr = pty.openpty()  # on a terminal the command tells how far it is
                stack.callback(os.close, terminal)
                process = self.start(stderr=stderr)
                os.close(stderr)
                told = b""
                while b"tracking: 3 of" not in told:
                    told += os.read(terminal, 1000)
                process.send_signal(number)
                self.assertEqual(process.wait(timeout=100), -number)
                self.assertEqual(os.listdir(self.place), [])

    def stop_while_writing(self, place_before):
        """A process that is stopped while its session is half written beside its place."""
        for _ in range(50):
            self.restore(place_before)
            process = self.start()
            while process.poll() is None and not self.staged():
                pass
            if process.returncode is not None:
                self.assertEqual(process.returncode, 0, "too late: it ended between two looks")
                continue
            process.send_signal(signal.SIGSTOP)
            os.waitid(os.P_PID, process.pid, os.WSTOPPED | os.WEXITED | os.WNOWAIT)
            if self.staged() and content(self.out) == place_before:
                return process
            process.send_signal(signal.SIGCONT)
            self.assertEqual(process.wait(timeout=100), 0, "too late: it had been moved to its place")
        self.fail("never seen writing")

    def staged(self):
        return [name for name in os.listdir(self.place) if name.startswith(".out.partial-")]

    def test_a_signal_while_writing_leaves_the_earlier_session_and_nothing_else(self):
        for number in ENDING_SIGNALS:
            for earlier in ({}, content(self.session)):
                with self.subTest(signal=number, earlier=len(earlier)):
                    for _ in range(20):
                        process = self.stop_while_writing(earlier)
                        process.send_signal(number)
                        process.send_signal(signal.SIGCONT)
                        self.assertEqual(process.wait(timeout=100), -number)
                        self.assertEqual(os.listdir(self.place), ["out"] if os.path.exists(self.out) else [])
                        if content(self.out) == earlier:
                            break
                        self.assertEqual(set(content(self.out)), set(content(self.session)), "moved: then whole")
                    else:
                        self.fail("never interrupted in time")

    def test_an_ignored_signal_stays_ignored(self):
        process = self.start(preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN))
        while process.poll() is None and not self.staged():
            pass
        process.send_signal(signal.SIGHUP)
        self.assertEqual(process.wait(timeout=100), 0, "as under nohup")
        self.assertEqual(os.listdir(self.place), ["out"])

    def test_what_a_killed_run_left_is_hidden_and_the_next_run_removes_it(self):
        process = self.stop_while_writing({})
        process.kill()
        process.wait(timeout=100)
        self.assertEqual(os.listdir(self.place), self.staged(), "nothing that could be taken for a session")
        self.assertEqual(len(self.staged()), 1)
        self.assertEqual(run(*self.arguments()).returncode, 0)
        self.assertEqual(os.listdir(self.place), ["out"])


if __name__ == "__main__":
    command_case.main()
