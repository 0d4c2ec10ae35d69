#!/usr/bin/env bash
# Whose suites are taken: the program's own, never those of the current folder; others where they are
# named, and it is said. Root takes none that somebody else could change.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

own() { # own SUITE CHECK [CAUSE]: the text of a suite of one's own
	cat <<-END
		version: 1
		suite: $1
		title: what I want to know
		for-each: links
		checks:
		  - id: $2
		    title: the other cluster's name resolves for me
		    probe:
		      dns: {cluster: \$client.name, from: \$client.testPod, names: [\$server.helloworld.host]}
		    expect:
		      - that: it answers
		        jq: .answers[0].status
		        equals: '"NOERROR"'
		        cause: ${3:-WK-DNS-002}
	END
}

# The current folder holds what looks like a checkout, with a suite that would not even be read.
mkdir -p suites fixtures/topologies && echo 'causes: [' >suites/causes.yaml && echo 'suite: [' >suites/evil.yaml
says "the current folder is not read" 0 '^remote-secret  ' "$wookie" list
rm -r suites fixtures

mkdir mine && own mine resolves >mine/a.yaml
says "one file is enough" 0 '^  mine.resolves ' "$wookie" list --suites mine
says "a file is as good as a folder" 0 '^  mine.resolves ' "$wookie" list --suites mine/a.yaml
says "beside the installed ones" 0 '^  dns\.' "$wookie" list --suites mine
says "it is planned" 0 '^  mine.resolves\[cluster-b>cluster-a\]' "$wookie" plan mine --suites mine
says "by the environment" 0 '^  mine.resolves ' env WOOKIE_SUITES=mine "$wookie" list
mkdir more && own more resolves >more/a.yaml
says "two by the environment" 0 '^  more.resolves ' env WOOKIE_SUITES="$PWD/mine:$PWD/more" "$wookie" list
env WOOKIE_SUITES=mine "$wookie" list --suites more >out
grep -q '^mine ' out && not_ok "the flag outweighs the environment" || ok "the flag outweighs the environment"
printf 'version: 1\ncauses:\n  - {code: WK-MINE-001, title: t, meaning: m, evidence: e, fix: f}\n' >mine/causes.yaml
own mine resolves WK-MINE-001 >mine/a.yaml
says "causes of one's own" 0 'mine.resolves: it answers' "$wookie" explain WK-MINE-001 --suites mine
says "they are linted" 0 ' 8 suites' "$wookie" lint --suites mine

says "the header says whose" 3 "suites   besides the installed ones mine of $PWD/mine" "$wookie" run mine --suites mine
[ "$(jq -r 'select(.event == "run") | .sources.own[] | "\(.path) \(.suites[])"' reports/latest/events.jsonl)" = "$PWD/mine mine" ] &&
	ok "the event log says whose" || not_ok "the event log says whose" "$(head -n 1 reports/latest/events.jsonl)"
[ "$(jq -r '.run.sources.own[0].path' reports/latest/results.json)" = "$PWD/mine" ] &&
	ok "the results say whose" || not_ok "the results say whose"
rm -rf reports "$XDG_STATE_HOME"

own dns resolves >mine/a.yaml
refuses "the name of an installed suite" 2 "a second suite is named 'dns', the first at .*suites/dns.yaml:" "$wookie" plan --suites mine
own mine resolves | sed "s/jq: .*/jq: '\$server.name != \"x\"'/" >mine/a.yaml
says "a check that looks at nothing" 2 "mine/a.yaml:12:13: jq '.server.name != \"x\"': looks at no evidence" "$wookie" lint --suites mine
own mine resolves WK-MINE-009 >mine/a.yaml
refuses "a cause that nobody has" 2 "mine/a.yaml:.*WK-MINE-009" "$wookie" plan --suites mine
refuses "a folder that is not there" 2 "^wookie-conform: --suites: 'none': No such file" "$wookie" run all --suites none
refuses "the same by the environment" 2 "WOOKIE_SUITES: 'none': No such file" env WOOKIE_SUITES=none "$wookie" run all
mkdir empty
refuses "a folder without a suite" 2 "empty: expected a suite, found no file" "$wookie" run all --suites empty

if [ "$(id -u)" = 0 ]; then
	own mine resolves >mine/a.yaml
	chmod 777 mine
	refuses "a folder that everybody may write" 3 "--suites: everybody may write to '$PWD/mine'.*chmod" "$wookie" run all --suites mine
	chmod 755 mine && chown 1234 mine/a.yaml
	refuses "a suite of somebody else" 3 "--suites: '$PWD/mine/a.yaml' belongs to user 1234" "$wookie" run all --suites mine
	says "who became root through sudo" 0 '^  mine.resolves' env SUDO_UID=1234 "$wookie" list --suites mine
	mkdir -p "$XDG_STATE_HOME/wookie-conform" && chmod 775 "$XDG_STATE_HOME" && chgrp 50 "$XDG_STATE_HOME"
	says "state that a group may write" 3 "state: group 50 may write to '$XDG_STATE_HOME'.*chmod g-w" "$wookie" run all
	rm -r "$XDG_STATE_HOME"
	mkdir -p "$XDG_CACHE_HOME" && chown 1234 "$XDG_CACHE_HOME"
	refuses "a cache of somebody else" 3 "cache: '$XDG_CACHE_HOME' belongs to user 1234" "$wookie" run all
	rm -r "$XDG_CACHE_HOME"
	installed there && chmod 666 there/share/wookie-conform/suites/dns.yaml
	refuses "an installation that everybody may write" 3 "suites: everybody may write to '.*/suites/dns.yaml'" there/bin/wookie-conform run all
	chmod 644 there/share/wookie-conform/suites/dns.yaml && chown 1234 there/share/wookie-conform/fixtures/components
	refuses "recipes of somebody else" 3 "fixtures: '.*/components' belongs to user 1234" there/bin/wookie-conform setup
fi
finish
