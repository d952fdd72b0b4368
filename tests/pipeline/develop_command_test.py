#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""`nightjar develop` from outside: what it writes, what it says, and that an error is one line and leaves nothing.

    develop_command_test.py PATH_OF_NIGHTJAR
"""
import json
import math
import os
import pathlib
import random
import signal
import struct
import subprocess
import sys
import tempfile
import time
import unittest
import zlib

NIGHTJAR = ""
WIDTH, HEIGHT = 128, 96
BLACK, WHITE, S, O = 200, 4095, 2e-3, 2e-5


def run(*arguments, **keywords):
    return subprocess.run([NIGHTJAR, "develop", *arguments], capture_output=True, text=True, timeout=1000, check=False,
                          **keywords)


def npy(samples, width=WIDTH, kind="<u2"):
    header = f"{{'descr': '{kind}', 'fortran_order': False, 'shape': ({len(samples) // width}, {width}), }}\n"
    data = struct.pack(f"<{len(samples)}{'H' if kind == '<u2' else 'B'}", *samples)
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header.encode() + data


def png(path):
    """Width, height, bits, colours, texts and the bytes of the rows of a PNG without filters but 0 to 4."""
    with open(path, "rb") as stream:
        data = stream.read()
    assert data[:8] == b"\x89PNG\r\n\x1a\n"
    at, packed, texts = 8, b"", {}
    while at < len(data):
        size, = struct.unpack(">I", data[at:at + 4])
        kind, body = data[at + 4:at + 8], data[at + 8:at + 8 + size]
        at += 12 + size
        if kind == b"IHDR":
            width, height, bits, colour = struct.unpack(">IIBB", body[:10])
        elif kind == b"IDAT":
            packed += body
        elif kind == b"tEXt":
            key, value = body.split(b"\0")
            texts[key.decode()] = value.decode()
    step = (3 if colour == 2 else 1) * bits // 8
    return width, height, bits, 3 if colour == 2 else 1, texts, unfiltered(zlib.decompress(packed), width * step, step)


def unfiltered(raw, stride, step):
    rows, before, at = [], bytearray(stride), 0
    while at < len(raw):
        kind, row = raw[at], bytearray(raw[at + 1:at + 1 + stride])
        at += 1 + stride
        for x in range(stride):
            left, above = (row[x - step] if x >= step else 0), before[x]
            corner = before[x - step] if x >= step else 0
            guess = left + above - corner
            nearest = min((abs(guess - left), 0, left), (abs(guess - above), 1, above), (abs(guess - corner), 2, corner))
            row[x] = (row[x] + (0, left, above, (left + above) // 2, nearest[2])[kind]) & 255
        rows.append(bytes(row))
        before = row
    return rows


def pfm(path):
    with open(path, "rb") as stream:
        kind, size, scale = stream.readline(), stream.readline().split(), float(stream.readline())
        width, height = int(size[0]), int(size[1])
        data = stream.read()
    assert kind == b"Pf\n" and scale == -1
    rows = [struct.unpack(f"<{width}f", data[4 * width * y:4 * width * (y + 1)]) for y in range(height)]
    return rows[::-1]


def light(x, y):
    """Of a mosaic rggb: a warm wall with an edge, x of each place."""
    colour = (0.5, 0.3, 0.3, 0.15)[x % 2 + 2 * (y % 2)]
    return colour * (1 if x + y < 120 else 0.3) * (1 + 0.2 * math.sin(y / 9))


class DevelopCommandTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.temporary = tempfile.TemporaryDirectory()
        cls.folder = cls.temporary.name
        cls.truth = [light(x, y) for y in range(HEIGHT) for x in range(WIDTH)]
        cls.samples = samples = cls.exposed(1)
        cls.write("in.npy", npy(samples))
        cls.write("other.npy", npy(samples[::-1]))

    @classmethod
    def exposed(cls, seed):
        numbers = random.Random(seed)
        return [min(4095, max(0, round(BLACK + (WHITE - BLACK) * (v + math.sqrt(S * v + O) * numbers.gauss(0, 1)))))
                for v in cls.truth]

    @classmethod
    def tearDownClass(cls):
        cls.temporary.cleanup()

    @classmethod
    def path(cls, name):
        return os.path.join(cls.folder, name)

    @classmethod
    def write(cls, name, data):
        with open(cls.path(name), "wb") as stream:
            stream.write(data)
        return cls.path(name)

    def sensor(self, *more):
        return [self.path("in.npy"), "--bayer", "RGGB", "--black", str(BLACK), "--white", str(WHITE), *more]

    def expect_error(self, status, *arguments):
        before = sorted(os.listdir(self.folder))
        result = run(*arguments)
        self.assertEqual(result.returncode, status, result)
        self.assertEqual(result.stdout, "")
        self.assertTrue(result.stderr.startswith("nightjar: "), result.stderr)
        self.assertEqual(result.stderr.count("\n"), 1, result.stderr)
        self.assertEqual(sorted(os.listdir(self.folder)), before)
        return result.stderr

    def error(self, rows):
        return math.sqrt(sum((rows[y][x] - self.truth[y * WIDTH + x]) ** 2
                             for y in range(HEIGHT) for x in range(WIDTH)) / (WIDTH * HEIGHT))

    def test_a_burst(self):
        burst = [self.path("in.npy")] + [self.write(f"burst{k}.npy", npy(self.exposed(k))) for k in range(2, 9)]
        sensor = ["--bayer", "RGGB", "--black", str(BLACK), "--white", str(WHITE), "--noise-profile", f"{S},{O}",
                  "--no-denoise"]
        result = run("--burst", *burst, *sensor, "-o", self.path("burst.pfm"), "--sigma", self.path("burst_sigma.pfm"),
                     "--json")
        self.assertEqual(result.returncode, 0, result.stderr)
        frame, = json.loads(result.stdout)["frames"]
        self.assertEqual((frame["input"], frame["burst_frames"]), (self.path("in.npy"), 8))
        self.assertLess(frame["remaining_noise"], 0.25)
        self.assertEqual(run(burst[0], *sensor, "-o", self.path("single.pfm")).returncode, 0)
        rows = pfm(self.path("burst.pfm"))
        gain = (self.error(pfm(self.path("single.pfm"))) / self.error(rows)) ** 2
        self.assertGreater(gain, 4.5)
        self.assertLess(gain, 9)
        sigmas = pfm(self.path("burst_sigma.pfm"))
        square = sum(((rows[y][x] - self.truth[y * WIDTH + x]) / sigmas[y][x]) ** 2
                     for y in range(HEIGHT) for x in range(WIDTH)) / (WIDTH * HEIGHT)
        self.assertAlmostEqual(square, 1, delta=0.2)

    def test_a_burst_that_is_none(self):
        self.write("small.npy", npy(self.samples[:WIDTH * 64]))
        self.write("again.npy", npy(self.samples))
        white = ["--white", "4095"]
        for inputs, status, words in (([self.path("in.npy"), *white], 2, "two frames"),
                                      ([self.path("in.npy"), self.path("small.npy"), *white], 3, "small.npy"),
                                      ([self.path("in.npy"), self.path("again.npy"), *white], 3, "same frame"),
                                      ([self.path("in.npy"), self.path("other.npy")], 2, "give --white"),
                                      ([self.path("in.npy"), self.path("none.npy"), *white], 3, "none.npy")):
            message = self.expect_error(status, "--burst", *inputs, "--bayer", "RGGB", "-o", self.path("out.png"))
            self.assertIn(words, message)

    def test_a_sigma_that_would_replace_something(self):
        for sigma, words in ((self.path("in.npy"), "also an input"), (self.path("./new.png"), "also the output")):
            self.assertIn(words, self.expect_error(2, *self.sensor("-o", self.path("new.png"), "--sigma", sigma)))

    def test_a_picture(self):
        result = run(*self.sensor("-o", self.path("a.png"), "--noise-profile", f"{S},{O}", "--json"))
        self.assertEqual(result.returncode, 0, result.stderr)
        frame, = json.loads(result.stdout)["frames"]
        self.assertEqual((frame["width"], frame["height"], frame["cfa"]), (WIDTH, HEIGHT, "rggb"))
        self.assertEqual((frame["noise"]["source"], frame["noise"]["scale"][0]), ("given", S))
        self.assertAlmostEqual(frame["white_balance"][1] / frame["white_balance"][0], 0.5 / 0.3, delta=0.05)
        self.assertAlmostEqual(frame["white_balance"][2] / frame["white_balance"][1], 0.3 / 0.15, delta=0.06)
        width, height, bits, colours, _, rows = png(self.path("a.png"))
        self.assertEqual((width, height, bits, colours), (WIDTH, HEIGHT, 8, 3))
        for y in range(10, 40, 10):  # grey
            red, green, blue = rows[y][90:93]
            self.assertLess(max(red, green, blue) - min(red, green, blue), 12)

    def test_a_picture_is_the_same_with_and_without_its_sigma(self):
        for colours in (["--bayer", "RGGB"], []):
            pictures = []
            for name, more in (("alone.png", []), ("beside.png", ["--sigma", self.path("beside.pfm")])):
                result = run(self.path("in.npy"), "--black", str(BLACK), "--white", str(WHITE), *colours, "-o",
                             self.path(name), "--noise-profile", f"{S},{O}", *more)
                self.assertEqual(result.returncode, 0, result.stderr)
                with open(self.path(name), "rb") as stream:
                    pictures.append(stream.read())
            self.assertEqual(*pictures)

    def test_noise_goes_and_sigma_is_true(self):
        given = ["--noise-profile", f"{S},{O}"]
        for name, more in (("kept", [*given, "--no-denoise"]), ("gone", given), ("guessed", [])):
            result = run(*self.sensor("-o", self.path(name + ".pfm"), "--sigma", self.path(name + ".sigma"), *more))
            self.assertEqual(result.returncode, 0, result.stderr)
            self.assertIn("estimated" if name == "guessed" else "as given", result.stdout)
        errors = {name: self.error(pfm(self.path(name + ".pfm"))) for name in ("kept", "gone", "guessed")}
        expected = math.sqrt(sum(S * v + O for v in self.truth) / len(self.truth))
        self.assertAlmostEqual(errors["kept"] / expected, 1, delta=0.05)
        self.assertLess(errors["gone"] / expected, 0.6)
        self.assertGreater(errors["gone"] / expected, 0.1)
        self.assertLess(errors["guessed"] / errors["gone"], 1.25)
        for name in ("kept", "gone"):
            sigma = pfm(self.path(name + ".sigma"))
            mean = math.sqrt(sum(v * v for row in sigma for v in row) / (WIDTH * HEIGHT))
            self.assertAlmostEqual(errors[name] / mean, 1, delta=0.3)

    def test_a_linear_frame_says_what_it_is(self):
        result = run(*self.sensor("-o", self.path("l.png"), "--linear", "--no-denoise", "--keep-defects", "--keep-rows",
                                  "--keep-greens", "--noise-profile", f"{S},{O}"))
        self.assertEqual(result.returncode, 0, result.stderr)
        width, height, bits, colours, texts, rows = png(self.path("l.png"))
        self.assertEqual((width, height, bits, colours), (WIDTH, HEIGHT, 16, 1))
        self.assertEqual(texts["cfa"], "rggb")
        self.assertEqual((texts["black_level"], texts["white_level"]), ("4096", "61440"))
        self.assertEqual(texts["noise_profile"].split(";")[0], f"{S:g},{O:g}")
        values = struct.unpack(f">{WIDTH}H", rows[7])
        for x in range(WIDTH):
            exact = 4096 + 57344 * (self.samples[7 * WIDTH + x] - BLACK) / (WHITE - BLACK)
            self.assertLess(abs(values[x] - exact), 0.51)
        again = run(self.path("l.png"), "--bayer", "rggb", "--black", "4096", "--white", "61440", "-o", self.path("m.tiff"))
        self.assertEqual(again.returncode, 0, again.stderr)
        with open(self.path("m.tiff"), "rb") as stream:
            self.assertEqual(stream.read(4), b"II*\0")

    def test_a_dng_is_read_again(self):
        result = run(*self.sensor("-o", self.path("d.dng"), "--white-balance", "1.5,1,2"))
        self.assertEqual(result.returncode, 0, result.stderr)
        again = run(self.path("d.dng"), "-o", self.path("d.png"), "--json", "--noise-profile", "1e-5,1e-6")
        self.assertEqual(again.returncode, 0, again.stderr)
        frame, = json.loads(again.stdout)["frames"]
        self.assertEqual((frame["cfa"], frame["white_level_dn"], frame["width"]), ("rggb", 61440, WIDTH))
        for gain, given in zip(frame["white_balance"], (1.5, 1, 2)):
            self.assertAlmostEqual(gain, given, delta=1e-3)

    def test_several_inputs_make_a_folder_and_the_same_bytes(self):
        inputs = [self.path("in.npy"), self.path("other.npy")]
        result = run(*inputs, "--black", "200", "--white", "4095", "-o", self.path("many"), "--format", "tiff")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual(sorted(os.listdir(self.path("many"))), ["in.tiff", "other.tiff"])
        run(inputs[0], "--black", "200", "--white", "4095", "-o", self.path("one.tiff"))
        with open(self.path("one.tiff"), "rb") as one, open(self.path("many/in.tiff"), "rb") as many:
            self.assertEqual(one.read(), many.read())
        self.assertIn("many", self.expect_error(2, *inputs, "-o", self.path("many")))
        self.write("in.png", b"")
        self.assertIn("in", self.expect_error(2, inputs[0], self.path("in.png"), "-o", self.path("twice")))
        os.remove(self.path("in.png"))
        self.write("bad.npy", npy(self.samples)[:-1])
        self.assertIn("bad.npy", self.expect_error(3, *inputs, self.path("bad.npy"), "--white", "4095", "-o", self.path("none")))

    def test_detail_of_pictures(self):
        profile = ["--noise-profile", f"{S},{O}", "--exposure", "8"]
        rows = {}
        for name, more in (("plain", ["--local-contrast", "0", "--sharpen", "0"]), ("local", ["--sharpen", "0"]),
                           ("sharp", ["--local-contrast", "0"]), ("usual", []),
                           ("given", ["--local-contrast", "0.5", "--sharpen", "0.8"])):
            result = run(*self.sensor("-o", self.path(name + ".png"), *profile, *more))
            self.assertEqual(result.returncode, 0, result.stderr)
            rows[name] = png(self.path(name + ".png"))[5]
        self.assertEqual(rows["usual"], rows["given"])
        for name in ("local", "sharp", "usual"):
            self.assertNotEqual(rows[name], rows["plain"])
        grey = [self.path("in.npy"), "--black", str(BLACK), "--white", str(WHITE), *profile, "-o"]
        for name, more in (("grey", []), ("grey_plain", ["--local-contrast", "0", "--sharpen", "0"])):
            self.assertEqual(run(*grey, self.path(name + ".png"), *more).returncode, 0)
        self.assertNotEqual(png(self.path("grey.png"))[5], png(self.path("grey_plain.png"))[5])

    def test_options_without_effect(self):
        out, linear = ["-o", self.path("x.png")], ["-o", self.path("x.pfm")]
        for option, values in (("--exposure", "2"), ("--vignetting", "0.1,0,0"), ("--local-contrast", "0.2"),
                               ("--sharpen", "1"), ("--white-balance", "1,1,1"), ("--matrix", "1,0,0,0,1,0,0,0,1")):
            for where in (linear, [*out, "--linear"]):
                message = self.expect_error(2, *self.sensor(*where, option, values))
                self.assertIn(option, message)
                self.assertIn("no effect", message)
        self.assertIn("--sharpen", self.expect_error(2, *self.sensor("-o", self.path("x.dng"), "--sharpen", "1")))
        self.assertIn("--format", self.expect_error(2, *self.sensor(*out, "--format", "png")))
        self.assertIn("--smooth-colours", self.expect_error(2, *self.sensor(*out, "--no-denoise", "--smooth-colours", "1.5")))
        self.assertIn("--setting", self.expect_error(2, *self.sensor(*out, "--no-denoise", "--setting", "edge")))
        grey = [self.path("in.npy"), "--noise-profile", "1e-3,1e-5", *out]
        for option, value in (("--white-balance", "1,1,1"), ("--smooth-colours", "1.5")):
            self.assertIn("monochrome", self.expect_error(2, *grey, option, value))

    def test_usage(self):
        out = self.path("x.png")
        for words, arguments in (("suffix", ["-o", self.path("x.jpg")]), ("suffix", ["-o", self.path("x")]),
                                 ("cannot be", ["-o", out, "--noise-profile=-1e-3,1e-5"]),
                                 ("cannot be", ["-o", out, "--noise-profile", "1e-3,-1e-5"]),
                                 ("2 numbers", ["-o", out, "--noise-profile", "nan,1e-5"]),
                                 ("2 numbers", ["-o", out, "--noise-profile", "1e-3"]),
                                 ("four", ["-o", out, "--noise-profile", "1e-3,1e-5;1e-3,1e-5"]),
                                 ("black", ["-o", out, "--black", "nan"]),
                                 ("black", ["-o", out, "--black", "5000", "--white", "4095"]),
                                 ("black", ["-o", out, "--black", "-3"]),
                                 ("exposure", ["-o", out, "--exposure", "nan"]),
                                 ("exposure", ["-o", out, "--exposure", "0.5"]),
                                 ("local contrast", ["-o", out, "--local-contrast", "1.1"]),
                                 ("sharpening", ["-o", out, "--sharpen", "nan"]),
                                 ("smoothing", ["-o", out, "--bayer", "rggb", "--smooth-colours", "3"]),
                                 ("3 numbers", ["-o", out, "--white-balance", "1,2"]),
                                 ("balance", ["-o", out, "--bayer", "rggb", "--white-balance", "1,2,-1"]),
                                 ("9 numbers", ["-o", out, "--matrix", "1,0,0"]),
                                 ("x,y", ["-o", out, "--defects", "3"]),
                                 ("outside", ["-o", out, "--defects", "1,1;9000,2"]),
                                 ("bayer", ["-o", out, "--bayer", "rgbg"]),
                                 ("output", [])):
            self.assertIn(words, self.expect_error(2, self.path("in.npy"), *arguments), arguments)
        self.assertIn("--burst", self.expect_error(2, self.path("in.npy"), self.write("t.npy", b"x"), "-o", out))
        self.assertIn("also an input", self.expect_error(2, self.write("s.tiff", b"x"), "-o", self.path("s.tiff")))

    def test_a_run_that_is_interrupted_leaves_whole_files_or_none(self):
        large = self.write("large.npy", npy(self.samples * 60, WIDTH))
        place = self.path("place")
        os.mkdir(place)
        outputs = [os.path.join(place, name) for name in ("out.tiff", "sigma.pfm")]
        command = [NIGHTJAR, "develop", large, "--noise-profile", "1e-3,1e-5", "-o", outputs[0], "--sigma", outputs[1]]
        begin = time.monotonic()
        subprocess.run(command, check=True, capture_output=True, timeout=100)
        taken = time.monotonic() - begin
        whole = {name: pathlib.Path(name).read_bytes() for name in outputs}
        for step in range(13):
            for name in outputs:
                pathlib.Path(name).unlink(missing_ok=True)
            process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            time.sleep(taken * step / 10)
            process.send_signal((signal.SIGINT, signal.SIGTERM)[step % 2])
            process.wait(timeout=100)
            left = {os.path.join(place, name) for name in os.listdir(place)}
            self.assertIn(left, (set(), set(outputs)))
            for name in left:
                self.assertEqual(pathlib.Path(name).read_bytes(), whole[name])

    def test_replaced_pixels_are_less_certain_than_their_neighbours(self):
        defects = [(40, 30), (53, 41), (20, 60)]
        listed = ["--defects", ";".join(f"{x},{y}" for x, y in defects)]
        for filter_name in ("rggb", "none"):
            for more in ([], ["--no-denoise"]):
                files = [self.path(name) for name in ("s.pfm", "with.png", "without.png")]
                line = self.sensor(*listed, "--noise-profile", f"{S},{O}", *more)
                line[line.index("--bayer") + 1] = filter_name
                for extra in (["-o", files[1], "--sigma", files[0]], ["-o", files[2]]):
                    result = run(*line, *extra)
                    self.assertEqual(result.returncode, 0, result.stderr)
                sigma = pfm(files[0])
                step = 1 if filter_name == "none" else 2
                for x, y in defects:
                    around = [sigma[y + step * v][x + step * h] for v in (-1, 0, 1) for h in (-1, 0, 1) if (v, h) != (0, 0)]
                    if more:  # how much more it is in a denoised frame: tests/isp/replaced_pixels_test.cpp
                        self.assertGreater(sigma[y][x], 1.2 * sum(around) / 8, (filter_name, x, y))
                self.assertEqual(pathlib.Path(files[1]).read_bytes(), pathlib.Path(files[2]).read_bytes())

    def test_inputs_that_cannot_be_used(self):
        out = self.path("x.png")
        self.assertIn("no such file", self.expect_error(3, self.path("nothing.dng"), "-o", out))
        self.assertIn("not an image", self.expect_error(3, self.write("text.dng", b"hello" * 99), "-o", out))
        self.assertIn("truncated", self.expect_error(3, self.write("t.npy", npy(self.samples)[:-9]), "-o", out))
        small = self.write("small.npy", npy([300] * (20 * 31), 31))
        self.assertIn("32 x 32", self.expect_error(3, small, "--bayer", "rggb", "--noise-profile", "1e-3,1e-5", "-o", out))
        profile = ["--noise-profile", "1e-3,1e-5", "-o", out]
        self.assertIn("16 x 16", self.expect_error(3, self.write("tiny.npy", npy([300] * 150, 15)), *profile))

    def test_black_and_saturated_frames(self):
        for value in (0, 4095):
            frame = self.write(f"flat{value}.npy", npy([value] * (WIDTH * HEIGHT)))
            message = self.expect_error(4, frame, "--bayer", "bggr", "-o", self.path("x.png"))
            self.assertIn("noise profile", message)
            result = run(frame, "--bayer", "bggr", "--black", "100", "--white", "4095", "--noise-profile", "1e-3,1e-5",
                         "-o", self.path("flat.png"))
            self.assertEqual(result.returncode, 0, result.stderr)
            self.assertEqual(set(b"".join(png(self.path("flat.png"))[5])), {0 if value == 0 else 255})


if __name__ == "__main__":
    NIGHTJAR = sys.argv.pop(1)
    unittest.main()
