# Adds MariaDB to the Debian in a folder, laid out as in the official image: mariadb-rootfs.sh FOLDER
set -eu
folder=$1
. "$(dirname "$0")/chroot.sh"

open_folder
add_user_999 mysql /var/lib/mysql /bin/sh
apt update
# Without mariadb-server itself: of that the image has no use but for what its services need.
apt install mariadb-server-core mariadb-client mariadb-backup gosu socat tzdata xz-utils zstd

# Every client is another container, whose name nobody can look up.
printf '[mariadb]\nhost-cache-size=0\nskip-name-resolve\n' >"$folder/etc/mysql/mariadb.conf.d/05-skipcache.cnf"
mkdir -p "$folder/docker-entrypoint-initdb.d" "$folder/var/lib/mysql" "$folder/run/mysqld" "$folder/etc/mysql/conf.d"
chown 999:999 "$folder/var/lib/mysql" "$folder/run/mysqld"
chmod 1777 "$folder/run/mysqld"

close_folder mariadb-server-core
