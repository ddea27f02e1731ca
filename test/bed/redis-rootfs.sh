# Adds Redis or Valkey to the Debian in a folder, laid out as in the official image: redis-rootfs.sh FOLDER NAME
set -eu
folder=$1 name=$2
. "$(dirname "$0")/chroot.sh"

open_folder
add_user_999 "$name" "/home/$name" /bin/sh
apt update
apt install "$name-server" tzdata
rm -rf "$folder/etc/$name" "$folder/var/lib/$name"
mkdir "$folder/data"
chown 999:999 "$folder/data"
close_folder "$name-server"
