# Adds libraries from Debian's packages to the Debian in a folder: libraries-rootfs.sh FOLDER PACKAGE...
set -eu
folder=$1
shift
. "$(dirname "$0")/chroot.sh"

open_folder
apt update
apt install "$@"
close_folder "$1"
