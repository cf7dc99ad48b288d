#!/bin/sh
# One entry for a fresh machine and for every day after it:
#
#   ./autogen.sh build    packages, browser parts, configure and make, in build/
#   ./autogen.sh run      the same, then a demo shop (if there is no instance yet), nginx and the pool in the foreground; Ctrl-C stops both
#   ./autogen.sh check    the same, then all tests; ends with "N passed, N failed"
#
#   --no-install          never touch packages: list what is missing and stop with status 1
#
# Environment: PORT (8080), SHOPWRIGHT_HOME (./instance), BUILD (./build), CC, CFLAGS. What is up to date is not done again.
set -eu

# ---- Debian packages: to build, to run, to test. README.md names nothing that is not here.
PACKAGES_BUILD='gcc make autoconf automake pkg-config gettext libc6-dev libfcgi-dev liblmdb-dev libmsgpack-dev libyajl-dev liblua5.4-dev
  libpcre2-dev libsodium-dev libgmime-3.0-dev libcurl4-openssl-dev libpango1.0-dev libcairo2-dev libqpdf-dev libvips-dev libical-dev
  libinih-dev liboath-dev libcmocka-dev'
PACKAGES_RUN='nginx-light ffmpeg bubblewrap util-linux tzdata fonts-dejavu-core'
PACKAGES_TEST='chromium libheif-examples poppler-utils qpdf lua-check clang clang-tidy libclang-rt-14-dev cppcheck python3 xz-utils man-db groff'
NODE_PACKAGES='nodejs npm' # only when there is no node yet: any node from 18 on will do

root=$(cd "$(dirname "$0")" && pwd)
build=${BUILD:-$root/build}
home=${SHOPWRIGHT_HOME:-$root/instance}
port=${PORT:-8080}
install=yes
what=

usage() { sed -n '2,10s/^# \{0,1\}//p' "$root/autogen.sh"; }
say() { printf '%s\n' "autogen: $*"; }
die() { printf '%s\n' "autogen: $*" >&2; exit 1; }

for arg in "$@"; do
  case $arg in
    run|check|build) [ -z "$what" ] || { usage >&2; exit 2; }; what=$arg ;;
    --no-install) install=no ;;
    -h|--help) usage; exit 0 ;;
    *) usage >&2; exit 2 ;;
  esac
