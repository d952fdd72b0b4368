#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""./demo and ./check on machines that this one is not: other systems, without tools, with a command that fails.

    scripts_test.py ROOT

Every test has a copy of the scripts, a PATH that holds only the tools it gives, and an os-release of its own. Nothing
is installed and nothing is built.
"""
import os
import shutil
import subprocess
import sys
import tempfile
import unittest

ROOT = ""
DEBIAN_12 = 'PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nVERSION_ID="12"\nID=debian\n'
UBUNTU = 'ID_LIKE=debian\nID=ubuntu\nVERSION_ID="24.04"\n'
FEDORA = "NAME='Fedora Linux'\nID=fedora\nVERSION_ID=40\n"
BUILD_TOOLS = ("cmake", "ninja", "c++")
EVERYTHING_IS_INSTALLED = 'shift 3\nfor name in "$@"; do echo "ii  $name"; done\n'


class ScriptsTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        self.path = os.path.join(self.folder, "path")
        self.calls = os.path.join(self.folder, "calls")
        self.root = os.path.join(self.folder, "root")
        self.log = os.path.join(self.folder, "log")
        for made in (self.path, self.log, os.path.join(self.root, "cmake")):
            os.makedirs(made)
        for name in ("check", "demo", "cmake/prepare.sh", "cmake/debian-packages.txt"):
            shutil.copy(os.path.join(ROOT, name), os.path.join(self.root, name))
        for tool in ("basename", "bash", "comm", "dirname", "env", "nproc", "sed", "sort"):
            os.symlink(shutil.which(tool), os.path.join(self.path, tool))
        self.write("calls", "")
        # A build that is already there, so that the scripts go straight to it.
        self.write("root/build/release/build.ninja", "")

    def write(self, name, text):
        path = os.path.join(self.folder, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as stream:
            stream.write(text)
        return path

    def tool(self, name, body=""):
        """A program that notes how it was called and then does `body`."""
        path = self.write(name, f'#!{shutil.which("bash")}\necho "${{0##*/}} $*" >>"{self.calls}"\n{body}')
        os.chmod(path, 0o755)

    def tools(self, *names):
        for name in names:
            self.tool("path/" + name)

    def nightjar(self, evaluate_status):
        self.tool("root/build/release/bin/nightjar",
                  f'if [[ $1 == evaluate ]]; then exit {evaluate_status}; fi\necho "truth       /the/truth"\n')

    def run_script(self, *command, os_release=UBUNTU, cwd=None, **environment):
        environment = {"PATH": self.path, "NIGHTJAR_OS_RELEASE": self.write("os-release", os_release), **environment}
        return subprocess.run(["bash", *command], env=environment, cwd=cwd or self.root, capture_output=True,
                              text=True, timeout=30, check=False)

    def called(self):
        with open(self.calls, encoding="utf-8") as stream:
            return stream.read().splitlines()

    def install(self, os_release, **environment):
        script = "set -euo pipefail; root=$PWD; source cmake/prepare.sh; install_packages; echo went on"
        return self.run_script("-c", script, "name", os_release=os_release, **environment)

    def test_debian_12_with_everything_is_silent(self):
        self.tool("path/dpkg-query", EVERYTHING_IS_INSTALLED)
        self.tools("apt-get", "sudo")
        result = self.install(DEBIAN_12)
        self.assertEqual((result.returncode, result.stdout, result.stderr), (0, "went on\n", ""))
        self.assertEqual([call.split()[0] for call in self.called()], ["dpkg-query"])

    def test_debian_12_installs_what_is_missing_and_only_that(self):
        self.tool("path/dpkg-query",
                  'shift 3\nfor name in "$@"; do [[ $name == libspng-dev ]] || echo "ii  $name"; done\nexit 1\n')
        self.tool("path/sudo", 'exec "$@"\n')
        self.tools("apt-get")
        result = self.install(DEBIAN_12)
        self.assertEqual((result.returncode, result.stderr), (0, ""))
        self.assertIn("installing: libspng-dev\n", result.stdout)
        apt = [call for call in self.called() if call.startswith("apt-get")]
        self.assertEqual(apt, ["apt-get update -qq", "apt-get install -y -qq --no-install-recommends libspng-dev"])

    def test_other_systems_are_told_what_is_needed_and_go_on(self):
        self.tools("apt-get", "dpkg-query", "sudo", *BUILD_TOOLS)
        for os_release, name in ((UBUNTU, "ubuntu 24.04"), (FEDORA, "fedora 40"), ("ID=debian\n", "debian"),
                                 (DEBIAN_12.replace('"12"', '"13"'), "debian 13"), ("", "no known system")):
            with self.subTest(name):
                result = self.install(os_release, ID="debian", VERSION_ID="12")
                self.assertEqual((result.returncode, result.stdout), (0, "went on\n"))
                self.assertEqual(result.stderr.count("\n"), 1, result.stderr)
                for word in (f"this is {name},", "libceres-dev", "libgtest-dev"):
                    self.assertIn(word, result.stderr)
                self.assertNotIn("#", result.stderr)
        self.assertEqual(self.called(), [], "nothing is asked of a package manager")

    def test_other_systems_without_tools_are_2(self):
        for missing in BUILD_TOOLS:
            with self.subTest(missing):
                self.tools(*(tool for tool in BUILD_TOOLS if tool != missing))
                result = self.install(FEDORA)
                self.assertEqual((result.returncode, result.stdout), (2, ""))
                self.assertIn("libceres-dev", result.stderr)
                for tool in BUILD_TOOLS:
                    if tool != missing:
                        os.remove(os.path.join(self.path, tool))

    def test_demo_says_where_the_picture_is_whatever_the_score(self):
        self.tools(*BUILD_TOOLS)
        out = os.path.join(self.root, "out", "log")
        for status in (0, 4, 3):
            with self.subTest(status):
                self.nightjar(status)
                result = self.run_script("demo", self.log)
                self.assertEqual(result.returncode, status, result)
                self.assertIn(f"The picture is {out}/plan_view.svg", result.stdout)

    def test_demo_passes_on_that_nothing_could_be_told_but_the_score_first(self):
        self.tools(*BUILD_TOOLS)
        for score, told, status in ((0, 3, 3), (4, 3, 4), (0, 75, 75)):
            with self.subTest((score, told)):
                self.tool("root/build/release/bin/nightjar",
                          f'case $1 in evaluate) exit {score};; context) exit {told};; esac\necho "truth       /the/truth"\n')
                result = self.run_script("demo", self.log)
                self.assertEqual(result.returncode, status, result)
                self.assertIn("The picture is", result.stdout)

    def test_demo_passes_on_that_there_is_no_session(self):
        self.tools(*BUILD_TOOLS)
        self.tool("root/build/release/bin/nightjar", "exit 3\n")
        result = self.run_script("demo", self.log)
        self.assertEqual(result.returncode, 3, result)
        self.assertNotIn("picture", result.stdout)

    def test_demo_without_an_argument_makes_its_log(self):
        self.tools(*BUILD_TOOLS)
        self.nightjar(0)
        log = os.path.join(self.root, "out", "log", "walk_in_the_dark")
        os.makedirs(log)  # as the command would
        result = self.run_script("demo")
        self.assertEqual(result.returncode, 0, result)
        made, processed = [call for call in self.called() if call.startswith("nightjar ")][:2]
        self.assertTrue(made.startswith(f"nightjar simulate -o {log} "), made)
        self.assertEqual(processed, f"nightjar process {log} -o {self.root}/out/walk_in_the_dark --depth")
        self.assertIn(f"nightjar context {self.root}/out/walk_in_the_dark --max-bytes 1024", self.called())

    def test_demo_without_its_log_is_3_and_of_wrong_arguments_2(self):
        nowhere = os.path.join(self.folder, "nowhere")
        for status, arguments in ((3, [nowhere]), (2, ["--frobnicate"]), (2, [self.log, "-o"]),
                                  (2, [self.log, self.log])):
            with self.subTest(arguments):
                result = self.run_script("demo", *arguments)
                self.assertEqual((result.returncode, result.stdout), (status, ""))
                self.assertEqual(result.stderr.count("\n"), 1, result.stderr)
        self.assertIn(nowhere, self.run_script("demo", nowhere).stderr)

    def test_scripts_do_not_mind_cdpath(self):
        self.tools(*BUILD_TOOLS)
        self.nightjar(0)
        result = self.run_script("root/demo", "log", cwd=self.folder, CDPATH=self.folder)
        self.assertEqual(result.returncode, 0, result)
        self.assertIn(f"is {self.root}/out/log/plan_view.svg", result.stdout)

    def test_help_is_the_comment_at_the_top(self):
        for script, words in (("demo", ("./demo [LOG]", "Exit status: 0 done", "75 try again")),
                              ("check", ("./check", "Exit status: 0 all passed", "75 try again"))):
            result = self.run_script(script, "--help")
            self.assertEqual((result.returncode, result.stderr), (0, ""), script)
            for word in words:
                self.assertIn(word, result.stdout, script)
            self.assertNotIn("set -e", result.stdout)


if __name__ == "__main__":
    ROOT = os.path.abspath(sys.argv.pop(1))
    unittest.main()
