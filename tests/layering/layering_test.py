#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Plants every kind of violation in a small repository and sees that layering.py finds exactly that."""
import os
import shutil
import subprocess
import tempfile
import unittest

import layering

HEADER = "// SPDX-License-Identifier: Apache-2.0\n#pragma once\n"


class LayeringTest(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.plant("core/time.h", HEADER)
        self.plant("calibration/rig.h", HEADER + '#include <Eigen/Core>\n#include "core/time.h"\n')
        self.plant("fusion/estimator.h", HEADER + '#include <ceres/manifold.h>\n#include "calibration/rig.h"\n')
        self.plant("isp/pyramid.h", HEADER + '#include <HalideBuffer.h>\n#include "pyramid_kernel.h"\n')
        self.plant("isp/CMakeLists.txt", "nightjar_add_library(isp SOURCES a.cpp PRIVATE nightjar::kernels)\n")
        self.plant("halide_generators/CMakeLists.txt", "nightjar_add_kernel(pyramid_kernel GENERATOR pyramid)\n")
        self.plant("spatial/session.h", HEADER + '#include "core/time.h"\n')
        self.plant("apps/pipeline/process.h", HEADER + '#include "isp/pyramid.h"\n#include "fusion/estimator.h"\n')
        self.plant("fusion/CMakeLists.txt",
                   "nightjar_add_library(fusion\n  SOURCES a.cpp\n  PUBLIC nightjar::core PRIVATE Ceres::ceres)\n")
        self.plant("build/release/anything.h", "not looked at")

    def plant(self, path, text):
        full = os.path.join(self.folder.name, path)
        os.makedirs(os.path.dirname(full), exist_ok=True)
        with open(full, "w", encoding="utf-8") as stream:
            stream.write(text)

    def found(self):
        return layering.violations(self.folder.name)

    def expect_one(self, *parts):
        found = self.found()
        self.assertEqual(len(found), 1, found)
        for part in parts:
            self.assertIn(part, found[0])

    def test_accepts_what_is_allowed(self):
        self.assertEqual(self.found(), [])

    def test_finds_an_include_between_siblings(self):
        self.plant("spatial/plan.cpp", HEADER + '#include "fusion/estimator.h"\n')
        self.expect_one("spatial/plan.cpp", "fusion/estimator.h")

    def test_finds_an_include_upwards(self):
        self.plant("core/pose.h", HEADER + '  #  include "calibration/rig.h"\n')
        self.expect_one("core must not include calibration/rig.h")

    def test_finds_an_include_in_angle_brackets(self):
        self.plant("isp/denoise.cpp", HEADER + "#include <fusion/estimator.h>\n")
        self.expect_one("isp must not include")

    def test_finds_a_link_between_siblings(self):
        self.plant("isp/CMakeLists.txt", "nightjar_add_library(isp SOURCES a.cpp\n  PUBLIC nightjar::fusion)\n")
        self.expect_one("isp must not link nightjar::fusion")

    def test_finds_a_link_to_a_target_of_another_name(self):
        self.plant("spatial/CMakeLists.txt", "target_link_libraries(nightjar_spatial PRIVATE nightjar::pipeline)\n")
        self.expect_one("spatial must not link nightjar::pipeline")

    def test_finds_a_link_of_a_public_library(self):
        self.plant("isp/CMakeLists.txt",
                   "nightjar_add_public_library(kernels HEADER h SOURCES a.cpp PRIVATE nightjar_pipeline_api)\n")
        self.expect_one("isp must not link nightjar_pipeline_api")

    def test_does_not_mind_comments(self):
        self.plant("isp/CMakeLists.txt", "nightjar_add_library(isp SOURCES a.cpp)  # never nightjar::fusion\n")
        self.assertEqual(self.found(), [])

    def test_finds_ceres_outside_fusion(self):
        self.plant("calibration/fit.cpp", HEADER + "#include <ceres/ceres.h>\n")
        self.expect_one("calibration/fit.cpp", "Ceres")

    def test_lets_the_calibrators_have_ceres(self):
        self.plant("calibration/estimate/fit.cpp", HEADER + "#include <ceres/ceres.h>\n")
        self.assertEqual(self.found(), [])

    def test_finds_opencv_on_the_path_to_the_kernels(self):
        self.plant("isp/CMakeLists.txt", "nightjar_add_library(isp SOURCES a.cpp PRIVATE opencv_core)\n")
        self.plant("isp/flow.cpp", HEADER + "#include <opencv2/core.hpp>\n")
        self.assertEqual(len(self.found()), 2, self.found())

    def test_finds_our_own_target_of_opencv(self):
        self.plant("isp/CMakeLists.txt", "nightjar_add_library(isp SOURCES a.cpp PRIVATE nightjar::opencv_core)\n")
        self.expect_one("isp/CMakeLists.txt", "OpenCV", "nightjar::opencv_core")

    def test_finds_a_link_to_the_kernels_outside_isp(self):
        for target in ("nightjar::kernels", "nightjar_kernels"):
            self.plant("spatial/CMakeLists.txt", f"nightjar_add_library(spatial SOURCES a.cpp PRIVATE {target})\n")
            self.expect_one("spatial/CMakeLists.txt", "a kernel", target)

    def test_finds_the_header_of_a_kernel_outside_isp(self):
        self.plant("spatial/plan.cpp", HEADER + "#include <pyramid_kernel.h>\n")
        self.expect_one("spatial/plan.cpp", "a kernel", "pyramid_kernel.h")

    def test_lets_the_tests_and_benchmarks_of_isp_have_the_kernels(self):
        for folder in ("tests/isp", "tests/halide_generators", "bench/isp"):
            self.plant(folder + "/a_test.cpp", HEADER + "#include <pyramid_kernel.h>\n")
            self.plant(folder + "/CMakeLists.txt", "nightjar_add_test(a_test LIBRARIES nightjar::kernels)\n")
        self.assertEqual(self.found(), [])

    def test_finds_the_halide_compiler_in_isp(self):
        self.plant("isp/jit.cpp", HEADER + "#include <Halide.h>\n")
        self.expect_one("isp/jit.cpp", "Halide compiler")

    def test_finds_a_cycle(self):
        self.plant("core/a.h", HEADER + '#include "core/b.h"\n')
        self.plant("core/b.h", HEADER + '#include "core/c.h"\n')
        self.plant("core/c.h", HEADER + '#include "core/a.h"\n')
        self.expect_one("cycle", "core/a.h -> core/b.h -> core/c.h -> core/a.h")

    def test_takes_two_ways_to_one_file_for_no_cycle(self):
        self.plant("core/a.h", HEADER + '#include "core/b.h"\n#include "core/time.h"\n')
        self.plant("core/b.h", HEADER + '#include "core/time.h"\n')
        self.assertEqual(self.found(), [])

    def test_finds_a_name_that_does_not_belong_at_the_top(self):
        self.plant("utils/strings.h", HEADER)
        self.expect_one("utils")

    def test_does_not_mind_what_a_user_put_at_the_top(self):
        self.plant("result/session.json", "{}")
        self.plant("options.yaml", "{}")
        self.plant("my_build/CMakeFiles/3.25.1/CompilerIdCXX/CMakeCXXCompilerId.cpp", "int main() {}\n")
        self.assertEqual(self.found(), [])

    @unittest.skipUnless(shutil.which("git"), "needs git")
    def test_looks_at_what_git_tracks(self):
        def git(*arguments):
            subprocess.run(["git", "-C", self.folder.name, *arguments], check=True, capture_output=True)

        self.plant(".gitignore", "/build/\n")
        git("init", "--quiet")
        git("add", "core", "spatial")
        self.plant("result/tool.h", HEADER)
        self.plant("core/draft.h", HEADER + '#include "calibration/rig.h"\n')
        self.assertEqual(self.found(), [])
        git("add", "--all")
        self.assertEqual(len(self.found()), 2, self.found())
        os.remove(os.path.join(self.folder.name, "core/draft.h"))
        self.expect_one("result: not one of the names")

    def test_finds_a_source_without_licence(self):
        self.plant("core/naked.h", "#pragma once\n")
        self.plant("tests/tool.py", "#!/usr/bin/env python3\nprint()\n")
        self.assertEqual(len(self.found()), 2, self.found())

    def test_finds_an_empty_source(self):
        self.plant("core/empty.cpp", "")
        self.expect_one("core/empty.cpp")


if __name__ == "__main__":
    unittest.main()
