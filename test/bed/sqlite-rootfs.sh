# Adds the sqlite3 program to the Debian in a folder: sqlite-rootfs.sh FOLDER
set -eu
folder=$1
. "$(dirname "$0")/chroot.sh"

open_folder
apt update
apt install sqlite3
close_folder sqlite3
