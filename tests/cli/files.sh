#!/usr/bin/env bash
# Where reports go: whatever a person may name is written as a shell would, and never replaced but where
# it is a file; what cannot be written is refused before anything starts.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

log=$root/tests/golden/report/passing.jsonl
report() { "$wookie" report --from "$log" "$@"; }
report --output json >want.json
report --output tap >want.tap
same() { # same NAME FILE WANTED
	cmp -s "$2" "$3" && ok "$1" || not_ok "$1" "$(head -n 3 "$2")"
}

report --json file.json >console && same "a file that is not there yet" file.json want.json
echo old >target.json && ln -s target.json link.json && report --json link.json >console
same "the file behind a link" target.json want.json
[ -L link.json ] && ok "the link stays" || not_ok "the link stays"
mkfifo fifo && timeout 20 cat fifo >fifo.json &
reader=$!
report --json fifo >console
wait "$reader"
same "the reader of a FIFO" fifo.json want.json
[ -p fifo ] && ok "the FIFO stays" || not_ok "the FIFO stays"
report --json >(cat >process.json && touch read) >console && for _ in $(seq 100); do
	[ -e read ] && break
	sleep 0.1
done
same "a process" process.json want.json
report --output tap --json /dev/stdout | cat >both
cat want.json want.tap >want.both
same "standard output by its name" both want.both
report --output tap --json /dev/stdout >both
same "standard output by its name, a file" both want.both
says "--junit into a folder that is not there" 2 "report: --junit: 'none/x': folder 'none': No such file" report --junit none/x
[ -e none ] && not_ok "nothing is made" || ok "nothing is made"
for flag in junit tap json; do
	refuses "run: --$flag in a folder that is not there" 2 "run: --$flag: 'none/x': folder 'none': No such file" "$wookie" run all "--$flag" none/x
	refuses "run: --$flag is a folder" 2 "run: --$flag: '$work': expected a file, found a folder" "$wookie" run all "--$flag" "$work"
	refuses "prove: --$flag in a folder that is not there" 2 "prove: --$flag: 'none/x'" "$wookie" prove all "--$flag" none/x
done
refuses "prove: --matrix is a folder" 2 "prove: --matrix: '$work': expected a file" "$wookie" prove all --matrix "$work"
refuses "a report of no name" 2 "run: --junit: '': expected a file" "$wookie" run all --junit ''
: >reports
says "a file where the reports go" 3 "reports: Not a directory" "$wookie" run all
rm reports
mkdir reports && echo mine >reports/latest
says "a run without components" 3 "wookie-conform setup" "$wookie" run all
[ "$(cat reports/latest)" = mine ] && ok "what a person calls reports/latest stays" || not_ok "what a person calls reports/latest stays"
rm -r reports
# Devices of this test's own, where they can be made: nothing is tried on those of the machine.
if mknod null c 1 3 2>/dev/null && mknod full c 1 7 2>/dev/null; then
	says "a device that takes everything" 0 . report --json null
	[ -c null ] && ok "the device stays" || not_ok "the device stays"
	says "a device that is full" 3 "full: write: No space left" report --json full --tap beside.tap
	[ -c full ] && ok "the full device stays" || not_ok "the full device stays"
	same "what is beside it is written" beside.tap want.tap
	if mknod disk b 7 250 2>/dev/null; then
		refuses "a disk" 2 "found a block device" "$wookie" run all --json disk
	fi
fi
finish
