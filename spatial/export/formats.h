// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "spatial/export/exported.h"

/// The writers and readers of the formats (docs/formats/export.md has the conventions of each). A
/// reader knows the format's conventions and not the writer: it goes back to ours from the text
/// alone.
namespace nightjar::formats {

/// TUM: t[s] tx ty tz qx qy qz qw of the body in the world.
Result<Exported> WriteTum(const ExportScope& scope);
Result<ReadBack> ReadTum(const Exported& exported, const ExportScope& scope);

/// EuRoC/ASL: mav0/cam0 as a pinhole camera, mav0/state_groundtruth_estimate0.
Result<Exported> WriteEuroc(const ExportScope& scope);
Result<ReadBack> ReadEuroc(const Exported& exported, const ExportScope& scope);
std::vector<ReadBackView> OwnEuroc(const ExportScope& scope);

/// Project Aria's slam/ folder.
Result<Exported> WriteAriaMps(const ExportScope& scope);
Result<ReadBack> ReadAriaMps(const Exported& exported, const ExportScope& scope);
std::vector<ReadBackView> OwnAriaMps(const ExportScope& scope);

/// COLMAP's text: world to camera, quaternion w x y z, the top-left pixel's centre at 0.5.
Result<Exported> WriteColmap(const ExportScope& scope);
Result<ReadBack> ReadColmap(const Exported& exported, const ExportScope& scope);

/// nerfstudio's transforms.json: camera to world, OpenGL's camera (y up, looks along -z), the
/// top-left pixel's centre at 0.5; points beside it as PLY.
Result<Exported> WriteNerfstudio(const ExportScope& scope);
Result<ReadBack> ReadNerfstudio(const Exported& exported, const ExportScope& scope);

/// ScanNet's exported frames: color/ depth/ pose/ intrinsic/, camera to world.
Result<Exported> WriteScannet(const ExportScope& scope);
Result<ReadBack> ReadScannet(const Exported& exported, const ExportScope& scope);

/// Stanford PLY, binary, little-endian: points with their sigmas.
Result<Exported> WritePly(const ExportScope& scope);
Result<ReadBack> ReadPly(const Exported& exported, const ExportScope& scope);
std::vector<ReadBackView> OwnPly(const ExportScope& scope);

/// The bytes of such a file, for formats that have one beside them. `remark`: lines of comment.
std::string PlyBytes(const std::vector<Landmark>& points, const std::string& remark);
Result<std::vector<Eigen::Vector3d>> PlyPoints(std::string_view bytes, const std::string& where);

/// Hands on pictures and depth maps, where that was asked for, under the names that `to` gives.
template <typename To>
void HandOn(const ExportScope& scope, const std::string& which, const To& to, Exported& exported) {
  for (const PosedPicture& picture : scope.pictures) {
    const std::string& file = which == "depth" ? picture.depth : picture.image;
    if (scope.images && !file.empty()) exported.files.push_back({to(picture), {}, file});
  }
}

}  // namespace nightjar::formats
