#!/bin/busybox sh
# The first process of the guest: loads the modules of /modules, joins the host's network, starts the daemon of open-iscsi,
# and then runs each line that comes over the second serial port. After the output of each comes a line "#exit STATUS".
export PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/
/bin/busybox mkdir -p /proc /sys /dev /run/lock/iscsi /tmp /mnt /usr/bin /usr/sbin /var/lib/iscsi
/bin/busybox --install -s
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs dev /dev
while read -r module; do insmod "$module"; done </modules
ifconfig lo 127.0.0.1 up
# Addresses of QEMU's user networking; the loopback interface of the host is 10.0.2.2.
ifconfig eth0 10.0.2.15 netmask 255.255.255.0 up
# The daemon asks for the name of whoever speaks to it.
echo 'root:x:0:0:root:/:/bin/sh' >/etc/passwd
echo 'InitiatorName=iqn.2026-11.example.arraylab:linux-host' >/etc/iscsi/initiatorname.iscsi

exec </dev/ttyS1 >/dev/ttyS1 2>&1
stty raw -echo
iscsid
echo "#exit $?"
while read -r line; do
  sh -c "$line" </dev/null
  echo "#exit $?"
done
poweroff -f
