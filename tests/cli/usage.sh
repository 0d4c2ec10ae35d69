#!/usr/bin/env bash
# Usage: help of everything, unknown words with the nearest known one, and what is read-only.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

says "no command shows the overview" 2 '^usage: wookie-conform COMMAND' "$wookie"
says "--help" 0 'Start with: wookie-conform run all' "$wookie" --help
says "version" 0 '^wookie-conform [0-9]+\.[0-9]+\.[0-9]+$' "$wookie" version
says "--version is version" 0 '^istio .*1\.28\.2' "$wookie" --version
for command in $("$wookie" --help | sed -n 's/^  \([a-z]*\) .*/\1/p'); do
	says "$command --help has an example" 0 '^example:' "$wookie" "$command" --help
	"$wookie" "$command" --help >help
	if [ "$(wc -l <help)" -le 36 ] && [ "$(wc -L <help)" -le 110 ]; then
		ok "$command --help fits a screen"
	else
		not_ok "$command --help fits a screen" "$(wc -l <help) lines, $(wc -L <help) columns"
	fi
done

refuses "an unknown command" 2 "no command 'staus'; did you mean 'status'" "$wookie" staus
refuses "an unknown flag" 2 "no flag '--jnuit'; did you mean '--junit'" "$wookie" run all --jnuit x
refuses "a flag of another command" 2 "no flag '--junit'" "$wookie" down --junit x
refuses "a flag without its value" 2 "'--junit' needs a value" "$wookie" run all --junit
refuses "a duration that is none" 2 "expected a duration such as .* found '5 parsecs'" "$wookie" run all --timeout '5 parsecs'
refuses "a duration that has no end" 2 "run: --timeout: expected a duration of at most 87600h, found '9999999h'" "$wookie" run all --timeout 9999999h
refuses "no time at all" 2 "run: --timeout: expected a duration of more than nothing, found '0s'" "$wookie" run all --timeout 0s
refuses "a number that is none" 2 "expected a whole number from 1 to 64, found 'many'" "$wookie" run all --jobs many
refuses "no jobs" 2 "from 1 to 64, found '0'" "$wookie" run all --jobs 0
for n in 0 -1 many 50001; do
	refuses "--repeat $n" 2 "run: --repeat: expected a whole number from 1 to 50000, found '$n'" "$wookie" run all --repeat "$n"
done
refuses "more rounds than can be kept" 2 "can be run [0-9]* times at most, found '50000'; select fewer checks" "$wookie" run all --repeat 50000
refuses "an output that is none" 2 "found 'tpa'; did you mean 'tap'" "$wookie" run all --output tpa
refuses "nothing to run" 2 "run: expected SUITE" "$wookie" run
refuses "an operand too many" 2 "unexpected 'now'" "$wookie" status now
refuses "report without a log" 2 "expected --from EVENTS" "$wookie" report
refuses "a log that is not there" 2 "none.jsonl: No such file" "$wookie" report --from none.jsonl

says "list" 0 '^  dns\.' "$wookie" list
says "list as JSON" 0 '"probe":' "$wookie" list --output json
says "plan marks nothing as passed" 0 'checks; nothing was run$' "$wookie" plan
says "plan derives from the topology" 0 '.' "$wookie" plan --set clusters.cluster-a.workloads.helloworld.replicas=5
for words in 'dns.resolves' 'dns.resolves[cluster-b>cluster-a]' '--only dns.resolves[cluster-b>cluster-a]' \
	'--only dns.resolves,dns.resolves' 'all --only dns.resolves --timeout 1h30m'; do
	# shellcheck disable=SC2086
	says "run --list $words" 0 '^dns\.resolves\[cluster-b>cluster-a\]$' "$wookie" run --list $words
	[ "$(wc -l <out)" = 1 ] && ok "one id of $words" || not_ok "one id of $words" "$(cat out)"
done
says "a printed id is a plan" 0 '^1 checks; nothing was run' "$wookie" plan 'dns.resolves[cluster-b>cluster-a]'
says "-V is version" 0 '^wookie-conform [0-9]' "$wookie" -V
says "explain in lower case" 0 '^meaning' "$wookie" explain wk-sec-001
says "explain a family" 0 '^WK-SEC-010 ' "$wookie" explain WK-SEC
says "lint" 0 'wookie.yaml: 2 clusters' "$wookie" lint
says "explain lists the causes" 0 '^WK-SEC-001 ' "$wookie" explain
says "explain a cause" 0 '^meaning' "$wookie" explain WK-SEC-001
says "explain names the expectation" 0 '  remote-secret.present: a remote secret of the server is there' "$wookie" explain WK-SEC-001
says "explain names the fault that proves it" 0 '  remote-secret-missing  ' "$wookie" explain WK-SEC-001
says "explain fills in names" 0 'kubectl --context cluster-b apply -f -$' "$wookie" explain WK-SEC-001
says "explain fills in names of a topology" 0 'namespace=harbour|--context ' "$wookie" explain WK-SEC-001 --topology "$root/fixtures/topologies/other.yaml"
mkdir -p reports/latest
printf '{"event":"cause","code":"WK-SEC-001","fix":"kubectl --context mine get pods"}\n' >reports/latest/events.jsonl
says "explain after a run has its fix" 0 '^  kubectl --context mine get pods$' "$wookie" explain WK-SEC-001
rm -r reports
refuses "a fault that is to stay, in no mesh" 2 "name it with --against" "$wookie" prove remote-secret-missing --inject-only
refuses "explain an unknown cause" 2 "unknown cause 'WK-SEC-0O1', did you mean 'WK-SEC-001'" "$wookie" explain WK-SEC-0O1
refuses "an unknown schema" 2 "topology" "$wookie" schema topologies
for format in topology suite causes fault variant scratch diagnose; do
	says "schema $format is JSON" 0 'draft-07' "$wookie" schema "$format"
	jq empty out 2>jq-err && ok "schema $format parses" || not_ok "schema $format parses" "$(cat jq-err)"
done
says "list variants" 0 '^root-bundle  ' "$wookie" list variants
says "list variants as JSON" 0 '"variant":' "$wookie" list variants --output json
says "a proof may be of a variant" 0 'usage: wookie-conform prove .*VARIANT' "$wookie" prove --help
refuses "no mesh: heal" 2 "no mesh is up" "$wookie" heal
says "no mesh: status" 0 'no mesh is up' "$wookie" status
says "no mesh: down" 0 'nothing to take down' "$wookie" down
refuses "no mesh: diagnose" 2 "no mesh is up; 'wookie-conform up' makes one" "$wookie" diagnose
refuses "diagnose a mesh that is not there" 2 "'nope'" "$wookie" diagnose --name nope
refuses "diagnose as what it is not" 2 "expected text or json, found 'tap'" "$wookie" diagnose --output tap
refuses "diagnose takes no suite" 2 "unexpected 'dns'" "$wookie" diagnose dns
refuses "no mesh: shell" 2 "no mesh is up; 'wookie-conform up' makes one" "$wookie" shell cluster-a
refuses "no mesh: kubeconfig" 2 "no mesh is up" "$wookie" kubeconfig cluster-a
refuses "a mesh that is not there" 2 "'nope'" "$wookie" run all --against nope
finish
