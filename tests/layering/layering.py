#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Checks who may know whom: includes and link lines of every module against the table below, cycles between files,
the names at the top of the repository, and the licence line of every source.

    layering.py ROOT     prints one line per violation; exit status 1 when there is any

Looks at what git tracks. Where there is no git, at everything but folders and files at the top that hold no source of
ours: somebody may have put a result there.

tests/layering/layering_test.py plants a violation of every kind and sees that it is found.
"""
import os
import re
import subprocess
import sys

# What a module may include and link, itself apart. The order of the data's flow is not the order of knowledge: isp,
# fusion and spatial meet only in apps.
ALL = {"apps", "bench", "calibration", "core", "data", "fusion", "halide_generators", "isp", "spatial", "tests"}
ALLOWED = {
    "core": set(),
    "calibration": {"core"},
    "data": {"core", "calibration"},
    "halide_generators": set(),
    "isp": {"core", "calibration"},
    "fusion": {"core", "calibration"},
    "spatial": {"core", "calibration"},
    "apps": ALL - {"tests", "bench", "halide_generators"},
    "tests": ALL - {"bench"},
    "bench": ALL,
}

# Libraries that only some may use: how they look in an include and on a link line, and where they may be.
# "calibration/estimate" holds the calibrators, which are not on the path to the mobile kernels.
RESTRICTED = {
    "Ceres": (re.compile(r"^(ceres|glog)/"), re.compile(r"^(Ceres::|ceres$|glog)"),
              ("fusion", "calibration/estimate", "tests", "bench")),
    "OpenCV": (re.compile(r"^opencv2/"), re.compile(r"^((nightjar::)?opencv_|\$\{OpenCV)"),
               ("data", "fusion", "spatial", "apps", "calibration/estimate", "tests", "bench")),
    # A kernel needs the runtime's headers and never the compiler.
    "the Halide compiler": (re.compile(r"^Halide\.h$"), re.compile(r"^Halide::(Halide|Generator)$"),
                            ("halide_generators", "tests", "bench")),
    # Everybody else calls them through isp. Their headers: kernel_headers(). What tests/cmake/package links under this
    # name is the public library that was installed.
    "a kernel": (re.compile(r"(?!)"), re.compile(r"^nightjar(::|_)kernels$"),
                 ("halide_generators", "isp", "tests/cmake/package", "tests/halide_generators", "tests/isp", "bench/isp")),
}

TOP_LEVEL = ALL | {"cmake", "docs", "CMakeLists.txt", "CMakePresets.json", "README.md", "LICENSE", "CHANGELOG.md",
                   "CONTRIBUTING.md", "check", "demo"}
NOT_TRACKED = {"build", "out", "__pycache__", "compile_commands.json", "CMakeUserPresets.json"}  # as in .gitignore

SOURCES = (".h", ".c", ".cpp", ".py", ".cmake", "CMakeLists.txt")
LICENCE = "SPDX-License-Identifier: Apache-2.0"
INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*(["<])([^">]+)[">]', re.MULTILINE)
LINKING = re.compile(r"\b(nightjar_add_library|nightjar_add_public_library|nightjar_add_test|nightjar_add_benchmark|"
                     r"target_link_libraries)\s*\(([^)]*)\)")
KERNEL = re.compile(r"\bnightjar_add_kernel\s*\(\s*(\w+)")
# Targets whose name is not that of their module.
TARGET_MODULE = {"calibrators": "calibration", "kernels_api": "isp", "pipeline": "apps", "pipeline_api": "apps",
                 "simulator": "data"}


def tracked_files(root):
    """Paths of the files that git tracks and that are there, in a fixed order; None where there is no git."""
    if not os.path.exists(os.path.join(root, ".git")):
        return None
    try:
        listed = subprocess.run(["git", "-C", root, "ls-files", "-z"], capture_output=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError):
        return None
    paths = set(listed.decode("utf-8", "replace").split("\0"))
    return sorted(path for path in paths if path and os.path.isfile(os.path.join(root, path)))


def found_files(root):
    """The same without git: nothing hidden, nothing that was built, no name at the top without a source of ours."""
    found = []
    for folder, names, files in os.walk(root):
        names[:] = sorted(n for n in names if not n.startswith(".") and n not in NOT_TRACKED)
        found += [os.path.relpath(os.path.join(folder, f), root) for f in sorted(files) if not f.startswith(".")]
    ours = {path.split("/")[0] for path in found
            if path.endswith(SOURCES) and LICENCE in "".join(read(root, path).splitlines()[:2])}
    return [path for path in found if path.split("/")[0] in ours | TOP_LEVEL]


def read(root, path):
    with open(os.path.join(root, path), encoding="utf-8", errors="replace") as stream:
        return stream.read()


def may_use(path, places):
    return any(path.startswith(place + "/") for place in places)


def kernel_headers(root, paths):
    """Names of the headers that the build makes of the kernels, from where the kernels are declared."""
    return {f"{kernel}.h" for path in paths if path.startswith("halide_generators/") and path.endswith("CMakeLists.txt")
            for kernel in KERNEL.findall(read(root, path))}


def check_include(path, name, kernels):
    module, target = path.split("/")[0], name.split("/")[0]
    if "/" in name and target in ALL and target != module and target not in ALLOWED.get(module, ALL):
        yield f"{path}: {module} must not include {name}"
    for library, (pattern, _, places) in RESTRICTED.items():
        if pattern.search(name) and not may_use(path, places):
            yield f"{path}: must not use {library} ({name})"
    if name in kernels and not may_use(path, RESTRICTED["a kernel"][2]):
        yield f"{path}: must not use a kernel ({name})"


def check_links(path, text):
    module = path.split("/")[0]
    without_comments = re.sub(r"#.*", "", text)
    for _, arguments in LINKING.findall(without_comments):
        for word in arguments.split():
            name = re.sub(r"^(nightjar::|nightjar_)", "", word)
            target = TARGET_MODULE.get(name, name)
            if name != word and target in ALL and target != module and target not in ALLOWED.get(module, ALL):
                yield f"{path}: {module} must not link {word}"
            for library, (_, pattern, places) in RESTRICTED.items():
                if pattern.search(word) and not may_use(path, places):
                    yield f"{path}: must not link {library} ({word})"


def find_cycle(graph):
    """One cycle of a graph {node: [successors]} as a list that ends where it begins; empty: there is none."""
    done = set()
    for start in sorted(graph):
        trail, on_trail, pending = [], set(), [(start, False)]
        while pending:
            node, leaving = pending.pop()
            if leaving:
                trail.pop()
                on_trail.discard(node)
                done.add(node)
            elif node in on_trail:
                return trail[trail.index(node):] + [node]
            elif node not in done:
                trail.append(node)
                on_trail.add(node)
                pending.append((node, True))
                pending += [(successor, False) for successor in graph.get(node, ())]
    return []


def violations(root):
    """All violations, one line each."""
    paths = tracked_files(root)
    if paths is None:
        paths = found_files(root)
    names = {path.split("/")[0] for path in paths}
    found = [f"{name}: not one of the names that belong at the top" for name in sorted(names - TOP_LEVEL)
             if not name.startswith(".")]
    paths = [p for p in paths if p.split("/")[0] in ALL or "/" not in p]
    kernels = kernel_headers(root, paths)
    known = set(paths)
    graph = {}
    for path in paths:
        name = os.path.basename(path)
        is_cpp = path.endswith((".h", ".c", ".cpp"))
        if is_cpp or path.endswith(".py"):
            text = read(root, path)
            lines = text.splitlines() or [""]
            first = lines[1] if lines[0].startswith("#!") and len(lines) > 1 else lines[0]
            if first != ("// " if is_cpp else "# ") + LICENCE:
                found.append(f"{path}: does not begin with '{LICENCE}'")
        if is_cpp:
            included = INCLUDE.findall(text)
            for _, included_name in included:
                found += check_include(path, included_name, kernels)
            graph[path] = [included_name for _, included_name in included if included_name in known]
        elif name == "CMakeLists.txt" and "/" in path:
            found += check_links(path, read(root, path))
    cycle = find_cycle(graph)
    if cycle:
        found.append("include cycle: " + " -> ".join(cycle))
    return found


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    found = violations(sys.argv[1])
    print("\n".join(found) if found else "no violation")
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
