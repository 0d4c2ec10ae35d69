#!/usr/bin/env bash
# Completion: what it offers is what the program says of itself.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

completion=$root/harness/cli/completion.bash
mkdir bin && ln -s "$wookie" bin/wookie-conform
PATH=$work/bin:$PATH

if bash -n "$completion" && . "$completion"; then
	ok "it can be sourced"
else
	not_ok "it can be sourced"
fi

# offers NAME WORDS... => EXPECTED...: what the last of the words is completed to, in any order.
offers() {
	local name=$1 words=(wookie-conform) got expected
	shift
	while [ "$1" != "=>" ]; do
		words+=("$1")
		shift
	done
	shift
	COMP_WORDS=("${words[@]}")
	COMP_CWORD=$((${#words[@]} - 1))
	COMPREPLY=()
	_wookie_conform
	got=$(printf '%s\n' "${COMPREPLY[@]}" | sort)
	expected=$(printf '%s\n' "$@" | sort)
	if [ "$got" = "$expected" ]; then
		ok "$name"
	else
		not_ok "$name" "expected" "$expected" "found" "$got"
	fi
}

touch topology.yaml
mkdir reports
offers "a command" st "=>" status
offers "commands that begin alike" s "=>" setup schema shell status
offers "a flag" run --ju "=>" --junit
offers "flags that begin alike" run all --keep "=>" --keep --keep-on-failure
offers "no flag of another command" down --ju "=>" ''
offers "a suite" run dn "=>" dns
offers "a second suite" plan dns r "=>" remote-secret routing
offers "all suites" run al "=>" all
offers "a cause" explain WK-SEC-001 "=>" WK-SEC-001
offers "a file for a report" run all --junit topo "=>" topology.yaml
offers "a folder for a run to repeat" run all --rerun-failed re "=>" reports
offers "a form of output" run all -o t "=>" tap text
offers "a schema" schema t "=>" topology
offers "no mesh where none is up" run all --against '' "=>" ''

flags() { "$wookie" "$1" --help | grep -E '^ +(-., )?--' | sed -E 's/^[^-]*(-., )?(--[a-z-]+).*/\2/'; }
for command in $("$wookie" --help | sed -n 's/^  \([a-z]*\) .*/\1/p'); do
	mapfile -t all < <(flags "$command")
	offers "every flag of $command" "$command" -- "=>" "${all[@]}"
done
finish
