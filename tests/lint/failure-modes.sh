#!/bin/sh
# Every failure mode that fixtures/faults/README.md lists is made by faults that exist, or says in a sentence
# why it is not made.
set -u
cd "$(dirname "$0")/../../fixtures/faults" || exit 1
bad=0
modes=0
say() {
	echo "fixtures/faults/README.md: $*"
	bad=1
}
while IFS='|' read -r _ number what made _; do
	number=$(echo "$number" | tr -d ' ')
	case $number in
	'' | *[!0-9]*) continue ;;
	esac
	modes=$((modes + 1))
	[ "$number" -eq "$modes" ] || say "row $number stands where $modes is expected"
	[ -n "$(echo "$what" | tr -d ' ')" ] || say "row $number says nothing"
	case $made in
	*'not made: '?*)
		reason=${made##*not made: }
		[ "$(echo "$reason" | wc -w)" -ge 5 ] || say "row $number does not say why"
		continue
		;;
	esac
	faults=$(echo "$made" | grep -o '`[a-z0-9-]*`' | tr -d '`')
	[ -n "$faults" ] || say "row $number names no fault and no reason"
	for fault in $faults; do
		[ -f "$fault.yaml" ] || say "row $number names '$fault', and there is no such file"
	done
done <README.md
[ "$modes" -gt 0 ] || say 'there is no table of failure modes'
exit $bad
