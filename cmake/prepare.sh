# SPDX-License-Identifier: Apache-2.0
# What ./check and ./demo share. Sourced by them, with `root` set to the repository's folder.

# Prints the packages that Nightjar is built from.
wanted_packages() {
  sed -e 's/#.*//' -e '/^[[:space:]]*$/d' "$root/cmake/debian-packages.txt"
}

# Prints those that are not installed.
missing_packages() {
  local wanted
  wanted=$(wanted_packages)
  # dpkg-query complains about every package that it has never heard of; those are among the missing ones.
  comm -23 <(sort <<<"$wanted") \
    <(dpkg-query -W -f '${db:Status-Abbrev} ${Package}\n' $wanted 2>/dev/null | sed -n 's/^ii  *//p' | sort -u)
}

# Prints the value of a variable of os-release(5), which is made to be sourced; nothing when it is not there.
os_release() (
  unset ID VERSION_ID
  file=${NIGHTJAR_OS_RELEASE:-/etc/os-release}
  [[ ! -r $file ]] || source "$file"
  printf '%s\n' "${!1:-}"
)

# Whether there is something to build with.
has_tools() {
  command -v cmake && command -v ninja &&
    { [[ -n ${CXX:-} ]] || command -v c++ || command -v g++ || command -v clang++; }
} >/dev/null

# Installs what is missing on Debian 12. Other systems, its relatives included, have other names or versions: says what
# is needed, and goes on where that may be.
install_packages() {
  local id version
  id=$(os_release ID) version=$(os_release VERSION_ID)
  if [[ $id != debian || $version != 12 ]]; then
    echo "$0: this is ${id:-no known system}${version:+ $version}, where nothing is installed for you; needed are, by" \
      "Debian 12's names:" $(wanted_packages) >&2
    if has_tools; then return 0; fi
    echo "$0: cmake, ninja and a C++ compiler have to be there first" >&2
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
      # It does not look through precompiled headers.
      launcher=(-DCMAKE_C_COMPILER_LAUNCHER=ccache -DCMAKE_CXX_COMPILER_LAUNCHER=ccache
        -DNIGHTJAR_PRECOMPILED_HEADERS=OFF)
    fi
    (cd "$root" && cmake --preset release "${launcher[@]}")
  fi
  local targets=()
  [[ $# -eq 0 ]] || targets=(--target "$@")
  # What one clone has compiled serves the next one.
  export CCACHE_BASEDIR=${CCACHE_BASEDIR:-$root}
  cmake --build "$root/build/release" --parallel "$(nproc)" "${targets[@]}"
}
