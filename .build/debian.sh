#!/usr/bin/env bash
# Makes the file system of `run debian`: Debian's smallest, with sysvinit, as a squashfs. It goes into a folder, whose
# owner gets it. Only root can make one, for the files in it belong to root; build.sh calls it.
set -euo pipefail
readonly FOLDER=$1 RELEASE=bookworm MIRROR=http://deb.debian.org/debian
export LC_ALL=C DEBIAN_FRONTEND=noninteractive

new=$(mktemp -d "$FOLDER/new.XXXXXX")
trap 'rm -rf --one-file-system "$new"' EXIT
trap 'exit 130' INT TERM
root=$new/root

# Chosen for its time to the prompt: a dozen short scripts, where systemd starts as many services of its own. Without
# udev, for the kernel makes the devices and the initial RAM disk has the drivers.
debootstrap --variant=minbase --include=sysvinit-core,kmod,procps,iproute2 "$RELEASE" "$root" "$MIRROR"

# What would be read from the disk and is never asked for.
rm -rf "$root"/var/cache/apt/*.bin "$root"/var/cache/apt/archives/*.deb "$root"/var/lib/apt/lists/* "$root"/var/log/*.log \
    "$root"/usr/share/{man,info,locale}/*
find "$root/usr/share/doc" ! -type d ! -name copyright -delete
for script in brightness hwclock.sh mountnfs-bootclean.sh mountnfs.sh urandom; do
    chroot "$root" update-rc.d -f "$script" remove >/dev/null
done

chroot "$root" passwd -qd root
echo debian >"$root/etc/hostname"
echo "127.0.0.1 localhost debian" >"$root/etc/hosts"
ln -sf /proc/mounts "$root/etc/mtab"
echo "system / overlay defaults 0 0" >"$root/etc/fstab"
printf '%s\n' "root logs in without a password; poweroff, reboot and halt end it" "" >>"$root/etc/issue"

# The prompt is on the console that was named last, and nowhere else.
sed -i '/getty/d' "$root/etc/inittab"
echo "1:2345:respawn:/bin/sh /etc/console" >>"$root/etc/inittab"
cat >"$root/etc/console" <<'END'
tty=$(sed 's/.* //' /sys/class/tty/console/active)
exec /sbin/agetty --local-line --noclear "${tty:=ttyS0}" 115200 vt220
END

mksquashfs "$root" "$new/squashfs" -comp zstd -noappend -no-progress -quiet
chown --reference="$FOLDER" "$new/squashfs"
mv "$new/squashfs" "$FOLDER/system.squashfs"
