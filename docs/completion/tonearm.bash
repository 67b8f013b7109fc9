# bash completion for tonearm(1)

_tonearm_boards() {
    tonearm boards --json 2>/dev/null | sed -n 's/.*"board":[[:space:]]*"\([^"]*\)".*/\1/p'
}

_tonearm() {
    local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]}
    local common="--board --pin --bits --rate --resample --buffer --mono --dither --volume --memory --vm-heap --fail-alloc --data-pin --bclk-pin
        --swap-clocks --left-justified --json --help --version"
    local pins="i2s wav speaker" playing="--loop --smpl-loop --out --trace --report --stall --device --list-devices --quiet"
    COMPREPLY=()
    if [ "$COMP_CWORD" -eq 1 ]; then
        mapfile -t COMPREPLY < <(compgen -W "play plan info boards render --help --version" -- "$word")
        return
    fi
    case $before in
    --board) mapfile -t COMPREPLY < <(compgen -W "$(_tonearm_boards)" -- "$word") && return ;;
    --pin) [ "${COMP_WORDS[1]}" = plan ] && pins=i2s; mapfile -t COMPREPLY < <(compgen -W "$pins" -- "$word") && return ;;
    --bits) mapfile -t COMPREPLY < <(compgen -W "16 24 32" -- "$word") && return ;;
    --rate) mapfile -t COMPREPLY < <(compgen -W "44100 48000" -- "$word") && return ;;
    --resample) mapfile -t COMPREPLY < <(compgen -W "linear good best" -- "$word") && return ;;
    --memory) mapfile -t COMPREPLY < <(compgen -W "auto vm port arena" -- "$word") && return ;;
    --loop) mapfile -t COMPREPLY < <(compgen -W "forever" -- "$word") && return ;;
    --wave) mapfile -t COMPREPLY < <(compgen -W "triangle sine saw square" -- "$word") && return ;;
    -o | --micropython | --out | --trace | --report) mapfile -t COMPREPLY < <(compgen -f -- "$word") && return ;;
    --buffer | --volume | --vm-heap | --stall | --fail-alloc | --data-pin | --bclk-pin | --device | --polyphony) return ;;
    esac
    case ${COMP_WORDS[1]}:$word in
    play:-*) mapfile -t COMPREPLY < <(compgen -W "$common $playing" -- "$word") ;;
    plan:-*) mapfile -t COMPREPLY < <(compgen -W "$common --polyphony" -- "$word") ;;
    render:-*) mapfile -t COMPREPLY < <(compgen -W "--out --rate --wave --polyphony --micropython --quiet --json --help --version" -- "$word") ;;
    *:-*) mapfile -t COMPREPLY < <(compgen -W "--json --help --version" -- "$word") ;;
    boards:*) ;;
    render:*) mapfile -t COMPREPLY < <(compgen -f -X '!*.@([mM][iI][dD]|[mM][iI][dD][iI]|py)' -- "$word" && compgen -d -- "$word") ;;
    plan:*) mapfile -t COMPREPLY < <(compgen -f -X '!*.@([wW][aA][vV]|[mM][iI][dD]|[mM][iI][dD][iI])' -- "$word" && compgen -d -- "$word") ;;
    *) mapfile -t COMPREPLY < <(compgen -f -X '!*.[wW][aA][vV]' -- "$word" && compgen -d -- "$word") ;;
    esac
}

complete -o filenames -F _tonearm tonearm
