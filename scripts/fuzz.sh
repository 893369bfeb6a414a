#!/usr/bin/env bash
# Runs every fuzz target of the project for a while each.
#
#   scripts/fuzz.sh [SECONDS]     5 by default
#
# A target that fails for no other reason than Go's own race at the end of the
# time (go.dev/issue/75804, mended in Go 1.27: "context deadline exceeded" and
# no failing input; a busy machine makes it likely) is run again, up to five
# times in all.
set -euo pipefail
cd "$(dirname "$0")/.."
seconds=${1:-5}
log=$(mktemp)
trap 'rm -f "$log"' EXIT

once() { # DIR TARGET
	go test -run='^$' -fuzz="^$2\$" -fuzztime="${seconds}s" "$1" >"$log" 2>&1
}

race_of_go() {
	grep -q 'context deadline exceeded' "$log" && ! grep -qE 'Failing input|panic:|_test\.go:[0-9]+' "$log"
}

fuzz() { # DIR TARGET
	local try
	for try in 1 2 3 4 5; do
		once "$1" "$2" && return
		race_of_go || return
	done
	return 1
}

targets=0 failed=0
while IFS=: read -r file target; do
	dir=./$(dirname "$file")
	targets=$((targets + 1))
	if fuzz "$dir" "$target"; then
		printf 'ok   %s %s: %s\n' "$dir" "$target" "$(grep -o 'execs: [0-9]*' "$log" | tail -n 1)"
	else
		failed=$((failed + 1))
		printf 'FAIL %s %s\n' "$dir" "$target"
		cat "$log"
	fi
done < <(find . \( -name node_modules -o -name .git -o -name testdata \) -prune -o -name '*_test.go' -print |
	sort | xargs -r grep -HoE '^func Fuzz[A-Za-z0-9_]+\(' | sed -E 's/^\.\///; s/func //; s/\($//')

echo "$targets fuzz targets ran $seconds s each, $failed failed"
[ "$failed" = 0 ]
