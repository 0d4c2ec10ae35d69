# shellcheck shell=bash disable=SC2034
# Sourced by the tests on the real mesh. Each test is a script of its own that prints "ok NAME" or
# "not ok NAME: why" lines and exits non-zero when one is not ok.
set -u
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
wookie=${WOOKIE:-wookie-conform}
# Tests work in folders of their own.
wookie=$(realpath "$(command -v "$wookie")")
work=$(mktemp -d "${TMPDIR:-/tmp}/wookie-mesh-test.XXXXXX")
bad=0

ok() {
	echo "ok $1"
}

not_ok() {
	echo "not ok $1: $2"
	bad=1
}

# expect NAME CODE COMMAND...: runs it with its output in $work/out, and compares the exit code.
expect() {
	local name=$1 code=$2 got
	shift 2
	"$@" >"$work/out" 2>&1 </dev/null
	got=$?
	if [ "$got" = "$code" ]; then
		ok "$name"
	else
		not_ok "$name" "exit code $got, expected $code; the end of its output:"
		tail -n 25 "$work/out" | sed 's/^/#   /'
	fi
}

# expect_text NAME PATTERN FILE
expect_text() {
	if grep -qE -- "$2" "$3"; then
		ok "$1"
	else
		not_ok "$1" "no line like '$2'"
		tail -n 25 "$3" | sed 's/^/#   /'
	fi
}

# eventually SECONDS COMMAND...: true as soon as the command is.
eventually() {
	local end=$((SECONDS + $1))
	shift
	until "$@" >/dev/null 2>&1; do
		[ "$SECONDS" -lt "$end" ] || return 1
		sleep 0.2
	done
}

finish() {
	rm -rf "$work"
	exit "$bad"
}
