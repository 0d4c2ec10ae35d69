#!/usr/bin/env bash
# Bad input: exit 2 (or 4 for an empty selection), one line that says where, what was found and what
# was expected, and nothing is created.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

good=$root/fixtures/topologies/wookie.yaml
# changed SED-SCRIPT: the default topology with one thing wrong, in t.yaml
changed() { sed "$1" "$good" >t.yaml; }
topology() { # topology NAME SED PATTERN
	changed "$2"
	if cmp -s t.yaml "$good"; then
		not_ok "$1" "the change '$2' changes nothing"
	else
		refuses "$1" 2 "$3" "$wookie" run all --topology t.yaml
	fi
}

refuses "a topology that is not there" 2 'none.yaml: No such file' "$wookie" run all --topology none.yaml
refuses "a folder for a topology" 2 '/: ' "$wookie" run all --topology /
topology "an unknown key" 's/^wire:/wirre:/' "t.yaml:[0-9]+:[0-9]+: unknown key 'wirre'"
topology "a wrong type" 's/replicas: 3/replicas: soon/' "t.yaml:[0-9]+:[0-9]+: .*whole number.* 'soon'"
topology "no replicas" 's/replicas: 3/replicas: 0/' "t.yaml:[0-9]+:[0-9]+: .*'0'"
topology "overlapping subnets" 's#10.44.0.0/16#10.42.0.0/17#' "t.yaml:[0-9]+:[0-9]+: .*overlap"
topology "two clusters of one name" 's/cluster-b/cluster-a/' "t.yaml:[0-9]+:[0-9]+: .*cluster-a"
topology "two clusters of one address" 's/172.24.0.8/172.24.0.2/' "t.yaml:[0-9]+:[0-9]+: .*172.24.0.2"
topology "an address outside the wire" 's/address: 172.24.0.8/address: 172.25.0.8/' "t.yaml:[0-9]+:[0-9]+: .*172.25.0.8"
topology "an unknown role" 's/role: dr/role: spare/' "t.yaml:[0-9]+:[0-9]+: .*'spare'"
topology "an unknown workload" 's/kind: test-pod/kind: test-pot/' "t.yaml:[0-9]+:[0-9]+: .*test-pod"
topology "a version that cannot be built" 's/version: 1.28.2/version: 1.28.9/' "t.yaml:[0-9]+:[0-9]+: unknown version of Istio .1.28.9., did you mean"
topology "an unknown provider" 's/provider: native/provider: native2/' "t.yaml:[0-9]+:[0-9]+: .*native"
topology "an alias" '1i anchors: \&a {b: *a}' 't.yaml:[0-9]+:[0-9]+: '
topology "a tab" '1i \\tversion: 1' 't.yaml:[0-9]+:[0-9]+: '

printf 'version: 1\nversion: 1\n' >t.yaml
refuses "a duplicate key" 2 "t.yaml:2:1: .*'version'" "$wookie" run all --topology t.yaml
head -c 10000000 /dev/zero | tr '\0' '[' >t.yaml
refuses "ten megabytes of nesting" 2 't.yaml' "$wookie" run all --topology t.yaml
head -c 5000 /dev/zero | tr '\0' '[' >t.yaml
refuses "five kilobytes of nesting" 2 't.yaml:1:[0-9]+: ' "$wookie" run all --topology t.yaml
head -c 4096 /dev/urandom >t.yaml
refuses "noise" 2 't.yaml' "$wookie" run all --topology t.yaml
: >t.yaml
refuses "an empty file" 2 't.yaml' "$wookie" run all --topology t.yaml

refuses "--set of what does not exist" 2 "helloword" "$wookie" run all --set clusters.cluster-a.workloads.helloword.replicas=5
refuses "--set of a wrong type" 2 "'many'" "$wookie" run all --set clusters.cluster-a.workloads.helloworld.replicas=many
refuses "--set of two lines" 2 "--set mesh.id=a: expected PATH=VALUE in one line" "$wookie" run all --set $'mesh.id=a\nmesh.id=b'
refuses "--set without a value" 2 '--set' "$wookie" run all --set mesh.id
refuses "contexts beside a mesh" 2 '--context is of clusters that are there' "$wookie" run all --context a=b --against x
refuses "a kubeconfig for nothing" 2 '--kubeconfig holds the contexts' "$wookie" run all --kubeconfig x
refuses "a single context" 2 'a mesh is of 2 to 16 clusters, found 1' "$wookie" run all --context a
refuses "contexts and no kubeconfig" 2 "context 'a': no kubeconfig: .*HOME|context 'a': no kubeconfig: nothing is at" "$wookie" run all --context a --context b
refuses "a context of a cluster that is none" 2 "--context: there is no cluster 'cluster-c'" "$wookie" run all --topology "$good" --context cluster-c=x
refuses "a context of nothing" 2 "--context: expected CLUSTER=CONTEXT, found 'x'" "$wookie" run all --topology "$good" --context x
sed 's/^provider: native/provider: existing/' "$good" >t.yaml
refuses "clusters that nothing leads to" 2 "nothing says how cluster 'cluster-a' is reached: give --context cluster-a=CONTEXT" "$wookie" run all --topology t.yaml
sed -i 's/^\( *\)role:.*/&\n\1context: here/' t.yaml
refuses "making clusters that are there" 2 'are there already, and nothing is made in their place' "$wookie" up --topology t.yaml
refuses "an unknown fault" 2 "unknown fault or variant 'gateway-port-droped', did you mean 'gateway-port-dropped'" "$wookie" prove gateway-port-droped
refuses "a proof of nothing" 2 'expected .*FAULT' "$wookie" prove
refuses "side by side on a mesh that was lent" 2 '--jobs makes meshes of its own' "$wookie" prove all --jobs 2 --against x
long=a2345678901234567890123456789012345678901
for command in "run all" "up" "prove all" "diagnose" "shell cluster-a" "status" "down" "heal" "kubeconfig cluster-a"; do
	# shellcheck disable=SC2086
	refuses "$command: a name that is none" 2 "^wookie-conform: ${command%% *}: --name: mesh name 'A_b': expected 1 to 40 " "$wookie" $command --name A_b
