# Adds Postgres to the Debian in a folder, laid out as in the official image: postgres-rootfs.sh FOLDER MAJOR
set -eu
folder=$1 major=$2
. "$(dirname "$0")/chroot.sh"

open_folder
add_user_999 postgres /var/lib/postgresql /bin/bash

apt update
apt install locales postgresql-common
in_folder localedef -i en_US -c -f UTF-8 -A /usr/share/locale/locale.alias en_US.UTF-8 ||
  in_folder localedef -i en_US -c -f UTF-8 en_US.UTF-8
mkdir -p "$folder/etc/postgresql-common"
echo 'create_main_cluster = false' >>"$folder/etc/postgresql-common/createcluster.conf"
apt install "postgresql-$major" gosu libnss-wrapper xz-utils zstd

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

close_folder "postgresql-$major"
