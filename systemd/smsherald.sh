#!/bin/sh
# smsherald beside its unit. As root it runs as the unit's user, with its ledger, its environment and
# its credentials; as anybody else, with the configuration alone:
#
#   sudo smsherald ledger list --state held
#   sudo smsherald publish --routing-key order.created - < order.json
#
# Beside an instance of the unit: sudo SMSHERALD_UNIT=smsherald@a smsherald status
set -eu

program=/opt/smsherald/bin/smsherald
unit=${SMSHERALD_UNIT:-smsherald}
unit=${unit%.service}
asked=${1:-}
if [ -z "${SMSHERALD_CONFIG:-}" ]; then
    export SMSHERALD_CONFIG=/etc/smsherald/smsherald.yaml STATE_DIRECTORY=/var/lib/smsherald
fi

# A shell asks what completes a word: that needs nobody's rights. Nor is there a user to be where
# systemd does not run.
if [ -n "${_SMSHERALD_COMPLETE:-}" ] || ! systemd-notify --booted; then
    exec "$program" "$@"
fi

# The command runs in the background, so that what ends this ends the command too: `tell` passes a
# signal on. A signal that comes before there is anything to tell waits until there is.
child='' early=''
# shellcheck disable=SC2317 # a trap calls it
hear() {
    heard=1
    if [ -n "$child" ]; then tell "$1"; else early=$1; fi
}

# A process that a shell has just made still has that one's traps, in which a signal would be lost.
is_of_shell() { cmp -s "/proc/$1/cmdline" "/proc/$2/cmdline" 2>/dev/null; }

run() {
    for signal in INT QUIT TERM HUP; do
        # shellcheck disable=SC2064 # the name as it is now
        trap "hear $signal" "$signal"
    done
    exec 3<&0
    "$@" <&3 3<&- &
    child=$!
    [ -z "$early" ] || tell "$early"
    code=127
    while :; do
        heard='' ended=0
        wait "$child" || ended=$?
        # A shell may know but once how it ended.
        [ "$ended" = 127 ] || code=$ended
        [ -n "$heard" ] || break
    done
    # Of these the command has said all there is to say.
    case $code in
    0 | 2 | 1[3-9][0-9]) ;;
    *) hint >&2 ;;
    esac
    exit "$code"
}

units() {
    systemctl "$@" --plain --no-legend smsherald.service 'smsherald@?*.service' 2>/dev/null | sed 's/\.service.*//'
}

# Which run where nobody has said which is meant, and the one that has no name does not.
beside() {
    [ -z "${SMSHERALD_UNIT:-}" ] || return 0
    # shellcheck disable=SC2046 # names without blanks
    set -- $(units list-units --state=active,reloading,activating)
    case " $* " in
    *" smsherald "*) ;;
    *) printf '%s' "$*" ;;
    esac
}

# What the unit has said to systemd, anybody may hear; of one that gave way to instances it is long past.
say_why() {
    [ -z "$(beside)" ] || systemctl --quiet is-enabled "$unit" 2>/dev/null || return 0
    state=$(systemctl show --property=ActiveState --value "$unit" 2>/dev/null) || return 0
    said=$(systemctl show --property=StatusText --value "$unit" 2>/dev/null) || return 0
    case $state in
    failed | activating) [ -z "$said" ] || printf 'smsherald: %s is %s: %s\n' "$unit" "$state" "$said" ;;
    esac
}

say_beside() {
    these=$(beside)
    [ -z "$these" ] || printf 'smsherald: smsherald.service does not run, these do: %s; beside %s: sudo SMSHERALD_UNIT=%s smsherald …\n' \
        "$(printf '%s' "$these" | sed 's/ /, /g')" "${these%% *}" "${these%% *}"
}

if [ "$(id -u)" != 0 ]; then
    tell() {
        # Those of the terminal have come to the command itself.
        case $1 in
        TERM | HUP)
            while is_of_shell "$$" "$child"; do sleep 0.1 || :; done
            kill -s "$1" "$child" 2>/dev/null || :
            ;;
        esac
    }
    hint() {
        # These need nothing of the service's, and its user may not write where one's own files are.
        case $asked in
        init | sandbox) return 0 ;;
        esac
        printf 'smsherald: this ran as %s; with sudo it has the user, the ledger and the secrets of the service%s\n' \
            "$(id -un)" "${SMSHERALD_UNIT:+: sudo SMSHERALD_UNIT=$unit smsherald …}"
        say_why
        say_beside
    }
    run env --default-signal=INT,QUIT "$program" "$@"
fi

is_there() {
    systemctl cat "$unit" >/dev/null 2>&1 || return 1
    # Of a template there is whatever one likes: an instance is what was started, enabled or written of.
    case $unit in
    *@*)
        [ -e "/etc/smsherald/environment.$instance" ] || systemctl --quiet is-enabled "$unit" 2>/dev/null ||
            [ -n "$(systemctl list-units --all --plain --no-legend "$unit.service")" ]
        ;;
    esac
}

