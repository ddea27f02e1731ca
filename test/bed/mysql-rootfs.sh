# Adds MySQL to the Debian forky in a folder, laid out as in the official image: mysql-rootfs.sh FOLDER
set -eu
folder=$1
. "$(dirname "$0")/chroot.sh"

open_folder
add_user_999 mysql /var/lib/mysql /bin/false
# Only sid has it; what it needs beyond forky comes from there too.
sed 's/ forky / sid /' "$folder/etc/apt/sources.list" >"$folder/etc/apt/sources.list.d/sid.list"
printf 'Package: *\nPin: release n=sid\nPin-Priority: 100\n' >"$folder/etc/apt/preferences.d/sid"
apt update
apt install mysql-server-core/sid mysql-client-core/sid gosu openssl tzdata xz-utils zstd

mkdir -p "$folder/docker-entrypoint-initdb.d" "$folder/var/lib/mysql" "$folder/run/mysqld" "$folder/etc/mysql/conf.d"
mkdir -m 750 "$folder/var/lib/mysql-files"
chown 999:999 "$folder/var/lib/mysql" "$folder/var/lib/mysql-files" "$folder/run/mysqld"
chmod 1777 "$folder/var/lib/mysql" "$folder/run/mysqld"
cat >"$folder/etc/my.cnf" <<'CONFIG'
[mysqld]
host-cache-size=0
skip-name-resolve
datadir=/var/lib/mysql
socket=/var/run/mysqld/mysqld.sock
secure-file-priv=/var/lib/mysql-files
user=mysql
pid-file=/var/run/mysqld/mysqld.pid

[client]
socket=/var/run/mysqld/mysqld.sock

!includedir /etc/mysql/conf.d/
CONFIG

close_folder mysql-server-core
