#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Installs the packages for building and testing, or names the missing ones. Sourced by test.sh and
# demo.sh.
#
# ensure_packages NEED...   NEED is one of: build test client
#   On Debian and its relatives the missing packages are installed (as root or through sudo).
#   Elsewhere it names the missing libraries, and does nothing when all are there.

packages_for() {
    case "$1" in
    build) echo gcc cmake ninja-build pkg-config git libc6-dev libenet-dev libuv1-dev libsdl2-dev \
        libsdl2-ttf-dev libfontconfig-dev fonts-dejavu-core libcmocka-dev libxxhash-dev \
        libmicrohttpd-dev libjansson-dev libstb-dev libcurl4-openssl-dev \
        liburing-dev ;;
    test) echo clang groff-base libclang-rt-14-dev python3 python3-jsonschema curl \
        util-linux mount iproute2 xvfb xdotool ;;
    esac
}

# Tools and libraries to look for where there is no dpkg.
tools_for() {
    case "$1" in
    build) echo cc cmake ninja pkg-config git ;;
    test) echo clang groff python3 curl setarch unshare ip ;;
    esac
}
libraries_for() {
    case "$1" in
    build) echo cmocka libcurl libenet fontconfig jansson libmicrohttpd sdl2 SDL2_ttf stb \
        libuv liburing libxxhash ;;
    esac
}

install_debian_packages() {
    local missing=()
    for package in "$@"; do
        if [ "$(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null)" != installed ]; then
            missing+=("$package")
        fi
    done
    [ ${#missing[@]} -eq 0 ] && return 0
    echo "Installing Debian packages: ${missing[*]}"
    local elevate=()
    if [ "$(id -u)" -ne 0 ]; then
        if ! command -v sudo >/dev/null; then
            echo "Please install these packages as root: apt-get install ${missing[*]}" >&2
            return 1
        fi
        elevate=(sudo)
    fi
    local log
    log=$(mktemp)
    if ! { "${elevate[@]}" apt-get update &&
        "${elevate[@]}" env DEBIAN_FRONTEND=noninteractive \
            apt-get install -y --no-install-recommends "${missing[@]}"; } >"$log" 2>&1; then
        tail -n 20 "$log" >&2
        rm -f "$log"
        echo "The packages could not be installed (see above)." >&2
        return 1
    fi
    rm -f "$log"
}

name_missing_elsewhere() {
    local missing=()
    local need
    for need in "$@"; do
        for tool in $(tools_for "$need"); do
            command -v "$tool" >/dev/null || missing+=("$tool")
        done
        for library in $(libraries_for "$need"); do
            pkg-config --exists "$library" 2>/dev/null || missing+=("$library (pkg-config)")
        done
    done
    [ ${#missing[@]} -eq 0 ] && return 0
    echo "Not a Debian system; please install these, then run this again:" >&2
    printf '  %s\n' "${missing[@]}" >&2
    return 1
}

ensure_packages() {
    if command -v dpkg-query >/dev/null && command -v apt-get >/dev/null; then
        local need packages=()
        for need in "$@"; do
            # shellcheck disable=SC2207 # package names hold no blanks
            packages+=($(packages_for "$need"))
        done
        install_debian_packages "${packages[@]}"
    else
        name_missing_elsewhere "$@"
    fi
}
