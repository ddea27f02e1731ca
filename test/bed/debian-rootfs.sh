# Fills a folder with a stock minimal Debian: debian-rootfs.sh FOLDER SUITE MIRROR
set -eu
folder=$1 suite=$2 mirror=$3

# A suite that is newer than the host's debootstrap is made the way sid is.
scripts=/usr/share/debootstrap/scripts
script=$scripts/$suite
[ -e "$script" ] || script=$scripts/sid
debootstrap --variant=minbase "$suite" "$folder" "$mirror" "$script"

# What the official slim image leaves out.
cat >"$folder/etc/dpkg/dpkg.cfg.d/docker-vol-bed" <<'CONFIG'
path-exclude /usr/share/doc/*
path-exclude /usr/share/info/*
path-exclude /usr/share/locale/*
path-exclude /usr/share/man/*
CONFIG
for part in doc info locale man; do
  rm -rf "$folder/usr/share/$part"
  mkdir "$folder/usr/share/$part"
done
rm -rf "$folder"/var/lib/apt/lists/* "$folder"/var/cache/apt/* "$folder"/var/log/*
: >"$folder/etc/resolv.conf"
: >"$folder/etc/hostname"
