#!/bin/sh
# Installs partyrun below ~/.local, for this user. No root, nothing else is changed.
#
#   sh install.sh              the newest version
#   sh install.sh 0.1.0        this one
#
# PARTYRUN_INSTALL   another folder than ~/.local
# PARTYRUN_RELEASES  where the releases are
set -eu

releases=${PARTYRUN_RELEASES:-@RELEASES@}
folder=${PARTYRUN_INSTALL:-$HOME/.local}
version=${1:-}

fail() {
  printf 'install.sh: %s\n' "$*" >&2
  exit 1
}

get() {
  if command -v curl >/dev/null 2>&1; then
    curl -fsSL --retry 3 -o "$2" "$1" || fail "Could not get: $1"
  elif command -v wget >/dev/null 2>&1; then
    wget -q -O "$2" "$1" || fail "Could not get: $1"
  else
    fail "curl or wget is needed: install one of them"
  fi
}

sha256() {
  if command -v sha256sum >/dev/null 2>&1; then
    sha256sum "$1" | cut -d ' ' -f 1
  elif command -v shasum >/dev/null 2>&1; then
    shasum -a 256 "$1" | cut -d ' ' -f 1
  else
    fail "sha256sum or shasum is needed: without one, nothing can be verified"
  fi
}

case $releases in
  *://*) ;;
  *) fail "PARTYRUN_RELEASES is not set: name the address that releases are below" ;;
esac

case $(uname -s) in
  Linux) os=linux ;;
  Darwin) os=darwin ;;
  MINGW* | MSYS* | CYGWIN*) fail "Windows itself is not supported: install partyrun in WSL 2" ;;
  *) fail "There is no partyrun for this system: $(uname -s)" ;;
esac
case $(uname -m) in
  x86_64 | amd64) cpu=x64 ;;
  aarch64 | arm64) cpu=arm64 ;;
  *) fail "There is no partyrun for this processor: $(uname -m)" ;;
esac
if [ $os = linux ]; then
  # `getconf` has no such variable where libc is not glibc.
  glibc=$(getconf GNU_LIBC_VERSION 2>/dev/null | cut -d ' ' -f 2) || glibc=
  [ -n "$glibc" ] || fail "This system has no glibc (Alpine has musl): use a Debian-based image"
  minor=${glibc#2.}
  [ "${minor%%.*}" -ge 28 ] 2>/dev/null || fail "partyrun needs glibc 2.28 or later, this system has: $glibc"
fi

if [ -n "$version" ]; then
  base=$releases/download/v$version
else
  base=$releases/latest/download
fi

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT INT TERM

get "$base/SHA256SUMS" "$scratch/SHA256SUMS"
archive=$(sed -n "s/^[0-9a-f]*  \(partyrun-.*-$os-$cpu\.tar\.gz\)\$/\1/p" "$scratch/SHA256SUMS" | head -n 1)
[ -n "$archive" ] || fail "This release has nothing for $os-$cpu: $base"
wanted=$(grep "  $archive\$" "$scratch/SHA256SUMS" | cut -d ' ' -f 1)
get "$base/$archive" "$scratch/$archive"
found=$(sha256 "$scratch/$archive")
[ "$found" = "$wanted" ] || fail "$archive is damaged, nothing was installed: its sha256 is $found, not $wanted"

tar -xzf "$scratch/$archive" -C "$scratch"
from=$scratch/${archive%.tar.gz}

put() {
  mkdir -p "$(dirname "$folder/$2")"
  # Beside the old file and then in its place: a program that runs goes on.
  cp "$from/$1" "$folder/$2.new"
  mv -f "$folder/$2.new" "$folder/$2"
}

put partyrun bin/partyrun
put LICENSES.txt share/doc/partyrun/LICENSES.txt
put completions/partyrun.bash share/bash-completion/completions/partyrun
put completions/_partyrun share/zsh/site-functions/_partyrun
put completions/partyrun.fish share/fish/vendor_completions.d/partyrun.fish
for page in "$from"/man/man1/*.1; do
  put "man/man1/${page##*/}" "share/man/man1/${page##*/}"
done

printf 'Installed %s: %s/bin/partyrun\n' "${archive%.tar.gz}" "$folder"
case :$PATH: in
  *":$folder/bin:"*) ;;
  *) printf 'Add it to your PATH: export PATH="%s/bin:$PATH"\n' "$folder" ;;
esac
