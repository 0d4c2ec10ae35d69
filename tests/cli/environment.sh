#!/usr/bin/env bash
# What the environment lacks: exit 3 with what and what to do, and nothing is left.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

says "no components" 3 "run 'wookie-conform setup'" "$wookie" run all
[ -z "$(ls -A "$XDG_STATE_HOME/wookie-conform" 2>/dev/null)" ] && ok "no mesh is left" || not_ok "no mesh is left"
says "the run is reported all the same" 3 '\[setup\]|\[up\]' "$wookie" report --from reports/latest/events.jsonl --output tap
[ -s reports/latest/junit.xml ] && ok "JUnit is written" || not_ok "JUnit is written"
says "up without components" 3 "run 'wookie-conform setup'" "$wookie" up
# Each says what it lacks itself, and lacks nothing else.
homeless() { env -u HOME -u XDG_CACHE_HOME -u XDG_STATE_HOME "$@"; }
for command in status down 'kubeconfig cluster-a' 'shell cluster-a' diagnose heal bisect 'plan --against mine' 'run --list --against mine' \
	'run all --against mine' 'prove all --against mine'; do
	# shellcheck disable=SC2086
	says "no folder for state: $command" 3 'neither HOME nor XDG_STATE_HOME names a folder to work in' homeless "$wookie" $command
done
says "a folder for state is all that status needs" 0 'no mesh is up' homeless "XDG_STATE_HOME=$XDG_STATE_HOME" "$wookie" status
says "a folder for state is all that down needs" 0 'no mesh is up' homeless "XDG_STATE_HOME=$XDG_STATE_HOME" "$wookie" down
says "a folder for state is all that an own mesh needs" 2 "no mesh" homeless "XDG_STATE_HOME=$XDG_STATE_HOME" "$wookie" run all --against mine
says "no folder for caches: setup" 3 'neither HOME nor XDG_CACHE_HOME names a folder to work in' homeless "$wookie" setup
for command in 'run all' up 'prove all'; do
	# shellcheck disable=SC2086
	says "no folders: $command" 3 'neither HOME nor XDG_CACHE_HOME and XDG_STATE_HOME name a folder to work in' homeless "$wookie" $command
done
says "no folders: preflight says so beside all else" 3 '^missing +disk for state +neither HOME nor XDG_STATE_HOME names a folder' homeless "$wookie" preflight
# An expired --timeout is told in the same words everywhere, exit 3, and nothing is damaged.
mkdir -p "$XDG_STATE_HOME/wookie-conform/held/nodes/cluster-a" "$XDG_CACHE_HOME/wookie-conform"
over='^wookie-conform: the time that --timeout gave is over: '
says "setup that waits: --timeout" 3 "$over"'another set-up has not come to its end$' \
	flock "$XDG_CACHE_HOME/wookie-conform/setup.lock" "$wookie" setup --timeout 300ms
says "setup: --timeout" 3 "$over"'not everything is there yet' "$wookie" setup --timeout 1ms
for command in down 'down --all'; do
	# shellcheck disable=SC2086
	says "$command that waits: --timeout" 3 "$over.*/held is not taken down yet$" \
		flock "$XDG_STATE_HOME/wookie-conform/held" "$wookie" $command --timeout 300ms
done
[ -d "$XDG_STATE_HOME/wookie-conform/held/nodes" ] && ok "what is left stays known" || not_ok "what is left stays known"
says "down with time enough" 0 "mesh 'held' is down" "$wookie" down --timeout 1m
for command in setup down diagnose; do
	says "$command --help knows --timeout" 0 '^ +--timeout DURATION ' "$wookie" "$command" --help
done
for command in list 'list faults' 'run --list' 'run --list dns' plan lint explain 'explain WK-SEC-001' 'schema suite' reference version --version --help \
	'run --help' 'complete -- run dn' "report --from $root/tests/golden/report/passing.jsonl"; do
	# shellcheck disable=SC2086
	says "no environment at all: $command" 0 . env -i "$wookie" $command
done
says "standard output that is full" 3 'standard output could not be written' sh -c '"$0" list >/dev/full' "$wookie"
if [ "$(id -u)" = 0 ]; then
	# An installation that somebody else can read.
	installed other && chmod -R a+rX other "$work" && cd other/bin || exit 1
	nobody() { setpriv --reuid 65534 --regid 65534 --clear-groups env HOME=/nonexistent XDG_CACHE_HOME=/tmp/none XDG_STATE_HOME=/tmp/none "$@"; }
	says "not root: preflight says what needs it" 3 '^missing +.*root' nobody ./wookie-conform preflight
	for command in 'run all' up 'prove all' heal diagnose 'shell cluster-a' setup; do
		# shellcheck disable=SC2086
		says "not root: $command says so before anything else" 3 "^wookie-conform: ${command%% *}: needs root, .*found user 65534$" \
			nobody ./wookie-conform $command
		[ "$(wc -l <out)" = 1 ] && ok "and nothing else" || not_ok "and nothing else" "$(cat out)"
	done
	says "not root: the ids of a run" 0 '^dns\.resolves\[' nobody ./wookie-conform run --list dns
	says "not root: lint works" 0 'wookie.yaml: 2 clusters' nobody ./wookie-conform lint
fi
finish
