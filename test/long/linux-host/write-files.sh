#!/bin/busybox sh
# Writes files into the folder $1, one after another, 24 names in turn, until /stop exists; keeps the checksum of what each
# must hold, taken before it is written, in /sums, and how many were written in /written. At the end there is /ended.
mkdir -p /sums "$1/files"
n=0
until [ -e /stop ]; do
  name="files/file$((n % 24))"
  dd if=/dev/urandom of=/tmp/data bs=4k count=$((1 + n * 7 % 50)) 2>/dev/null
  echo "$(sha256sum </tmp/data | cut -d' ' -f1)  $1/$name" >/tmp/sum
  dd if=/tmp/data of="$1/$name.new" bs=16k conv=fsync 2>/dev/null && mv "$1/$name.new" "$1/$name" || break
  mv /tmp/sum "/sums/$((n % 24))"
  n=$((n + 1))
  echo "$n" >/tmp/written && mv /tmp/written /written
done
touch /ended
