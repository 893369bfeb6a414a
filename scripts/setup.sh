#!/usr/bin/env bash
# Installs what is missing to run or test Chepiao; quick when nothing is.
#
#   scripts/setup.sh run    what `make run` needs: Go, Node, the web packages
#   scripts/setup.sh test   also Chromium with Chinese fonts, strace, poppler
#                           (PDF to picture), and the programs of PostgreSQL,
#                           of which none is left running
#
# Go, Node and make are only checked, never installed: which ones you want and
# where they come from is yours to decide.
set -euo pipefail
cd "$(dirname "$0")/.."

purpose=${1:-run}
case $purpose in
run | test) ;;
*) echo "usage: scripts/setup.sh run|test" >&2; exit 2 ;;
esac

fail() { printf 'setup: %s\n' "$*" >&2; exit 1; }

# at_least HAVE WANT: compares dotted versions.
at_least() { [ "$(printf '%s\n%s\n' "$2" "$1" | sort -V | head -n 1)" = "$2" ]; }

# need NAME HAVE WANT WHERE
need() {
	[ -n "$2" ] || fail "$1 is missing: install $1 $3 or newer ($4)"
	at_least "$2" "$3" || fail "$1 is $2, but $3 or newer is needed ($4)"
}

go_wanted=$(awk '$1 == "go" {print $2; exit}' go.mod)
need go "$(go env GOVERSION 2>/dev/null | sed 's/^go//; s/[^0-9.].*//')" "${go_wanted%.0}" https://go.dev/dl/
need node "$(node --version 2>/dev/null | tr -d v)" 20 https://nodejs.org/
need npm "$(npm --version 2>/dev/null)" 9 "it comes with Node"
need make "$(make --version 2>/dev/null | sed -n 's/^GNU Make //p')" 4 "GNU make"

# The stamp holds the hash of the lock file that node_modules was made from.
stamp=web/node_modules/.stamp
lock=$(cat web/package.json web/package-lock.json | sha256sum)
if [ "$(cat "$stamp" 2>/dev/null)" != "$lock" ]; then
	echo "setup: fetching the web packages (npm ci)"
	# No package may run a program of its own at installation.
	npm ci --prefix web --ignore-scripts --no-audit --no-fund --loglevel=error
	printf '%s\n' "$lock" >"$stamp"
fi

[ "$purpose" = test ] || exit 0

missing=()
command -v chromium >/dev/null || missing+=(chromium)
command -v strace >/dev/null || missing+=(strace)
command -v ip >/dev/null || missing+=(iproute2)
command -v pdftoppm >/dev/null || missing+=(poppler-utils)
compgen -G '/usr/share/fonts/opentype/noto/NotoSansCJK*' >/dev/null || missing+=(fonts-noto-cjk)
server_there() { compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null || command -v initdb >/dev/null; }
server_there || missing+=(postgresql)
[ ${#missing[@]} -gt 0 ] || exit 0

command -v apt-get >/dev/null || fail "the tests need ${missing[*]}: install them with your system's package manager"
sudo=
if [ "$(id -u)" != 0 ]; then
	command -v sudo >/dev/null || fail "the tests need ${missing[*]}: run as root: apt-get install ${missing[*]}"
	sudo=sudo
fi
echo "setup: installing ${missing[*]}"
$sudo apt-get update -q
install() { $sudo env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends "$@"; }
if ! server_there; then
	# The tests start servers of their own: the package shall neither make nor
	# start one of the system's, now or when the machine starts.
	missing=("${missing[@]/#postgresql/$(apt-cache show postgresql-15 >/dev/null 2>&1 && echo postgresql-15 || echo postgresql)}")
	install postgresql-common
	setting=/etc/postgresql-common/createcluster.d/chepiao.conf
	$sudo mkdir -p "${setting%/*}"
	echo 'create_main_cluster = false' | $sudo tee "$setting" >/dev/null
	trap '$sudo rm -f "$setting"' EXIT
fi
install "${missing[@]}"
