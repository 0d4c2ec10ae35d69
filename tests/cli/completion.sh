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
offers "a check of a suite" run dns.resolves "=>" dns.resolves
offers "a suite as a glob" run all --only dn "=>" 'dns.*'
offers "one more of a list" run all --only 'dns.*,dns.resolves' "=>" 'dns.*,dns.resolves'
offers "a cause" explain WK-SEC-001 "=>" WK-SEC-001
offers "a file for a report" run all --junit topo "=>" topology.yaml
offers "a folder for a run to repeat" run all --rerun-failed re "=>" reports
offers "a form of output" run all -o t "=>" tap text
offers "a form of output that is set" run all --output = t "=>" tap text
offers "a form of output of an answer" status -o '' "=>" json text
offers "when to use colours" run --color al "=>" always
offers "a fault or a variant" prove remote-secret-m "=>" remote-secret-missing
offers "a fault or a variant, from both lists" prove root-b "=>" root-bundle
offers "what is listed" list '' "=>" checks faults variants
offers "a version" setup --istio 1.28.2 "=>" 1.28.2
offers "no cluster where no mesh is" shell '' "=>" ''
mkdir -p "$XDG_STATE_HOME"/wookie-conform/{mine,yours}/nodes/cluster-{a,b}
offers "a mesh" run all --against m "=>" mine
offers "a cluster of a mesh that is named" shell --name mine '' "=>" cluster-a cluster-b
offers "no cluster where there are two meshes" shell '' "=>" ''
rm -r "$XDG_STATE_HOME/wookie-conform"
offers "a schema" schema t "=>" topology
offers "no mesh where none is up" run all --against '' "=>" ''

flags() { "$wookie" "$1" --help | grep -E '^ +(-., )?--' | sed -E 's/^[^-]*(-., )?(--[a-z-]+).*/\2/'; }
for command in $("$wookie" --help | sed -n 's/^  \([a-z]*\) .*/\1/p'); do
	mapfile -t all < <(flags "$command")
	offers "every flag of $command" "$command" -- "=>" "${all[@]}"
done
mapfile -t all < <("$wookie" --help | sed -n 's/^  \([a-z]*\) .*/\1/p')
offers "every command" '' "=>" "${all[@]}"

# A word in upper case stands for names that are looked up, or is here because nobody can know them.
free=" COMMAND DURATION KEY N PREFIX VALUE WORD "
table=$(sed -n 's/^\t{"\([A-Z]*\)", offer_.*/\1/p' "$root/harness/cli/complete.c")
for command in "${all[@]}"; do
	"$wookie" "$command" --help |
		sed -nE "s/^usage: wookie-conform [a-z]+( \[FLAGS\])?//p; s/^ +(-., )?--[a-z-]+ ([A-Z=]+)  .*/\2/p"
done | grep -oE '[A-Z]+' | sort -u >placeholders
for word in $(cat placeholders); do
	case "$free WHEN FORMAT " in
	*" $word "*) continue ;;
	esac
	grep -qx "$word" <<<"$table" && ok "$word is looked up" || not_ok "$word is looked up" "it has no row in complete.c"
done

# The scripts of the other shells, where there are such shells.
if [ -n "$(type -P fish)" ]; then
	fish_offers() { fish -c "source '$root/harness/cli/completion.fish'; complete -C '$1'" 2>&1 | sed 's/\t.*//' | sort; }
	[ "$(fish_offers 'wookie-conform run all --ju')" = --junit ] && ok "fish: a flag" || not_ok "fish: a flag" "$(fish_offers 'wookie-conform run all --ju')"
	[ "$(fish_offers 'wookie-conform run all --junit topo')" = topology.yaml ] && ok "fish: a file" || not_ok "fish: a file" "$(fish_offers 'wookie-conform run all --junit topo')"
	[ "$(fish_offers 'wookie-conform report --from=topo')" = --from=topology.yaml ] && ok "fish: a file that is set" || not_ok "fish: a file that is set" "$(fish_offers 'wookie-conform report --from=topo')"
	[ "$(fish_offers 'wookie-conform run --rerun-failed re')" = reports/ ] && ok "fish: a folder" || not_ok "fish: a folder" "$(fish_offers 'wookie-conform run --rerun-failed re')"
else
	ok "fish # SKIP no fish"
fi
if [ -n "$(type -P zsh)" ]; then
	# What zsh's own functions are given.
	zsh_offers() {
		zsh -f -c '
			compdef() { : }
			compset() { : }
			_describe() { print -l -- ${(P)${@[-1]}} }
			_files() { print -- "files $*" }
			source $1
			shift
			words=("$@") CURRENT=$#
			_wookie_conform' zsh "$root/harness/cli/completion.zsh" wookie-conform "$@" 2>&1
	}
	[ "$(zsh_offers run --ju)" = "--junit:write the JUnit report here too" ] && ok "zsh: a flag" || not_ok "zsh: a flag" "$(zsh_offers run --ju)"
	[ "$(zsh_offers run --junit topo)" = "files " ] && ok "zsh: a file" || not_ok "zsh: a file" "$(zsh_offers run --junit topo)"
	[ "$(zsh_offers run --rerun-failed re)" = "files -/" ] && ok "zsh: a folder" || not_ok "zsh: a folder" "$(zsh_offers run --rerun-failed re)"
else
	ok "zsh # SKIP no zsh"
fi
finish
