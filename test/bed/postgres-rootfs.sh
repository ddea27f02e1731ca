# Adds Postgres to the Debian in a folder, laid out as in the official image: postgres-rootfs.sh FOLDER MAJOR
set -eu
folder=$1 major=$2

in_folder() { chroot "$folder" env LC_ALL=C DEBIAN_FRONTEND=noninteractive "$@"; }

# Packages look into /proc and write to /dev/null. These mounts end with the mount namespace of this script.
mount -t proc proc "$folder/proc"
mount -t tmpfs -o mode=755 tmpfs "$folder/dev"
for device in null:3 zero:5 full:7 random:8 urandom:9; do
  mknod -m 666 "$folder/dev/${device%:*}" c 1 "${device#*:}"
done
cp /etc/resolv.conf "$folder/etc/resolv.conf"
printf '#!/bin/sh\nexit 101\n' >"$folder/usr/sbin/policy-rc.d"
chmod 755 "$folder/usr/sbin/policy-rc.d"
echo force-unsafe-io >"$folder/etc/dpkg/dpkg.cfg.d/unsafe-io"

# The official image's ids. Where a group of Debian's own already has the number, that one moves.
taken=$(in_folder getent group 999 | cut -d: -f1 || true)
if [ -n "$taken" ]; then
  spare=990
  while in_folder getent group "$spare" >/dev/null; do spare=$((spare - 1)); done
  in_folder groupmod --gid "$spare" "$taken"
fi
in_folder groupadd --system --gid 999 postgres
in_folder useradd --system --uid 999 --gid 999 --home-dir /var/lib/postgresql --shell /bin/bash postgres

apt='apt-get -q -y -o Acquire::Check-Valid-Until=false -o Acquire::Languages=none --no-install-recommends'
in_folder $apt update
in_folder $apt install locales postgresql-common
in_folder localedef -i en_US -c -f UTF-8 -A /usr/share/locale/locale.alias en_US.UTF-8 ||
  in_folder localedef -i en_US -c -f UTF-8 en_US.UTF-8
mkdir -p "$folder/etc/postgresql-common"
echo 'create_main_cluster = false' >>"$folder/etc/postgresql-common/createcluster.conf"
in_folder $apt install "postgresql-$major" gosu libnss-wrapper xz-utils zstd

# Reachable from other containers, as every new cluster of the official image is.
sed -i "s/^#*listen_addresses = .*/listen_addresses = '*'/" "$folder/usr/share/postgresql/$major/postgresql.conf.sample"

mkdir -p "$folder/docker-entrypoint-initdb.d" "$folder/var/lib/postgresql" "$folder/run/postgresql"
rm -rf "$folder"/var/lib/postgresql/*
if [ "$major" -lt 18 ]; then
  mkdir "$folder/var/lib/postgresql/data"
  chmod 1777 "$folder/var/lib/postgresql/data"
fi
chown -R 999:999 "$folder/var/lib/postgresql" "$folder/run/postgresql"
chmod 1777 "$folder/var/lib/postgresql"
chmod 3777 "$folder/run/postgresql"
ln -s docker-entrypoint.sh "$folder/usr/local/bin/docker-ensure-initdb.sh"

in_folder dpkg-query -W -f '${Version}' "postgresql-$major" >"$folder/etc/docker-vol-bed-version"
umount "$folder/proc" "$folder/dev"
rm -f "$folder/usr/sbin/policy-rc.d" "$folder/etc/dpkg/dpkg.cfg.d/unsafe-io"
rm -rf "$folder"/var/lib/apt/lists/* "$folder"/var/cache/apt/* "$folder"/var/log/* "$folder"/usr/share/doc/*
: >"$folder/etc/resolv.conf"
