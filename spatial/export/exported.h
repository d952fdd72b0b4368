// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/result.h"
#include "spatial/export/posed_pictures.h"
#include "spatial/geometry/mesh.h"

namespace nightjar {

/// A file of an export: its bytes, or a file of the session folder that is handed on as it is.
struct ExportedFile {
  std::string name;  // relative to the export
  std::string bytes;
  std::string copy_of;  // relative to the session folder; empty: `bytes`
};

/// What an exporter makes: the files, and what a person has to know of them.
struct Exported {
  std::vector<ExportedFile> files;
  std::vector<std::string> notes;

  /// The text of a file of that name, which must be there.
  const std::string& Text(const std::string& name) const;
};

/// What an exporter is given.
struct ExportScope {
  const Session& session;              // one map, what was asked for removed and aligned
  std::vector<PosedPicture> pictures;  // empty for formats that have none
  bool images = false;                 // whether pictures and depth maps are handed on
  std::string name;                    // of the export, for formats that want one
  const Mesh* mesh = nullptr;          // to be written in place of points
  std::string remark;                  // one line each: the manifest, for formats of one file
};

/// A camera that was read back from the files of an export, in our conventions: fx and fy apart,
/// pixel (0, 0) the centre of the top-left pixel, camera x right, y down, z forward.
struct ReadBackView {
  double fx = 0, fy = 0, cx = 0, cy = 0;
  Se3 T_world_camera;
};

/// The points that an export holds: those of the session, or the vertices of its mesh.
std::vector<Eigen::Vector3d> OwnPoints(const ExportScope& scope);

/// All of an export that has a place. Views: in the order of the pictures; of formats without
/// pictures, bodies as cameras of ReferenceView(), in the order of the rows. Points: as they were
/// written, in the order of OwnPoints(); empty: the format has none.
struct ReadBack {
  std::vector<ReadBackView> views;
  std::vector<Eigen::Vector3d> points;
};

/// One format of another tool: how it is written, and how it is read back for the self-check.
struct ExportFormat {
  const char* name;    // as --to takes it
  bool is_one_file;    // else a folder
  bool has_pictures;   // made of posed pictures: needs keyframes
  bool needs_final;    // has no use for an odometry frame
  bool needs_one_map;  // has no way to keep several worlds apart
  Result<Exported> (*write)(const ExportScope&);
  Result<ReadBack> (*read)(const Exported&, const ExportScope&);
  /// The views that the files must hold; nullptr: the pictures'.
  std::vector<ReadBackView> (*own)(const ExportScope&);
  const char* conventions;  // one line, for the manifest
};

/// All formats, in the order of the documentation.
const std::vector<ExportFormat>& ExportFormats();

/// The camera that stands for a body where a format has only bodies: 500 px of focal length.
inline constexpr PinholeView kReferenceView{640, 480, 500, 319.5, 239.5};

/// Rows that an export of bodies holds: of the final trajectory, else of the causal one, those with
/// a usable pose (a quality score of 0.5 or more).
std::vector<const TrajectoryRow*> UsableRows(const Session& session);

/// The usable rows as views of kReferenceView.
std::vector<ReadBackView> OwnBodies(const ExportScope& scope);

/// A body that was read back, likewise.
ReadBackView BodyView(const Se3& T_world_body);

/// How far points lie apart when they are seen through our views and points and through those that
/// were read back: the self-check.
struct Reprojection {
  double worst_px = 0;
  int64_t views = 0;
  int64_t projections = 0;
};

/// kInternal when the numbers of views or points differ.
Result<Reprojection> Reproject(const std::vector<ReadBackView>& own, const ExportScope& scope,
                               const ReadBack& read);

/// Text as everybody's parser takes it, exact to what the number of digits says.
std::string Number(double value, int decimals = 9);

/// Our quaternion as x y z w, w >= 0, separated.
std::string QuaternionXyzw(const Eigen::Quaterniond& q, char separator);

/// Lines of a text, without their breaks.
std::vector<std::string_view> LinesOf(std::string_view text);

/// Numbers of a line, separated by blanks or commas; not one that is not a number: kInternal.
Result<std::vector<double>> NumbersOf(std::string_view line, const std::string& where);

}  // namespace nightjar
