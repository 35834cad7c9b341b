# SPDX-License-Identifier: ISC
# build.sh: from a source tree to installed programs on a Debian machine.
# Read with "." by conf/quickstart and tests/run; changes nothing by itself.
# shellcheck shell=sh

# What configure and make want.
BUILD_PACKAGES='gcc libc6-dev make pkg-config autoconf automake
autoconf-archive libssl-dev libseccomp-dev libbsd-dev libevent-dev'
# What a trial of the result wants.
TRIAL_PACKAGES='openssl procps postgresql'

# packages_missing PACKAGE...: prints those that are not installed.
packages_missing() {
    for package; do
        dpkg-query -W -f '${db:Status-Abbrev}\n' "$package" 2>/dev/null |
            grep -q '^.i' || printf '%s ' "$package"
    done
}

# packages_install LOG PACKAGE...: installs what is missing, asks nothing.
packages_install() {
    packages_log=$1
    shift
    missing=$(packages_missing "$@")
    [ -n "$missing" ] || return 0
    if [ "$(id -u)" -ne 0 ]; then
        echo "Debian packages are missing: $missing" >&2
        echo "As root: apt-get install $missing" >&2
        return 1
    fi
    echo "installing: $missing"
    without_main_cluster packages_apt "$packages_log" || {
        tail -n 20 "$packages_log" >&2
        return 1
    }
}

packages_apt() {
    # shellcheck disable=SC2086 # a list of words
    DEBIAN_FRONTEND=noninteractive && export DEBIAN_FRONTEND &&
        apt-get -qq update >>"$1" 2>&1 &&
        apt-get -qq -y --no-install-recommends install $missing >>"$1" 2>&1
}

# without_main_cluster COMMAND...: Debian's postgresql package makes a cluster
# and starts it; this machine's owner did not ask for one.
without_main_cluster() {
    answers=/etc/postgresql-common/createcluster.d
    answer=$answers/zz-postern-build.conf
    made=no
    [ -d "$answers" ] || made=yes
    mkdir -p "$answers"
    echo 'create_main_cluster = false' >"$answer"
    status=0
    "$@" || status=$?
    rm -f "$answer"
    [ "$made" = no ] || rmdir "$answers" "${answers%/*}" 2>/dev/null || :
    return "$status"
}

# source_copy FROM TO: the project's own files alone, with their times, so
# that nothing is generated beside them and what did not change is not built
# again.
source_copy() {
    rm -rf "$2"
    mkdir -p "$2"
    if [ -e "$1/.git" ] && command -v git >/dev/null; then
        source_list "$1" | tar -C "$1" --null -cf - -T - | tar -C "$2" -xf -
    else
        tar -C "$1" --exclude=./build --exclude=./.git --exclude='*.o' -cf - . |
            tar -C "$2" -xf -
    fi
}

source_list() {
    (cd "$1" && git -c safe.directory='*' ls-files -z -co --exclude-standard |
        xargs -0 sh -c 'for f; do [ ! -e "$f" ] || printf "%s\0" "$f"; done' sh)
}

# build_install SOURCE OBJECTS PREFIX CONFIGURE-ARGUMENT...: the whole way;
# what the tools say is in OBJECTS/build.log, and on the terminal if they fail.
build_install() {
    build_source=$1 build_objects=$2 build_prefix=$3
    shift 3
    mkdir -p "$build_objects"
    build_log=$build_objects/build.log
    : >"$build_log"
    build_step "$build_source" autoreconf -fi &&
        build_step "$build_objects" "$build_source/configure" --quiet \
            --prefix="$build_prefix" "$@" &&
        build_step "$build_objects" make -s -j"$(nproc)" &&
        build_step "$build_objects" make -s install
}

build_step() {
    build_place=$1
    shift
    if ! (cd "$build_place" && "$@") >>"$build_log" 2>&1 </dev/null; then
        tail -n 40 "$build_log" >&2
        echo "failed: $*" >&2
        return 1
    fi
}
