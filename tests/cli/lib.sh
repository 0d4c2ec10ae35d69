# shellcheck shell=bash disable=SC2034
# Sourced by the tests of the command line. $1 is the program; TAP on standard output.
set -u
wookie=$(realpath "$1")
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
work=$(mktemp -d "${TMPDIR:-/tmp}/wookie-cli-test.XXXXXX")
trap 'rm -rf "$work"' EXIT
# Nothing of the user's own may be touched or matter.
export XDG_CACHE_HOME=$work/cache XDG_STATE_HOME=$work/state HOME=$work LC_ALL=C.UTF-8 NO_COLOR=1
cd "$work" || exit 1
count=0

ok() {
	count=$((count + 1))
	echo "ok $count - $1"
}

not_ok() {
	count=$((count + 1))
	echo "not ok $count - $1"
	shift
	printf '%s\n' "$@" | sed 's/^/# /'
}

# Functions cannot be run by timeout(1).
bounded() {
	if [ "$(type -t "$1")" = function ]; then
		"$@"
	else
		timeout 60 "$@"
	fi
}

# says NAME CODE PATTERN COMMAND...: exit code and one line of its output (both streams).
says() {
	local name=$1 code=$2 pattern=$3 got
	shift 3
	bounded "$@" >out 2>&1 </dev/null
	got=$?
	if [ "$got" != "$code" ]; then
		not_ok "$name" "exit code $got, expected $code" "$(head -n 5 out)"
	elif ! grep -qE -- "$pattern" out; then
		not_ok "$name" "no line like: $pattern" "$(head -n 5 out)"
	else
		ok "$name"
	fi
}

# A refusal: one line on standard error, nothing on standard output, nothing created.
refuses() {
	local name=$1 code=$2 pattern=$3 got
	shift 3
	bounded "$@" >out 2>err </dev/null
	got=$?
	if [ "$got" != "$code" ]; then
		not_ok "$name" "exit code $got, expected $code" "$(head -n 5 err)"
	elif ! grep -qE -- "$pattern" err; then
		not_ok "$name" "no line like: $pattern" "$(head -n 5 err)"
	elif [ "$(wc -l <err)" != 1 ] || [ -s out ]; then
		not_ok "$name" "expected one line on standard error and nothing else" "$(head -n 5 err out)"
	elif [ -e reports ] || [ -n "$(ls -A "$XDG_STATE_HOME" 2>/dev/null)" ]; then
		not_ok "$name" "something was created: $(ls -d reports "$XDG_STATE_HOME"/*/* 2>/dev/null)"
	else
		ok "$name"
	fi
}

# installed FOLDER: a program with suites and fixtures beside it, as an installation has them.
installed() {
	mkdir -p "$1/bin" "$1/share/wookie-conform" && cp "$wookie" "$1/bin/" &&
		cp -r "$root/suites" "$root/fixtures" "$1/share/wookie-conform/" &&
		chmod -R u+w,go-w "$1"
}

finish() {
	echo "1..$count"
}
