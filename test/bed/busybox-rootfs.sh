# Fills a folder with busybox, laid out as in the official image: busybox-rootfs.sh FOLDER BUSYBOX
set -eu
folder=$1 busybox=$2

cd "$folder"
mkdir -p bin dev etc home proc root sys tmp usr/bin usr/sbin var/spool/mail var/www
chmod 1777 tmp
chmod 700 root
cp "$busybox" bin/busybox
for applet in $(bin/busybox --list); do
  [ -e "bin/$applet" ] || ln bin/busybox "bin/$applet"
done
ln -s /bin/env usr/bin/env
echo 'root:x:0:0:root:/root:/bin/sh
nobody:x:65534:65534:nobody:/home:/bin/false' >etc/passwd
echo 'root:x:0:
nogroup:x:65534:' >etc/group
