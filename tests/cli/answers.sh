#!/usr/bin/env bash
# --output json of the commands that answer a question: one object on standard output, nothing besides, and
# the keys that the man page names.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

man_page=$root/harness/cli/wookie-conform.1.scd

# The man page has an entry "_status_" below "# JSON" that names every key.
documented() {
	sed -n '/^# JSON$/,/^# [A-IK-Z]/p' "$man_page" | awk -v command="_$1_" '
		/^_/ { here = index($0, command) > 0 } here'
}

# answers NAME CODE COMMAND... -- PATH=KEYS...: the keys of the objects that jq finds at each path.
answers() {
	local name=$1 code=$2 got words=() pair found key
	shift 2
	while [ "$1" != -- ]; do
		words+=("$1")
		shift
	done
	shift
	timeout 60 "$wookie" "${words[@]}" --output json >out 2>err </dev/null
	got=$?
	if [ "$got" != "$code" ] || [ -s err ]; then
		not_ok "$name" "exit code $got, expected $code" "$(head -n 5 err)"
		return
	fi
	if [ "$(jq -s 'length == 1 and (.[0] | type == "object")' out)" != true ]; then
		not_ok "$name" "expected one object" "$(head -n 5 out)"
		return
	fi
	for pair; do
		found=$(jq -r "[${pair%%=*} | keys_unsorted] | unique | map(join(\",\")) | join(\" \")" out)
		if [ "$found" != "${pair#*=}" ]; then
			not_ok "$name" "keys of ${pair%%=*}: $found" "expected: ${pair#*=}"
			return
		fi
		for key in ${found//[, ]/ }; do
			if ! documented "${words[0]}" | grep -qE "\\*$key\\*"; then
				not_ok "$name" "the man page does not name *$key* of ${words[0]}"
				return
			fi
		done
	done
	ok "$name"
}

answers "version" 0 version -- '.=version,istio'
answers "explain" 0 explain -- '.=causes' '.causes[]=code,title'
answers "explain a family" 0 explain wk-sec -- '.=causes' '.causes[]=code,title'
answers "explain a cause" 0 explain WK-SEC-001 -- \
	'.=code,title,meaning,evidence,fix,explains,twins,named-by,proven-by' \
	'.explains[]=code,title' '."named-by"[]=check,control,that' '."proven-by"[]=fault,title'
answers "plan" 0 plan all -- '.=checks' \
	'.checks[]=id,suite,check,title,skipped,expect,false-alarm' \
	'.checks[].expect[]=that,from,known,value'
answers "status where no mesh is" 0 status -- '.=meshes,exit'
"$wookie" preflight >/dev/null 2>&1
answers "preflight" $? preflight -- '.=needs,exit' '.needs[]=what,state,found,fix'

"$wookie" plan all >text
jq -e --arg n "$(sed -n 's/^\([0-9]*\) checks; nothing was run$/\1/p' text)" '.checks | length == ($n | tonumber)' \
	<("$wookie" plan all -o json) >/dev/null && ok "as many checks as the text has" ||
	not_ok "as many checks as the text has"
refuses "an unknown cause leaves standard output empty" 2 "unknown cause" "$wookie" explain WK-XXX-001 -o json
for command in version explain plan status preflight list diagnose; do
	refuses "$command as what it is not" 2 "--output: expected text or json, found 'tap'" "$wookie" "$command" -o tap
done
mkdir -p "$XDG_STATE_HOME/wookie-conform/gone/nodes/cluster-a"
answers "status of remains" 3 status -- '.=meshes,exit' '.meshes[]=mesh,state,up-for,injected,nodes' \
	'.meshes[].nodes[]=cluster,address,memory-mib,casualty,hung,last-error,waiting'
finish
