#!/bin/sh
# Renders every event log of report/ in every format, and the answers in diagnose/, and compares with
# the files beside them.
#   report.sh RENDER           shows what differs; 1 where anything does
#   report.sh RENDER --update  writes the files anew; look at `git diff` before you commit them
render=$(realpath "$1")
update=${2:-}
cd "$(dirname "$0")/report" || exit 1
tmp=$(mktemp) || exit 1
trap 'rm -f "$tmp"' EXIT
export LC_ALL=C.UTF-8 NO_COLOR=1
rc=0
compare() { # compare FORMAT FILE GOLDEN
	"$render" "$1" "$2" >"$tmp" || { echo "$2: $1 could not be rendered"; rc=1; }
	if [ -n "$update" ]; then
		cp "$tmp" "$3"
	else
		diff -u "$3" "$tmp" || rc=1
	fi
}
for log in *.jsonl; do
	formats='xml tap json github txt'
	[ "$log" != proof.jsonl ] || formats="$formats matrix matrix.html matrix.md"
	for format in $formats; do
		compare "$format" "$log" "${log%.jsonl}.$format"
	done
done
cd ../diagnose || exit 1
for answers in *.json; do
	compare answers "$answers" "${answers%.json}.txt"
done
exit $rc
