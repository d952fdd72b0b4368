# SPDX-License-Identifier: Apache-2.0
# What ./check and ./demo share. Sourced by them, with `root` set to the repository's folder.

# Prints the packages of cmake/debian-packages.txt that are not installed.
missing_packages() {
  local wanted
  wanted=$(sed -e 's/#.*//' -e '/^[[:space:]]*$/d' "$root/cmake/debian-packages.txt")
  # dpkg-query complains about every package that it has never heard of; those are among the missing ones.
  comm -23 <(sort <<<"$wanted") \
    <(dpkg-query -W -f '${db:Status-Abbrev} ${Package}\n' $wanted 2>/dev/null | sed -n 's/^ii  *//p' | sort -u)
}

# Installs what is missing; on a system that is not Debian's, says what is needed and goes on.
install_packages() {
  if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
    if command -v cmake >/dev/null && command -v ninja >/dev/null; then return; fi
    echo "$0: no Debian packages here; install what cmake/debian-packages.txt names" >&2
    exit 2
  fi
  local missing
  missing=$(missing_packages)
  [[ -n $missing ]] || return 0
  local as_root=()
  if [[ $EUID -ne 0 ]]; then
    if ! command -v sudo >/dev/null; then
      echo "$0: neither root nor sudo; install these first:" $missing >&2
      exit 2
    fi
    as_root=(sudo)
  fi
  echo "installing:" $missing
  local attempt
  for attempt in 1 2; do
    if "${as_root[@]}" apt-get update -qq &&
      "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing; then
      return 0
    fi
    [[ $attempt -eq 2 ]] || sleep 5
  done
  echo "$0: the packages could not be installed; install them by hand:" $missing >&2
  exit 75
}

# Configures the release preset unless it is configured, and builds the targets given (none: everything). Both scripts
# build in the same folder with the same settings, so neither makes the other build again.
build_release() {
  if [[ ! -f $root/build/release/build.ninja ]]; then
    local launcher=()
    if command -v ccache >/dev/null; then
      launcher=(-DCMAKE_C_COMPILER_LAUNCHER=ccache -DCMAKE_CXX_COMPILER_LAUNCHER=ccache)
    fi
    (cd "$root" && cmake --preset release "${launcher[@]}")
  fi
  local targets=()
  [[ $# -eq 0 ]] || targets=(--target "$@")
  cmake --build "$root/build/release" --parallel "$(nproc)" "${targets[@]}"
}
