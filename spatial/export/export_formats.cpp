// SPDX-License-Identifier: Apache-2.0
#include "spatial/export/export.h"
#include "spatial/export/formats.h"

namespace nightjar {

const std::vector<ExportFormat>& ExportFormats() {
  using namespace formats;  // NOLINT: the table is of nothing else
  static const std::vector<ExportFormat> kFormats = {
      {"tum", true, false, false, true, WriteTum, ReadTum, OwnBodies,
       "t[s] tx ty tz qx qy qz qw: body to world"},
      {"euroc", false, true, true, true, WriteEuroc, ReadEuroc, OwnEuroc,
       "T_BS: sensor to body; states: body to world, quaternion w x y z; pixel (0, 0) is the "
       "centre "
       "of the top-left pixel"},
      {"aria-mps", false, false, false, false, WriteAriaMps, ReadAriaMps, OwnAriaMps,
       "device (our body) to world, quaternion x y z w; in online_calibration w first"},
      {"colmap", false, true, true, true, WriteColmap, ReadColmap, nullptr,
       "world to camera, quaternion w x y z; camera x right, y down, z forward; the centre of the "
       "top-left pixel is (0.5, 0.5)"},
      {"nerfstudio", false, true, true, true, WriteNerfstudio, ReadNerfstudio, nullptr,
       "camera to world; camera x right, y up, looks along -z; the centre of the top-left pixel is "
       "(0.5, 0.5); depth: PNG of 16 bits in mm, 0 unknown"},
      {"scannet", false, true, true, true, WriteScannet, ReadScannet, nullptr,
       "camera to world; camera x right, y down, z forward; pixel (0, 0) is the centre of the "
       "top-left pixel; depth: PNG of 16 bits in mm, 0 unknown; axisAlignment: world to aligned"},
      {"ply", true, false, true, true, WritePly, ReadPly, OwnPly,
       "points in the world; inv_dist_std 1/m and dist_std m along the ray that saw them first"},
  };
  return kFormats;
}

std::vector<std::string> ExportFormatNames() {
  std::vector<std::string> names;
  for (const ExportFormat& format : ExportFormats()) names.emplace_back(format.name);
  return names;
}

}  // namespace nightjar
