#!/bin/sh
# inspect-deb.sh FILE.deb...: what in these packages could start something by itself once they are installed.
#
# One finding a line: package, kind, what; separated by tabs. No output: nothing found. Kinds:
#   unit      a systemd unit that can start something, for the machine or for a user's login
#   init      an init script (SysV, upstart, runit), or inetd's
#   schedule  cron
#   activate  what others start: D-Bus activation, a desktop's autostart, udev rules, hooks of network interfaces
#   script    a maintainer script that starts, stops, enables or registers a service: "postinst: the line"
# Exit status 0 if every file could be read. Needs dpkg-deb and awk only, both in the smallest Debian:
# set-up uses it before there is a Node.
set -eu

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM

for deb; do
  package=$(dpkg-deb --field "$deb" Package)

  # Files of their own, not pipes: sh sees the exit status of a pipe's last command only, and a package that
  # cannot be read must not pass as one in which nothing was found.
  dpkg-deb --contents "$deb" >"$work/contents"
  awk -v package="$package" '
    function found(kind) { print package "\t" kind "\t" path }
    {
      path = $0
      # Mode, owner, size, day, time. Spelled out: mawk of Debian 12 takes "{5}" for three letters.
      if (!sub(/^[^ ]+ +[^ ]+ +[^ ]+ +[^ ]+ +[^ ]+ +\.\//, "", path)) {
        print "inspect-deb.sh: " package ": wanted a line of dpkg-deb --contents, got: " $0 >"/dev/stderr"
        exit 1
      }
      sub(/ (->|link to) .*/, "", path)
    }
    path ~ /\/$/ { next }
    path ~ /^(usr\/)?(lib|etc)\/systemd\/(system|user)\/.*\.(service|socket|timer|path|mount|automount|swap)$/ ||
    path ~ /^(usr\/)?(lib|etc)\/systemd\/(system|user)\/.*\.(wants|requires|upholds)\// ||
    path ~ /^(usr\/)?(lib|etc)\/systemd\/(system|user)-(generators|preset)\// { found("unit"); next }
    path ~ /^etc\/(init\.d|rc[0-9S]\.d|init|sv|inetd\.d|xinetd\.d)\// ||
    path ~ /^etc\/(inetd\.conf|rc\.local)$/ ||
    path ~ /^usr\/share\/runit\/sv\// { found("init"); next }
    path ~ /^etc\/cron\.[a-z]+\// || path ~ /^var\/spool\/cron\// { found("schedule"); next }
    path ~ /^(usr\/share|etc)\/dbus-1\/(system-)?services\// || path ~ /^etc\/xdg\/autostart\// ||
    path ~ /^(usr\/)?(lib|etc)\/udev\/rules\.d\// ||
    path ~ /^etc\/network\/if-[a-z-]+\.d\// || path ~ /^(usr\/lib|etc)\/NetworkManager\/dispatcher\.d\// ||
    path ~ /^etc\/(ppp\/ip|dhcp\/dhclient)-?[a-z0-9-]*\.d\// { found("activate") }
  ' "$work/contents"

  rm -rf "$work/control"
  dpkg-deb --control "$deb" "$work/control"
  for script in preinst postinst prerm postrm config; do
    [ -f "$work/control/$script" ] || continue
    awk -v package="$package" -v script="$script" '
      /^[ \t]*#/ { next }
      /(update-rc\.d|invoke-rc\.d|deb-systemd-helper|deb-systemd-invoke|systemctl|start-stop-daemon|update-inetd|initctl|runit-helper|\/etc\/init\.d\/)/ ||
      /(^|[ \t;&|(])service[ \t]+[^ \t]+[ \t]+(start|restart|reload)/ {
        sub(/^[ \t]+/, "")
        gsub(/\t/, " ")
        print package "\tscript\t" script ": " $0
      }
    ' "$work/control/$script"
  done
done
