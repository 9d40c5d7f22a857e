# shellcheck shell=bash
# Trees of Debian's releases, and commands in them. Sourced after lib.sh, never run. What happens where
# no tree can be made, whoever sources it says by a function `lacks`.

# What a command in a tree has in its environment; nothing of the machine's comes by itself.
environment=(
    HOME=/root
    PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
    LANG=C.UTF-8
    CI=true
)

find_needs() {
    [ "$(id -u)" = 0 ] || lacks "only root can make its tree"
    get_mmdebstrap || lacks "mmdebstrap and debian-archive-keyring are missing, and there is no apt-get"
    unshare --mount --pid --fork true 2>/dev/null || lacks "this root may not make namespaces"
}

# make_tree TREE SUITE PACKAGE…
make_tree() {
    local tree=$1 suite=$2 log=$1.log list
    shift 2
    list=$(IFS=,; printf '%s' "$*")
    say "Making a tree of Debian ($suite)"
    # Nothing of it need outlive a power cut: without that dpkg waits for the disk at each file.
    if ! mmdebstrap --variant=minbase --aptopt='APT::Install-Recommends "false"' \
        --dpkgopt=force-unsafe-io --include="$list" "$suite" "$tree" >"$log" 2>&1 </dev/null; then
        cat "$log" >&2
        die "mmdebstrap could not make the tree"
    fi
}

# Where a machine has its own authority, proxy or mirror, pip knows of it here: so it must there.
carry_over_how_pip_is_set() {
    local tree=$1 file name
    for file in /etc/ssl/certs/ca-certificates.crt /etc/pip.conf /etc/xdg/pip; do
        [ ! -e "$file" ] || cp -rL --parents "$file" "$tree"
    done
    for file in .config/pip .pip; do
        [ ! -e ~/"$file" ] || (cd && cp -rL --parents "$file" "$tree/root")
    done
    for name in "${!PIP_@}" {http,https,no}_proxy {HTTP,HTTPS,NO}_PROXY; do
        [ -z "${!name:-}" ] || environment+=("$name=${!name}")
    done
}

# run_in_tree TREE COMMAND…: what it starts and leaves running ends with it.
run_in_tree() {
    local tree=$1
    shift
    # shellcheck disable=SC2016 # The inner shell has the tree as its $0.
    unshare --mount --pid --fork --kill-child bash -euc '
        mount --bind "$0" "$0"
        mount -t proc proc "$0/proc"
        mount --rbind /sys "$0/sys"
        mount --rbind /dev "$0/dev"
        mount -t tmpfs tmpfs "$0/dev/shm"
        mount -t tmpfs tmpfs "$0/run"
        # Whom chroot put there could make no namespace of users, which the unit wants.
        cd "$0"
        pivot_root . mnt
        cd /
        umount --lazy /mnt
        exec env -i "$@"
    ' "$tree" "${environment[@]}" "$@"
}
