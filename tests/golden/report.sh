#!/bin/sh
# Renders every event log of report/ in every format and compares with the files beside it.
#   report.sh RENDER           shows what differs; 1 where anything does
#   report.sh RENDER --update  writes the files anew; look at `git diff` before you commit them
render=$(realpath "$1")
update=${2:-}
cd "$(dirname "$0")/report" || exit 1
tmp=$(mktemp) || exit 1
trap 'rm -f "$tmp"' EXIT
export LC_ALL=C.UTF-8 NO_COLOR=1
rc=0
for log in *.jsonl; do
	formats='xml tap json github txt'
	[ "$log" != proof.jsonl ] || formats="$formats matrix matrix.html matrix.md"
	for format in $formats; do
		golden=${log%.jsonl}.$format
		"$render" "$format" "$log" >"$tmp" || { echo "$log: $format could not be rendered"; rc=1; }
		if [ -n "$update" ]; then
			cp "$tmp" "$golden"
		else
			diff -u "$golden" "$tmp" || rc=1
		fi
	done
done
exit $rc
