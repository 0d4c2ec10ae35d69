#compdef wookie-conform
# Completion for wookie-conform: the program itself says what may stand next.
_wookie_conform() {
	local line kind
	local -a candidates

	while IFS= read -r line; do
		if [[ $line == $'\t'* ]]; then
			kind=${line#$'\t'}
		else
			candidates+=("${${line%%$'\t'*}//:/\\:}:${line#*$'\t'}")
		fi
	done < <("${words[1]}" complete -- "${(@)words[2,CURRENT]}" 2>/dev/null)
	if (( ${#candidates} )); then
		_describe -V wookie-conform candidates
	fi
	# Of --flag=value only the value is a file.
	if [[ -n $kind ]]; then
		compset -P '--*='
	fi
	case $kind in
	files) _files ;;
	folders) _files -/ ;;
	esac
}
if [ "$funcstack[1]" = _wookie-conform ]; then
	_wookie_conform "$@"
else
	compdef _wookie_conform wookie-conform
fi
