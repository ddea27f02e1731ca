# Functions for the scripts that add Debian's packages to the root file system in $folder. Not to be run.

in_folder() { chroot "$folder" env LC_ALL=C DEBIAN_FRONTEND=noninteractive "$@"; }

# Packages look into /proc and write to /dev/null. These mounts end with the mount namespace of the script.
open_folder() {
  mount -t proc proc "$folder/proc"
  mount -t tmpfs -o mode=755 tmpfs "$folder/dev"
  for device in null:3 zero:5 full:7 random:8 urandom:9; do
    mknod -m 666 "$folder/dev/${device%:*}" c 1 "${device#*:}"
  done
  cp /etc/resolv.conf "$folder/etc/resolv.conf"
  printf '#!/bin/sh\nexit 101\n' >"$folder/usr/sbin/policy-rc.d"
  chmod 755 "$folder/usr/sbin/policy-rc.d"
  echo force-unsafe-io >"$folder/etc/dpkg/dpkg.cfg.d/unsafe-io"
}

# USER HOME SHELL: the official images' ids, 999. A group of Debian's own that has the number already moves.
add_user_999() {
  taken=$(in_folder getent group 999 | cut -d: -f1 || true)
  if [ -n "$taken" ]; then
    spare=990
    while in_folder getent group "$spare" >/dev/null; do spare=$((spare - 1)); done
    in_folder groupmod --gid "$spare" "$taken"
  fi
  in_folder groupadd --system --gid 999 "$1"
  in_folder useradd --system --uid 999 --gid 999 --home-dir "$2" --shell "$3" "$1"
}

apt() {
  in_folder apt-get -q -y -o Acquire::Check-Valid-Until=false -o Acquire::Languages=none \
    --no-install-recommends "$@"
}

# PACKAGE: leaves its version where the import finds it, and nothing that only the making needed.
close_folder() {
  in_folder dpkg-query -W -f '${Version}' "$1" >"$folder/etc/docker-vol-bed-version"
  umount "$folder/proc" "$folder/dev"
  rm -f "$folder/usr/sbin/policy-rc.d" "$folder/etc/dpkg/dpkg.cfg.d/unsafe-io"
  rm -rf "$folder"/var/lib/apt/lists/* "$folder"/var/cache/apt/* "$folder"/var/log/* "$folder"/usr/share/doc/*
  rm -f "$folder"/var/cache/debconf/*-old "$folder"/var/lib/dpkg/*-old
  : >"$folder/etc/resolv.conf"
}
