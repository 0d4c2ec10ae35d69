# shellcheck shell=bash
# Completion for wookie-conform: the program itself says what may stand next.
_wookie_conform() {
	local word=${COMP_WORDS[COMP_CWORD]} line kind=
	local before=("${COMP_WORDS[@]:1:COMP_CWORD-1}")

	COMPREPLY=()
	# Bash makes three words of --flag=value.
	if [ "$word" = = ]; then
		word=
	elif ((${#before[@]})) && [ "${before[-1]}" = = ]; then
		unset 'before[-1]'
	fi
	while IFS= read -r line; do
		if [[ $line == $'\t'* ]]; then
			kind=${line#$'\t'}
		else
			COMPREPLY+=("${line%%$'\t'*}")
		fi
	done < <("${COMP_WORDS[0]}" complete -- "${before[@]}" "$word" 2>/dev/null)
	case $kind in
	files)
		compopt -o filenames 2>/dev/null
		mapfile -t -O "${#COMPREPLY[@]}" COMPREPLY < <(compgen -f -- "$word")
		;;
	folders)
		compopt -o filenames 2>/dev/null
		mapfile -t -O "${#COMPREPLY[@]}" COMPREPLY < <(compgen -d -- "$word")
		;;
	esac
}
complete -F _wookie_conform wookie-conform
