#!/bin/sh
# Starts a real systemd user manager for an ordinary user, and runs a command in its session.
#
#   unshare --mount --pid --fork --kill-child --mount-proc user_manager.sh FOLDERS COMMAND...
#
# Runs as root in mount and pid namespaces of its own, so that nothing of this is left on the machine:
# FOLDERS (separated by colons) are made reachable for that user even where they lie below a home that
# is closed to others. Exit 77: this machine cannot do it, and the last line on stderr says why.
set -eu

folders=$1; shift
uid=4242
group=/sys/fs/cgroup/watcher-test-$(cat /proc/sys/kernel/random/uuid)

cannot() { echo "$1" >&2; exit 77; }

mount --make-rprivate / 2>/dev/null || cannot "no mount namespace of its own"

# A cgroup that the manager owns, as systemd-logind would delegate one.
umount -R /sys/fs/cgroup 2>/dev/null || true
mount -t cgroup2 cgroup2 /sys/fs/cgroup 2>/dev/null || cannot "no cgroup2 to mount"
mkdir "$group" 2>/dev/null || cannot "no cgroup of its own"
echo $$ > "$group/cgroup.procs"
chown -R $uid:$uid "$group"

# A /run in which systemd is seen to be running, and the user's runtime folder and home.
mount -t tmpfs -o mode=755 tmpfs /run
mkdir -p /run/systemd/system /run/user/$uid /run/rep
chmod 700 /run/user/$uid /run/rep
chown $uid:$uid /run/user/$uid /run/rep
cp /etc/passwd /run/passwd
echo "rep:x:$uid:$uid::/run/rep:/bin/sh" >> /run/passwd
mount --bind /run/passwd /etc/passwd

open_the_way() {
    way=
    for step in $(dirname "$1" | tr / ' '); do
        way=$way/$step
        [ "$(stat -c %A "$way" | cut -c10)" = x ] || { mount -t tmpfs -o mode=755 tmpfs "$way"; return; }
    done
}

kept=0
for folder in $(echo "$folders" | tr : ' '); do
    kept=$((kept + 1)); mkdir -p /run/kept/$kept
    mount --bind "$folder" /run/kept/$kept
done
kept=0
for folder in $(echo "$folders" | tr : ' '); do
    kept=$((kept + 1))
    open_the_way "$folder"
    mkdir -p "$folder"
    mount --bind /run/kept/$kept "$folder"
done

cd /run/rep
code=0
env -i PATH="$PATH" LANG=C.UTF-8 HOME=/run/rep USER=rep XDG_RUNTIME_DIR=/run/user/$uid \
    DBUS_SESSION_BUS_ADDRESS=unix:path=/run/user/$uid/bus \
    setpriv --reuid=$uid --regid=$uid --clear-groups --inh-caps=-all sh -c '
        /usr/lib/systemd/systemd --user --log-target=console &
        systemctl --user is-system-running --wait >/dev/null 2>&1
        tries=0
        until systemctl --user is-active --quiet default.target; do
            kill -0 $! 2>/dev/null && [ $tries -lt 200 ] || { echo "systemd --user did not start" >&2; exit 77; }
            tries=$((tries + 1)); sleep 0.05
        done
        code=0; "$@" || code=$?
        systemctl --user exit; wait
        exit $code
    ' session "$@" || code=$?

echo $$ > /sys/fs/cgroup/cgroup.procs
find "$group" -depth -type d -exec rmdir {} \; 2>/dev/null || true
exit $code
