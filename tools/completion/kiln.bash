# bash completion for kiln

_kiln_run_options='--machine --isa --ram --smp --bios --kernel --initrd --append --dtb --dump-dtb
--drive --load-address --backend --tier-up --code-cache --cache --cache-limit --audit --clock --limit-instructions --snapshot-at --state-hash --hash-every --hash-log
--stats --stats-json --signature --signature-granularity --log --perf --gdb --gdb-jit --help'
_kiln_replay_options='--backend --tier-up --code-cache --cache --cache-limit --audit --state-hash --hash-every --hash-log --stats --stats-json --signature
--signature-granularity --log --perf --gdb --gdb-jit --help'
_kiln_resume_options='--backend --tier-up --code-cache --cache --cache-limit --audit --limit-instructions --snapshot-at --state-hash --hash-every
--hash-log --stats --stats-json --log --perf --gdb --gdb-jit --help'
# Beside those of run.
_kiln_jitdump_options='--pc --symbol --hottest --console'
_kiln_bisect_options='--a --b --step'
_kiln_disasm_options='--isa --load-address --start --count --help'
_kiln_cache_options='--clear --help'

# The values that `kiln info` lists behind the word $1.
_kiln_info() { kiln info 2>/dev/null | sed -n "s/^$1  *//p"; }

# Names for the item behind the last comma of $1, out of the list $2.
_kiln_list() {
    local done=${1%"${1##*,}"}
    compgen -P "$done" -W "$2" -- "${1##*,}"
}

_kiln() {
    local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD-1]}
    local command=${COMP_WORDS[1]} words=
    COMPREPLY=()
    if [[ $COMP_CWORD -eq 1 ]]; then
        mapfile -t COMPREPLY < <(compgen -W 'run record replay resume bisect jitdump disasm cache info --help --version' -- "$current")
        return
    fi
    case $previous in
        --machine) words=virt ;;
        --bios) words='none default' ;;
        --clock) words='host icount' ;;
        --signature-granularity) words='4 8 16' ;;
        --perf) words='map jitdump' ;;
        --console) words='stderr none' ;;
        --backend | --a | --b) words=$(_kiln_info backends) ;;
        --isa) words="rv32gc rv64gc $(_kiln_info 'default ISA')" ;;
        --ram | --code-cache | --cache-limit) words='128M 512M 1G 2G' ;;
        --smp) words='1 2 4 8' ;;
        --append | --tier-up | --limit-instructions | --hash-every | --snapshot-at | --step | --load-address | --start | --count | \
            --pc | --symbol | --hottest) return ;;
        --log)
            compopt -o nospace
            mapfile -t COMPREPLY < <(_kiln_list "$current" 'in_asm int mmu guest_errors unimp cache')
            return
            ;;
        --kernel | --initrd | --dtb | --dump-dtb | --drive | --stats-json | --hash-log | --signature) ;;
        *)
            if [[ $current == -* ]]; then
                case $command in
                    resume) words=$_kiln_resume_options ;;
                    replay) words=$_kiln_replay_options ;;
                    run | record) words=$_kiln_run_options ;;
                    bisect) words="$_kiln_run_options $_kiln_bisect_options" ;;
                    jitdump) words="$_kiln_run_options $_kiln_jitdump_options" ;;
                    disasm) words=$_kiln_disasm_options ;;
                    cache) words=$_kiln_cache_options ;;
                    info) words=--help ;;
                esac
                mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current")
                return
            fi
            ;;
    esac
    mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current")
    # A file may stand wherever there is no list, and for firmware beside it.
    if [[ -z $words || $previous == --bios ]]; then
        compopt -o filenames
        mapfile -t -O "${#COMPREPLY[@]}" COMPREPLY < <(compgen -f -- "$current")
    fi
}

complete -F _kiln kiln