instance=${unit#*@}
if [ -n "${SMSHERALD_UNIT:-}" ] && ! is_there; then
    there=$({
        units list-units --all
        units list-unit-files
        # A stopped instance is not listed by every systemd.
        find /etc/smsherald -maxdepth 1 -name 'environment.?*' ! -name '*.dpkg-*' 2>/dev/null | sed 's|.*/environment\.|smsherald@|'
    } | sort -u | paste -s -d , | sed 's/,/, /g')
    printf 'smsherald: SMSHERALD_UNIT=%s is no unit of this host; it has: %s\n' "$unit" "${there:-none}" >&2
    exit 2
fi

# What systemd leaves out of a file of variables it says in the journal alone, with the value, or nowhere.
# A value goes on in the next line behind a backslash, or within the quotes that it begins with. No
# trouble with such a file keeps a command from running.
say_left_out() {
    [ -f "$1" ] || return 0
    file=$1 LC_ALL=C awk '
    BEGIN {
        more = "[\200-\277]"
        sign = "[\001-\177]|[\302-\337]" more "|\340[\240-\277]" more "|[\341-\354\356\357]" more more
        sign = sign "|\355[\200-\237]" more "|\360[\220-\277]" more more
        sign = sign "|[\361-\363]" more more more "|\364[\200-\217]" more more
    }
    function say(line, what) { printf "%s:%d: %s\n", ENVIRON["file"], line, what }
    {
        is_crlf = sub(/\r$/, "")
        value = begun $0
        if (begun == "" && /^[ \t]*([#;]|$)/) next
        if ((begun != "" || /=/) && $0 !~ "^(" sign ")*$") say(NR, "systemd leaves the whole file out: this is no UTF-8")
        if (begun == "") {
            first = NR
            name = $0
            if (!sub(/[ \t]*=.*/, "", name)) why = "it is no NAME=value"
            else if (name ~ /^[ \t]*export[ \t]/) why = "take the word `export` away"
            else if (name !~ /^[ \t]*[A-Za-z_][A-Za-z0-9_]*$/) why = "a name has letters, digits and _ alone"
            else why = ""
            if (why) say(NR, "systemd leaves this line out: " why)
            if (!sub(/^[^=]*=/, "", value)) next
        }
        while (sub(/^[ \t]*("([^"\\]|\\.)*"|\047[^\047]*\047)/, "", value)) continue
        if (match(value, /^[ \t]*["\047]/)) begun = substr(value, RLENGTH, 1)
        # Of a CRLF the backslash takes the first half alone.
        else begun = !is_crlf && value ~ /^([^\\]|\\.)*\\$/ ? "-" : ""
    }
    END { if (begun ~ /["\047]/) say(first, "a quote has no end: to systemd all that follows is of this value") }
    ' "$1" >&2 || :
}
say_left_out /etc/smsherald/environment
case $unit in
*@*) say_left_out /etc/smsherald/environment."$instance" ;;
esac

# This shell becomes the exit code of a command that a signal ends: to systemd such an end is success.
# shellcheck disable=SC2016 # for that shell
set -- /bin/sh -c 'trap : INT QUIT TERM HUP; "$@"; exit $?' smsherald "$program" "$@"

# Arguments go as they are: left to itself, systemd puts variables in the place of `$NAME`.
if systemd-run --help | grep -q -e --expand-environment; then
    set -- --expand-environment=no "$@"
else
    for argument in "$@"; do
        shift
        set -- "$@" "$(printf '%s' "$argument" | sed 's/\$/$$/g')"
    done
fi

# What the unit has of credentials, with `systemctl edit` too, this has.
while read -r credential; do
    [ -z "$credential" ] || set -- --property="$credential" "$@"
done <<END
$(systemctl cat "$unit" 2>/dev/null | sed -n -E '/^(Load|Set|Import)Credential(Encrypted)?=./p')
END
case $unit in
*@*) set -- --property=EnvironmentFile=-/etc/smsherald/environment."$instance" "$@" ;;
esac

read -r id </proc/sys/kernel/random/uuid
name=smsherald-command-$id.service

tell() {
    # `run` would take SIGHUP for a reload, and go on without a terminal.
    [ "$1" != HUP ] || set -- INT
    # Before the shell in there has begun the command, its own end would pass for the command's.
    until
        main=$(systemctl show --property=MainPID --value "$name" 2>/dev/null) &&
            begun=$(cat "/proc/$main/task/$main/children" 2>/dev/null) && [ -n "$begun" ] &&
            ! is_of_shell "$main" "${begun%% *}"
    do
        kill -0 "$child" 2>/dev/null || return 0
        sleep 0.1 || :
    done
    systemctl kill --signal="$1" "$name" 2>/dev/null || :
}

hint() {
    say_why
    say_beside
}

# `pauses` shows who paused. A relative path is one of here, where the unit's user may come here.
# Left to itself, systemd writes the arguments into the journal. Ctrl-C is not for systemd-run.
run setsid systemd-run --quiet --pipe --wait --collect \
    --unit="$name" \
    --description="smsherald: a command of ${SUDO_USER:-$(id -un)}" \
    --setenv=SUDO_USER="${SUDO_USER:-$(id -un)}" \
    --setenv=SMSHERALD_CONFIG="$SMSHERALD_CONFIG" \
    --setenv=SMSHERALD_UNIT="$unit" \
    --setenv=TERM="${TERM:-dumb}" \
    --property=EnvironmentFile=-/etc/smsherald/environment \
    --property=User=smsherald \
    --property=Group=smsherald \
    --property=WorkingDirectory=-"$PWD" \
    --property=StateDirectory=smsherald \
    --property=StateDirectoryMode=0700 \
    --property=UMask=0077 \
    "$@"
