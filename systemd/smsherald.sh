#!/bin/sh
# smsherald beside its unit: as the unit's user, with its ledger and its environment.
# Installed as /usr/local/bin/smsherald, for root:
#
#   smsherald ledger list --state held
#   smsherald publish --routing-key order.created - < order.json
#
# It starts in /, and as a user who reads little: name files by their whole path, or give them by `<`.
set -eu

# Arguments go as they are: left to itself, systemd puts variables in the place of `$NAME`.
if systemd-run --help | grep -q -e --expand-environment; then
    set -- --expand-environment=no /opt/smsherald/bin/smsherald "$@"
else
    for argument in "$@"; do
        shift
        set -- "$@" "$(printf '%s' "$argument" | sed 's/\$/$$/g')"
    done
    set -- /opt/smsherald/bin/smsherald "$@"
fi
# What the unit has of these, this needs too:
#set -- --property=LoadCredential=twilio_auth_token:/etc/smsherald/credentials/twilio_auth_token "$@"
#set -- --property=LoadCredential=broker_password:/etc/smsherald/credentials/broker_password "$@"

# `pauses` shows who paused.
exec systemd-run --quiet --pipe --wait --collect \
    --setenv=SUDO_USER="${SUDO_USER:-$(id -un)}" \
    --setenv=SMSHERALD_CONFIG=/etc/smsherald/smsherald.yaml \
    --setenv=TERM="${TERM:-dumb}" \
    --property=EnvironmentFile=-/etc/smsherald/environment \
    --property=DynamicUser=yes \
    --property=User=smsherald \
    --property=StateDirectory=smsherald \
    --property=StateDirectoryMode=0700 \
    --property=UMask=0077 \
    "$@"