done
refuses "a name with a way out" 2 "mesh name '../x'" "$wookie" down --name ../x
refuses "a name that is too long" 2 "mesh name '$long'" "$wookie" up --name $long
for command in run prove; do
	refuses "$command: a bad name of a mesh that is up" 2 "^wookie-conform: $command: --against: mesh name '-x'" "$wookie" $command all --against=-x
	refuses "$command: a new mesh and one that is up" 2 "^wookie-conform: $command: --name is of a mesh to be made, --against of one that is up" "$wookie" $command all --name a --against b
done
refuses "meshes side by side whose names would be too long" 2 "^wookie-conform: --jobs: mesh name '${long:0:38}-" "$wookie" prove all --jobs 2 --name "${long:0:38}"
refuses "a list of nothing known" 2 "expected 'checks', 'faults' or 'variants', found 'falts'" "$wookie" list falts
says "the matrix of a run" 2 'there is no matrix: this is the log of a run' "$wookie" report --from "$root/tests/golden/report/passing.jsonl" --matrix -
refuses "an unknown suite" 2 "'routnig'.*'routing'" "$wookie" run routnig
refuses "no check left" 4 "nothing selected: no check is 'nothing.\*'.*; the suites are " "$wookie" run all --only 'nothing.*'
refuses "a check that is none" 2 "unknown check 'dns.resolvs'; the nearest is 'dns.resolves'" "$wookie" run dns.resolvs
refuses "one of two globs means nothing" 4 "no check is 'dns.resolvs', the nearest is 'dns.resolves'" "$wookie" run --only dns.resolves,dns.resolvs
refuses "a scope that is not there" 4 "the nearest is 'dns.resolves\\[cluster-b>cluster-a\\]'" "$wookie" run 'dns.resolves[cluster-x>cluster-a]'
refuses "all skipped" 4 "nothing selected" "$wookie" run dns --skip '*'
refuses "a run to repeat that is not there" 2 'results.json: No such file' "$wookie" run all --rerun-failed none

# Folders of runs that are damaged.
mkdir run
damaged() { # damaged NAME RESULTS PATTERN
	printf '%s' "$2" >run/results.json
	refuses "$1" 2 "run/results.json: expected the results of a run, found $3" "$wookie" run all --rerun-failed run
}
damaged "results that are empty" '' 'no JSON'
damaged "results that are cut" '{"checks": [{"id": "a", "verdict": "fa' 'no JSON'
damaged "results that are a list" '[]' "JSON without 'checks'"
damaged "results without checks" '{}' "JSON without 'checks'"
damaged "checks that are no list" '{"checks": 3}' "JSON without 'checks'"
damaged "a check without a name" '{"checks": [{"verdict": "fail"}]}' "a check without 'id' or 'verdict'"
damaged "a check that is none" '{"checks": [null, "x"]}' "a check without 'id' or 'verdict'"
damaged "a check whose name is a number" '{"checks": [{"id": 1, "verdict": "fail"}]}' "a check without"
rm run/results.json && mkdir run/results.json
refuses "results that are a folder" 2 "results.json: Is a directory" "$wookie" run all --rerun-failed run
rm -r run

# Suites that are wrong, of an installation.
installed tree && cd tree/share/wookie-conform && program=$work/tree/bin/wookie-conform || exit 1
suite() { # suite NAME FILE SED PATTERN
	cp "$root/suites/$2" "suites/$2"
	sed -i "$3" "suites/$2"
	if cmp -s "$root/suites/$2" "suites/$2"; then
		not_ok "$1" "the change '$3' changes nothing"
	else
		refuses "$1" 2 "$4" "$program" run all
	fi
	cp "$root/suites/$2" "suites/$2"
}
suite "a jq expression that does not compile" dns.yaml "0,/jq: .*/s//jq: '.a | | .b'/" 'suites/dns.yaml:[0-9]+:[0-9]+: '
suite "a cause that does not exist" dns.yaml '0,/cause: .*/s//cause: WK-DNS-999/' "suites/dns.yaml:[0-9]+:[0-9]+: .*WK-DNS-999"
suite "an unknown probe" dns.yaml '0,/^      dns:/s//      dsn:/' "suites/dns.yaml:[0-9]+:[0-9]+: .*'dsn'.*dns"
suite "an unknown key in a check" dns.yaml '0,/within:/s//whithin:/' "suites/dns.yaml:[0-9]+:[0-9]+: unknown key 'whithin'"
suite "after a suite that does not exist" dns.yaml 's/^after: .*/after: [nope]/' "suites/dns.yaml:[0-9]+:[0-9]+: .*'nope'"
finish
