#!/bin/sh
# The entrypoint of the stand-in Redis and Valkey images. It does what the documentation of the official
# images promises, so that a volume made here looks like one made there; it is not an official script.
set -eu

if command -v valkey-server >/dev/null; then user=valkey; else user=redis; fi
server=$user-server

# Options or a configuration file alone are meant for the server.
case ${1:-} in
  -* | *.conf) set -- "$server" "$@" ;;
esac

if [ "$1" = "$server" ] && [ "$(id -u)" = 0 ]; then
  find . \! -user "$user" -exec chown "$user" {} +
  exec setpriv --reuid="$user" --regid="$user" --clear-groups "$0" "$@"
fi

# What the server writes is nobody else's business, unless the user set a mask of their own.
[ "$(umask)" != 0022 ] || umask 0077

if [ "$1" = "$server" ]; then
  # The official images are built with this off: the bridge lets nobody in who was not meant to come.
  case " $* " in
    *protected-mode*) ;;
    *) set -- "$@" --protected-mode no ;;
  esac
fi
exec "$@"
