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
if [ -z "${SMSHERALD_CONFIG:-}" ]; then
    export SMSHERALD_CONFIG=/etc/smsherald/smsherald.yaml STATE_DIRECTORY=/var/lib/smsherald
fi

# A shell asks what completes a word: that needs nobody's rights. Nor is there a user to be where
# systemd does not run.
if [ -n "${_SMSHERALD_COMPLETE:-}" ] || ! systemd-notify --booted; then
    exec "$program" "$@"
fi

if [ "$(id -u)" != 0 ]; then
    # In the background, so that what ends this ends the command too; its input and Ctrl-C are its own.
    exec 3<&0
    env --default-signal=INT,QUIT "$program" "$@" <&3 3<&- &
    child=$!
    trap : INT QUIT
    trap 'kill -TERM "$child"' TERM
    trap 'kill -HUP "$child"' HUP
    while :; do
        code=0
        wait "$child" || code=$?
        kill -0 "$child" 2>/dev/null || break
    done
    case $code in
    0 | 2 | 1[3-9][0-9]) ;;
    *)
        printf 'smsherald: this ran as %s; with sudo it has the user, the ledger and the secrets of the service\n' \
            "$(id -un)" >&2
        ;;
    esac
    exit "$code"
fi

# Arguments go as they are: left to itself, systemd puts variables in the place of `$NAME`.
if systemd-run --help | grep -q -e --expand-environment; then
    set -- --expand-environment=no "$program" "$@"
else
    for argument in "$@"; do
        shift
        set -- "$@" "$(printf '%s' "$argument" | sed 's/\$/$$/g')"
    done
    set -- "$program" "$@"
fi

# What the unit has of credentials, with `systemctl edit` too, this has.
while read -r credential; do
    [ -z "$credential" ] || set -- --property="$credential" "$@"
done <<END
$(systemctl cat "$unit" 2>/dev/null | sed -n -E '/^(Load|Set|Import)Credential(Encrypted)?=./p')
END
case $unit in
*@*)
    instance=${unit#*@}
    set -- --property=EnvironmentFile=-/etc/smsherald/environment."${instance%.service}" "$@"
    ;;
esac

# `pauses` shows who paused. A relative path is one of here, where the unit's user may come here.
exec systemd-run --quiet --pipe --wait --collect \
    --setenv=SUDO_USER="${SUDO_USER:-$(id -un)}" \
    --setenv=SMSHERALD_CONFIG="$SMSHERALD_CONFIG" \
    --setenv=TERM="${TERM:-dumb}" \
    --property=EnvironmentFile=-/etc/smsherald/environment \
    --property=User=smsherald \
    --property=Group=smsherald \
    --property=WorkingDirectory=-"$PWD" \
    --property=StateDirectory=smsherald \
    --property=StateDirectoryMode=0700 \
    --property=UMask=0077 \
    "$@"
