# shellcheck shell=bash
# Completion for wookie-conform. Commands, flags, suites, meshes and causes are asked of the program
# itself, so that this file holds no list that could grow old.
_wookie_conform() {
	local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]} command=${COMP_WORDS[1]}

	if ((COMP_CWORD == 1)); then
		mapfile -t COMPREPLY < <(compgen -W "$(wookie-conform --help | sed -n 's/^  \([a-z]*\) .*/\1/p')" -- "$word")
		return
	fi
	case $before in
	--topology | -t | --suites | --junit | --tap | --json | --matrix | --from)
		mapfile -t COMPREPLY < <(compgen -f -- "$word")
		return
		;;
	--rerun-failed)
		mapfile -t COMPREPLY < <(compgen -d -- "$word")
		return
		;;
	--name | -n | --against)
		mapfile -t COMPREPLY < <(compgen -W "$(wookie-conform status 2>/dev/null | sed -n 's/^\([a-z0-9-]*\) .* s$/\1/p')" -- "$word")
		return
		;;
	--output | -o)
		mapfile -t COMPREPLY < <(compgen -W "text tap json github" -- "$word")
		return
		;;
	--color)
		mapfile -t COMPREPLY < <(compgen -W "auto always never" -- "$word")
		return
		;;
	esac
	if [[ $word == -* ]]; then
		mapfile -t COMPREPLY < <(compgen -W "$(wookie-conform "$command" --help 2>/dev/null | sed -n 's/^ *\(-., \)\{0,1\}\(--[a-z-]*\) .*/\2/p')" -- "$word")
		return
	fi
	case $command in
	run | plan)
		mapfile -t COMPREPLY < <(compgen -W "all $(wookie-conform list 2>/dev/null | sed -n 's/^\([a-z][a-z-]*\)  .*/\1/p')" -- "$word")
		;;
	prove)
		mapfile -t COMPREPLY < <(compgen -W "all $({ wookie-conform list faults; wookie-conform list variants; } 2>/dev/null | sed 's/ .*//')" -- "$word")
		;;
	list)
		mapfile -t COMPREPLY < <(compgen -W "checks faults variants" -- "$word")
		;;
	explain)
		mapfile -t COMPREPLY < <(compgen -W "$(wookie-conform explain 2>/dev/null | sed 's/ .*//')" -- "$word")
		;;
	schema)
		mapfile -t COMPREPLY < <(compgen -W "topology suite causes fault scratch diagnose" -- "$word")
		;;
	lint)
		mapfile -t COMPREPLY < <(compgen -f -- "$word")
		;;
	esac
}
complete -F _wookie_conform wookie-conform