done
[ -n "$what" ] || { usage >&2; exit 2; }
case $port in ''|*[!0-9]*) die "PORT must be a number, not \"$port\"" ;; esac
case $home in /*) ;; *) home=$PWD/$home ;; esac
case $build in /*) ;; *) build=$PWD/$build ;; esac
cd "$root"

# ---- Packages

has_package() {
  case $1 in # others bring the same thing
    nginx-light) [ -x /usr/sbin/nginx ] || command -v nginx >/dev/null && return 0 ;;
    pkg-config) command -v pkg-config >/dev/null && return 0 ;;
    libmsgpack-dev) pkg-config --exists msgpack-c 2>/dev/null || pkg-config --exists msgpack 2>/dev/null && return 0 ;;
  esac
  dpkg-query -W -f '${Status}' "$1" 2>/dev/null | grep -q 'ok installed'
}

packages() {
  stamp=$build/.packages-$what
  [ -e "$stamp" ] && [ "$stamp" -nt "$root/autogen.sh" ] && return 0
  command -v dpkg-query >/dev/null || { say 'this is no Debian: the packages are up to you'; return 0; }
  want="$PACKAGES_BUILD $PACKAGES_RUN"
  [ "$what" != check ] || want="$want $PACKAGES_TEST"
  command -v node >/dev/null && command -v npm >/dev/null || want="$want $NODE_PACKAGES"
  missing=
  for p in $want; do has_package "$p" || missing="$missing $p"; done
  if [ -n "$missing" ]; then
    if [ "$install" = no ]; then
      printf '%s\n' 'autogen: these packages are missing:' >&2
      for p in $missing; do printf '  %s\n' "$p" >&2; done
      exit 1
    fi
    if [ "$(id -u)" = 0 ]; then sudo=
    elif command -v sudo >/dev/null && sudo -n true 2>/dev/null; then sudo='sudo -n'
    elif command -v sudo >/dev/null && [ -t 0 ]; then sudo=sudo
    else die "these packages are missing, and there is neither root nor sudo to install them; as root: apt-get install --no-install-recommends$missing"
    fi
    say "installing$missing"
    $sudo env DEBIAN_FRONTEND=noninteractive apt-get update -q
    # nginx's package would start a server of its own: ours is started from the instance's configuration
    policy=/usr/sbin/policy-rc.d made_policy=
    if [ ! -e $policy ] && [ ! -e /usr/sbin/nginx ]; then
      printf '#!/bin/sh\nexit 101\n' | $sudo tee $policy >/dev/null && $sudo chmod +x $policy && made_policy=yes
    fi
    # shellcheck disable=SC2086
    $sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends $missing || failed=yes
    [ -z "$made_policy" ] || $sudo rm -f $policy
    [ -z "${failed:-}" ] || die 'apt-get could not install them'
  fi
  mkdir -p "$build"
  touch "$stamp"
}

# ---- Browser parts. A release carries them in vendor/; a clone takes them from npm.

browser_parts() {
  [ "$what" = check ] || [ ! -d vendor ] || return 0
  [ node_modules/.package-lock.json -nt package-lock.json ] && return 0
  [ "$install" = yes ] || die 'the browser parts are missing: run npm ci --ignore-scripts'
  say 'fetching the browser parts'
  npm ci --ignore-scripts --no-audit --no-fund --loglevel=error || die 'npm ci failed'
  touch node_modules/.package-lock.json
}

# ---- Build

# Whether anything is newer than the last build that went through.
is_built() {
  [ -e "$build/.built" ] && [ -x "$build/shopwright" ] &&
    [ -z "$(find autogen.sh configure.ac Makefile.am build-stage.inc shopwright.pc.in core plugins lua nginx man package-lock.json \
      -newer "$build/.built" -not -name '*.html' -not -name '*.md' -print -quit 2>/dev/null)" ]
}

jobs() { n=$(getconf _NPROCESSORS_ONLN 2>/dev/null || echo 1); echo "$n"; }

build() {
  is_built && return 0
  mkdir -p "$build"
  if [ ! -x configure ] || [ configure.ac -nt configure ] || [ -n "$(find . -path ./node_modules -prune -o \
       \( -name 'Makefile*.inc' -o -name Makefile.am -o -name build-stage.inc \) -newer configure -print -quit 2>/dev/null)" ]; then
    say 'making configure'
    autoreconf -fi >"$build/autoreconf.log" 2>&1 || { cat "$build/autoreconf.log" >&2; die 'autoreconf failed'; }
  fi
  if [ ! -e "$build/config.status" ] || [ configure -nt "$build/config.status" ]; then
    say "configuring in $build"
    # shellcheck disable=SC2086
    (cd "$build" && "$root/configure" -q ${CONFIGURE_FLAGS:-}) >"$build/configure.log" 2>&1 || { tail -20 "$build/configure.log" >&2; die 'configure failed'; }
  fi
  say 'building'
  started=$(date +%s)
  make -C "$build" -s -j"$(jobs)" || die 'make failed'
  touch -d "@$started" "$build/.built"
}

# ---- Run

program() { "$build/shopwright" "$@"; }

nginx_program() { command -v nginx 2>/dev/null || echo /usr/sbin/nginx; }

pool_pid=
nginx_pid=
stop() {
  trap - INT TERM EXIT
  if [ -n "$nginx_pid" ]; then kill -QUIT "$nginx_pid" 2>/dev/null || :; fi
  if [ -n "$pool_pid" ]; then kill -TERM "$pool_pid" 2>/dev/null || :; fi
  if [ -n "$nginx_pid" ]; then wait "$nginx_pid" 2>/dev/null || :; fi
  if [ -n "$pool_pid" ]; then wait "$pool_pid" 2>/dev/null || :; fi
}

start() {
  program nginx-config --home "$home" --port "$port" >/dev/null || die 'the nginx configuration could not be written'
  mkdir -p "$home/nginx"
  rm -f "$home/run/ready" "$home/nginx/nginx.pid"
  trap 'stop; exit 0' INT TERM
  trap 'stop' EXIT
  "$build/shopwright" serve --home "$home" & # not through program(): $! must be the pool itself
  pool_pid=$!
  n=0
  until [ -e "$home/run/ready" ]; do
    kill -0 "$pool_pid" 2>/dev/null || { pool_pid=; die 'the pool ended; the lines above say why'; }
    n=$((n + 1))
    [ "$n" -le 300 ] || die 'the pool was not ready within 30 seconds'
    sleep 0.1
  done
  "$(nginx_program)" -p "$home/nginx" -c "$home/nginx/nginx.conf" -e "$home/nginx/error.log" -g 'daemon off;' &
  nginx_pid=$!
  n=0
  until [ -s "$home/nginx/nginx.pid" ] && answers; do
    kill -0 "$nginx_pid" 2>/dev/null || { nginx_pid=; die "nginx ended; is port $port taken? See $home/nginx/error.log"; }
    n=$((n + 1))
    [ "$n" -le 100 ] || die "nginx did not answer on port $port"
    sleep 0.05
  done
}

# sh has no sockets: node is there anyway
answers() {
  node -e 'const s=require("net").connect(+process.argv[1],"127.0.0.1");s.on("connect",()=>process.exit(0));s.on("error",()=>process.exit(1))' "$port" 2>/dev/null
}

seed() {
  [ ! -e "$home/.seeded" ] || return 0
  [ -e "$home/.demo" ] || return 0
  say 'filling the demo shop through its own API'
  SHOPWRIGHT="$build/shopwright" SHOPWRIGHT_HOME="$home" node demo/seed.mjs "http://127.0.0.1:$port" || die 'the demo shop could not be filled'
  touch "$home/.seeded"
}

run() {
  if [ ! -e "$home/shopwright.conf" ]; then
    say "making a demo shop in $home"
    program init --demo --home "$home" --port "$port" >/dev/null
    touch "$home/.demo"
  fi
  start
  seed
  printf 'Ready: http://localhost:%s\n' "$port"
  if [ -e "$home/.demo" ]; then
    printf '%s\n' 'Sign in as owner@demo.test, advisor@demo.test, tech@demo.test or customer@demo.test; password: demo-shop-please-change' \
      "Mail that the demo would send: http://localhost:$port/demo/outbox"
  else
    printf '%s\n' 'The users of this instance:'
    program user list --home "$home" | cut -f1,3
  fi
  wait "$pool_pid" || :
  pool_pid=
  stop
  die 'the pool ended'
}

packages
browser_parts
case $what in
  build) build; say "built: $build/shopwright" ;;
  run) build; run ;;
  check) build; BUILD="$build" exec tests/run ;;
esac
