#!/bin/sh
# Make .venv from the hashed locks, with uv where it is there and with venv and pip elsewhere; do nothing when it is fresh.
#
#   set-up.sh core      what h2plan needs to run
#   set-up.sh dev       the same and the tools that check it
#   set-up.sh browser   Debian's Chromium and Chinese fonts, for the browser tests
#
# PYTHON=… picks the interpreter, UV= (empty) does without uv.
set -eu

cd "$(dirname "$0")/.."
VENV=.venv
PY=$VENV/bin/python

# Whatever the caller's shell says about Python stays outside.
unset PYTHONPATH PYTHONHOME PYTHONSTARTUP VIRTUAL_ENV CONDA_PREFIX
unset PIP_TARGET PIP_PREFIX PIP_REQUIREMENT PIP_CONSTRAINT PIP_REQUIRE_HASHES PIP_NO_BINARY PIP_BUILD_CONSTRAINT
unset UV_PROJECT UV_SYSTEM_PYTHON UV_REQUIRE_HASHES UV_CONSTRAINT UV_NO_BINARY UV_TARGET UV_PREFIX UV_PYTHON
export PYTHONNOUSERSITE=1 PIP_USER=0 PIP_DISABLE_PIP_VERSION_CHECK=1
# uv brings its own list of certificates; behind a company's proxy only the system's own list holds the right one.
if [ -e /etc/ssl/certs/ca-certificates.crt ]; then
    export UV_SYSTEM_CERTS="${UV_SYSTEM_CERTS-1}"
fi

say() { printf 'h2plan: %s\n' "$*"; }
stop() { printf 'h2plan: %s\n' "$*" >&2; exit 1; }
digest() { { cat "$@"; pwd -P; } | cksum | tr ' ' '-'; }
stamp() { cat "$VENV/.$1" 2>/dev/null || true; }
with_uv() { [ -n "${UV-uv}" ] && command -v "${UV-uv}" >/dev/null 2>&1; }
uv_quiet() { "${UV-uv}" "$@" --quiet --no-progress; }
new_enough() { "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; }
has_ensurepip() { "$1" -c 'import ensurepip, venv' >/dev/null 2>&1; }

# Print the first Python that is new enough and, without uv, can make an environment with pip in it.
find_python() {
    bare=
    set -- python3 python3.14 python3.13 python3.12 python3.11 python
    [ -z "${PYTHON-}" ] || set -- "$PYTHON"
    for name; do
        new_enough "$name" || continue
        if with_uv || has_ensurepip "$name"; then
            # An active .venv may be the one about to be replaced: take the Python below it.
            "$name" -c 'import sys; print(sys._base_executable)'
            return
        fi
        bare=${bare:-$name}
    done
    if [ -n "$bare" ]; then
        stop "$bare cannot make a virtual environment because its ensurepip is missing;" \
            "install it with 'apt-get install python3-venv' (Debian, Ubuntu), or install uv, then run make again"
    fi
    stop "no Python 3.11 or newer was found${PYTHON:+ at PYTHON=$PYTHON};" \
        "install one (Debian 12, Ubuntu 24.04: apt-get install python3 python3-venv)," \
        "or name one: make PYTHON=/path/to/python3.12 …"
}

make_venv() {
    python=$(find_python)
    if with_uv; then
        say "making $VENV with uv from $1 ($("$python" --version 2>&1))"
        rm -rf "$VENV"
        uv_quiet venv --python "$python" "$VENV"
    else
        say "making $VENV with venv and pip from $1 ($("$python" --version 2>&1)); the first time takes a minute or two"
        rm -rf "$VENV"
        "$python" -m venv "$VENV" || stop "$python could not make $VENV; see the lines above"
    fi
}

# Wheels only: a source package would fetch a build backend that no lock names.
install_lock() {
    if with_uv; then
        uv_quiet pip install --python "$PY" --require-hashes --only-binary :all: -r "$1"
    else
        "$PY" -m pip install --quiet --require-hashes --only-binary :all: -r "$1"
    fi
}

install_package() {
    if with_uv; then
        uv_quiet pip install --python "$PY" --no-build-isolation --no-deps --editable .
    else
        "$PY" -m pip install --quiet --no-build-isolation --no-deps --editable .
    fi
    digest pyproject.toml >"$VENV/.package"
}

set_up() {
    core=$(digest requirements.lock)
    dev=$(digest requirements.lock requirements-dev.lock)
    runs=no
    [ -x "$PY" ] && "$PY" -c '' >/dev/null 2>&1 && runs=yes
    lock=requirements.lock
    stale=no
    if [ "$1" = dev ]; then
        lock=requirements-dev.lock
        [ ! -e "$VENV/.dev" ] || [ "$(stamp dev)" = "$dev" ] || stale=yes
    fi
    if [ "$runs" = no ] || [ "$stale" = yes ] || [ "$(stamp core)" != "$core" ]; then
        make_venv "$lock"
        install_lock "$lock"
        [ "$1" = dev ] && echo "$dev" >"$VENV/.dev"
        echo "$core" >"$VENV/.core"
    elif [ "$1" = dev ] && [ "$(stamp dev)" != "$dev" ]; then
        say "adding the tools of requirements-dev.lock to $VENV"
        install_lock requirements-dev.lock
        echo "$dev" >"$VENV/.dev"
    fi
    [ "$(stamp package)" = "$(digest pyproject.toml)" ] || install_package
}

has_chromium() { command -v chromium >/dev/null 2>&1 || command -v chromium-browser >/dev/null 2>&1; }
has_fonts() { ! command -v dpkg-query >/dev/null 2>&1 || dpkg-query -W fonts-noto-cjk >/dev/null 2>&1; }

set_up_browser() {
    if has_chromium && has_fonts; then
        return
    fi
    if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null 2>&1; then
        say "browser tests need Debian's packages chromium and fonts-noto-cjk; install them as root. Going on without"
        return
    fi
    say "installing chromium and fonts-noto-cjk for the browser tests"
    if ! { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
        chromium fonts-noto-cjk; } >/dev/null 2>&1 </dev/null; then
        say "apt-get could not install chromium and fonts-noto-cjk. Going on without them"
    fi
}

case ${1-} in
    core | dev) set_up "$1" ;;
    browser) set_up_browser ;;
    *) stop "usage: scripts/set-up.sh core | dev | browser" ;;
esac
