#!/usr/bin/env bash
# Help, man page and behaviour say the same: nothing is missing in one of them, and nothing is made up.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

man_page=$root/harness/cli/wookie-conform.1.scd

section() { awk -v title="# $1" '/^# / { here = $0 == title } here' "$man_page"; }
# The heads of a section's entries.
entries() { section "$1" | grep -E '^[*_\[|]'; }

# same NAME WHAT OTHER: two lists in files that must hold the same lines.
same() {
	sort -u "$2" >a
	sort -u "$3" >b
	if [ ! -s a ]; then
		not_ok "$1" "nothing was found"
	elif cmp -s a b; then
		ok "$1"
	else
		not_ok "$1" "only in the first:" "$(comm -23 a b)" "only in the second:" "$(comm -13 a b)"
	fi
}

"$wookie" --help | sed -n 's/^  \([a-z]*\) .*/\1/p' >commands
entries COMMANDS | sed -n 's/^\*\([a-z]*\)\*.*/\1/p' >described
same "commands of --help and of the man page" commands described

# "-o, --output FORMAT" is "--output" and "-o" there; the value is checked for those that name no choice.
for command in $(cat commands); do
	"$wookie" "$command" --help | grep -E '^ +(-., )?--[a-z]'
done | sort -u >help
sed -nE 's/^ +(-.), --.*/\1/p' help >flags
sed -nE 's/^ +(-., )?(--[a-z-]+).*/\2/p' help >>flags
entries FLAGS | grep -oE '\*--?[a-z-]+\*' | tr -d '*' >described
same "flags of --help and of the man page" flags described
sed -nE 's/^ +(-., )?(--[a-z-]+) ([A-Z=]+)  .*/\2 \3/p' help | grep -vE ' (FORMAT|WHEN)$' >values
entries FLAGS | grep -oE '\*--[a-z-]+\* _[A-Z]+_(=_[A-Z]+_)?' | tr -d '*_' >described
same "values of flags" values described
sed -nE 's/^ +(-., )?(--[a-z-]+) (FORMAT|WHEN) .*: (.*)/\2 \4/p' help | grep -v 'text or json$' | sed 's/, \| or /|/g' >values
entries FLAGS | grep -oE '\*--[a-z-]+\* (\*[a-z]+\*\|?)+' | tr -d '*' >described
same "choices of flags" values described

# Every name in capitals in a file that reads the environment.
grep -rlE '\bgetenv\(' "$root/harness" | xargs grep -ohE '"[A-Z][A-Z0-9_]+"' | tr -d '"' >variables
entries ENVIRONMENT | grep -oE '_[A-Z][A-Z0-9_]*[A-Z0-9]_' | sed 's/^_//; s/_$//' >described
same "environment variables that are read and those of the man page" variables described

sed -n '/^enum wk_exit {/,/^}/s/.*= \([0-9]*\),.*/\1/p' "$root/include/wookie/model/event.h" >codes
entries 'EXIT STATUS' | grep -oE '\*[0-9]+\*' | tr -d '*' >described
same "exit codes" codes described
"$wookie" run --help | grep '^Exits' | grep -oE '\b[0-9]+ ' | tr -d ' ' >described
same "exit codes of run --help" codes described

"$wookie" schema --help | sed -n 's/^usage: wookie-conform schema //p' | tr -d '[]' | sed 's/ *FLAGS *//' | tr '|' '\n' >formats
entries 'FILE FORMATS' | grep -oE '^_[a-z]+_' | tr -d '_' >described
same "file formats" formats described
for format in $(cat formats); do
	says "schema $format" 0 draft-07 "$wookie" schema "$format"
done

# The reports of a run, as they are named where they are written.
grep -ohE '"[a-z]+\.(xml|tap|json|jsonl|html|md|txt)"|/events\.jsonl' "$root/harness/cli/output.c" "$root/harness/cli/folder.c" |
	tr -d '"/' >files
section FILES | grep -oE '_[a-z]+\.(xml|tap|json|jsonl|html|md|txt)_' | tr -d _ >described
same "files of a run" files described

"$wookie" reference >reference
if cmp -s reference "$root/docs/reference.md"; then
	ok "docs/reference.md is what the program says"
else
	not_ok "docs/reference.md is what the program says" "wookie-conform reference >docs/reference.md" \
		"$(diff reference "$root/docs/reference.md" | head -n 10)"
fi

# Every code comes out of the program.
report() { says "$1" "$2" . "$wookie" report --from "$root/tests/golden/report/$3.jsonl"; }
report "0" 0 passing
report "1: a check failed" 1 failing
says "2: usage" 2 . "$wookie" run --nope
says "3: environment" 3 . "$wookie" run all
says "4: nothing selected" 4 . "$wookie" run all --only 'none.*'
report "4: skips under --strict" 4 skipping-strict
report "5: teardown left something" 5 leftover
report "130: interrupted" 130 interrupted
finish
