#!/usr/bin/env bash
# Old reports go where WOOKIE_KEEP_REPORTS says so: those of runs of ours, and nothing else.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

if [ "$(id -u)" != 0 ]; then
	echo "1..0 # SKIP a run needs root"
	exit 0
fi
# A run that ends at once: there are no components.
once() { timeout 60 "$wookie" run all >>log 2>&1; }
runs() { find reports -mindepth 1 -maxdepth 1 -type d -name '20*' | wc -l; }
is() { # is NAME EXPECTED FOUND
	[ "$2" = "$3" ] && ok "$1" || not_ok "$1" "expected $2, found $3" "$(ls -la reports)"
}

refuses "a number that is none" 2 "WOOKIE_KEEP_REPORTS: expected a whole number from 1 to 1000000, found 'few'" \
	env WOOKIE_KEEP_REPORTS=few "$wookie" run all
for _ in 1 2 3 4; do once; done
is "all are kept unless it is said" 4 "$(runs)"
first=$(find reports -mindepth 1 -maxdepth 1 -type d -name '20*' -printf '%T@ %f\n' | sort | sed -n '1s/.* //p')

mkdir outside && cp -r "reports/$first/." outside/
ln -s ../outside "reports/2020-01-01-0001"
mkdir reports/2020-01-01-0002 && echo precious >reports/2020-01-01-0002/notes
cp -r "reports/$first" reports/2020-01-01-0003
mkdir reports/2020-01-01-0004 && head -n 1 "reports/$first/events.jsonl" |
	sed "s/$first/2020-01-01-0004/g" >reports/2020-01-01-0004/events.jsonl
mkdir reports/2020-01-01-0005 && ln -s "../$first/events.jsonl" reports/2020-01-01-0005/events.jsonl
export WOOKIE_KEEP_REPORTS=2
once
grep -q '^removed 3 older reports' log && ok "it is said" || not_ok "it is said" "$(tail -n 3 log)"
is "two of ours are left" 2 "$(find reports -mindepth 1 -maxdepth 1 -type d -name '20*' ! -name '2020-01-01-*' | wc -l)"
[ ! -e "reports/$first" ] && ok "the oldest went" || not_ok "the oldest went"
[ -s reports/latest/junit.xml ] && ok "the newest stays" || not_ok "the newest stays"
[ -L reports/2020-01-01-0001 ] && [ -s outside/events.jsonl ] && ok "a link stays, and what it leads to" ||
	not_ok "a link stays, and what it leads to"
is "a folder without a log stays" precious "$(cat reports/2020-01-01-0002/notes)"
[ -s reports/2020-01-01-0003/events.jsonl ] && ok "the log of another run stays" || not_ok "the log of another run stays"
[ -d reports/2020-01-01-0004 ] && ok "a run that did not end stays" || not_ok "a run that did not end stays"
[ -d reports/2020-01-01-0005 ] && ok "a log that is a link stays" || not_ok "a log that is a link stays"
touch -d '2 days ago' reports/2020-01-01-0004/events.jsonl
once
[ ! -e reports/2020-01-01-0004 ] && ok "one that was killed long ago goes" || not_ok "one that was killed long ago goes"

mv reports elsewhere && ln -s elsewhere reports
before=$(find elsewhere -mindepth 1 -maxdepth 1 | wc -l)
once
is "nothing goes where reports is a link" $((before + 1)) "$(find elsewhere -mindepth 1 -maxdepth 1 | wc -l)"
finish
