#!/usr/bin/env bash
# lint tells all that is wrong, in every file, each once, where it stands.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

# An installation whose files may be broken, and where it is put right again.
installed tree
data=$work/tree/share/wookie-conform
mend() {
	rm -rf "$data/suites" "$data/fixtures"
	cp -r "$root/suites" "$root/fixtures" "$data/" && chmod -R u+w,go-w "$data"
}
# broken FILE SED: one more thing wrong with a file of the installation.
broken() {
	cp "$data/$1" before
	sed -i "$2" "$data/$1"
	! cmp -s before "$data/$1" || not_ok "the change '$2' of $1" "it changes nothing"
}
# tells NAME N PATTERN...: so many errors in all, and each of these among them.
tells() {
	local name=$1 n=$2 pattern got=0 missing=()
	shift 2
	timeout 60 "$work/tree/bin/wookie-conform" lint "${operands[@]}" >out 2>err <"$input" || got=$?
	for pattern; do
		grep -qE -- "^wookie-conform: $pattern" err || missing+=("no line like: $pattern")
	done
	if [ "$got" != 2 ] || [ "$(grep -vc 'lint: [0-9]* errors$' err)" != "$n" ] || [ ${#missing[@]} != 0 ]; then
		not_ok "$name" "exit code $got, expected 2; expected $n errors" "${missing[@]}" "$(cat err)"
	else
		ok "$name"
	fi
}
operands=()
input=/dev/null
place='[^ ]*:[0-9]+:[0-9]+: '

says "all is well" 0 'wookie.yaml: 2 clusters' "$work/tree/bin/wookie-conform" lint

broken suites/dns.yaml '0,/within:/s//whithin:/'
broken suites/dns.yaml '0,/^      dns:/s//      dsn:/'
broken suites/routing.yaml 's/^title:/titel:/'
broken fixtures/faults/gateway-port-dropped.yaml '1,/^version: 1/s/^version: 1/version: 2/'
printf 'suite: [\n' >"$data/suites/sidecar.yaml"
tells "every file that cannot be read, and all of it" 6 "${place}unknown key 'whithin'" "${place}unknown probe kind 'dsn'" \
	"${place}unknown key 'titel'" "${place}missing key 'title'" "${place}expected 1, the version" '.*suites/sidecar.yaml:'
grep -q '^wookie-conform: lint: 6 errors$' err && ok "they are counted" || not_ok "they are counted" "$(cat err)"
mend

broken suites/dns.yaml '0,/cause: .*/s//cause: WK-DNS-999/'
broken suites/routing.yaml '0,/cause: .*/s//cause: WK-DNS-998/'
broken fixtures/faults/gateway-port-dropped.yaml 's/^  cause: .*/  cause: WK-DNS-997/'
tells "every name that leads nowhere" 4 "${place}unknown cause 'WK-DNS-999'" "${place}unknown cause 'WK-DNS-998'" "${place}unknown cause 'WK-DNS-997'"
mend

broken suites/dns.yaml "0,/jq: .*/s//jq: '.a | | .b'/"
broken suites/dns.yaml "0,/equals: .*/s//equals: '\$server.helloword.clusterIP'/"
broken suites/routing.yaml "0,/jq: .*/s//jq: '1 == 1'/"
tells "every expression, once for all topologies" 3 "${place}.*\\.a \\| \\|" "${place}.*helloword" "${place}jq '1 == 1': looks at no evidence"
mend

cat >mine.yaml <<'EOF'
version: 1
suite: mine
title: one's own
for-each: pairs
checks:
  - id: one
    title: a
    probe:
      exec:
        cluster: $client.name
        from: $client.testPod
        argv: ["true"]
    expect:
      - that: nothing
        jq: 'true'
      - that: something
        jq: .exit == $nope
EOF
operands=(mine.yaml)
tells "a suite of one's own" 2 "mine.yaml:15:[0-9]+: .*looks at no evidence" "mine.yaml:17:[0-9]+: .*nope"
operands=(-)
input=mine.yaml
tells "a suite from standard input" 2 "standard input:15:[0-9]+: .*looks at no evidence" "standard input:17:[0-9]+: .*nope"
sed 's/replicas: 3/replicas: 0/; s/provider: native/provider: natif/; s/role: dr/role: spare/' \
	"$root/fixtures/topologies/wookie.yaml" >t.yaml
input=t.yaml
tells "a topology from standard input" 3 "standard input:[0-9]+:[0-9]+: .*'0'" "standard input:[0-9]+:[0-9]+: .*native" \
	"standard input:[0-9]+:[0-9]+: .*'spare'"
sed 's#10.44.0.0/16#10.42.0.0/17#; s/address: 172.24.0.8/address: 172.25.0.8/; s/port: 15443/port: 6443/' \
	"$root/fixtures/topologies/wookie.yaml" >t.yaml
tells "what no mesh can bear" 4 "standard input:[0-9]+:[0-9]+: .*overlap" "standard input:[0-9]+:[0-9]+: .*outside the wire" \
	"standard input:[0-9]+:[0-9]+: port 6443"
operands=(t.yaml mine.yaml none.yaml)
input=/dev/null
tells "several files, one of them not there" 7 't.yaml:' 'mine.yaml:' 'none.yaml: No such file'
says "a topology that is right, from standard input" 0 '^standard input: 2 clusters, ' \
	sh -c '"$0" lint - <"$1"' "$wookie" "$root/fixtures/topologies/wookie.yaml"
: >empty.yaml
operands=(-)
input=empty.yaml
tells "nothing on standard input" 1 'standard input: expected a document, found none'
finish
