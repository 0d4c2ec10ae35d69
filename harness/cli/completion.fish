# Completion for wookie-conform: the program itself says what may stand next.
function __wookie_conform
    set -l words (commandline -opc) (commandline -ct)
    # Of --flag=value only the value is a file.
    set -l flag (string match -r '^--[a-z-]+=' -- $words[-1])
    set -l value (string replace -r '^--[a-z-]+=' '' -- $words[-1])
    for line in ($words[1] complete -- $words[2..-1] 2>/dev/null)
        switch $line
            case \t'files'
                for path in (__fish_complete_path $value)
                    echo "$flag$path"
                end
            case \t'folders'
                for path in (__fish_complete_directories $value '')
                    echo "$flag$path"
                end
            case '*'
                echo $line
        end
    end
end
complete -c wookie-conform -f -k -a '(__wookie_conform)'
