# Who works in out/, and whether what is there is up to date. Sourced by build.sh and tests/run.sh in the root of the
# repository.

# One build at a time in a checkout. Whoever holds the lock starts programs with 9>&-: some stay behind as servers.
lock() {
    while true; do
        mkdir -p out
        exec 9>out/.lock
        if ! flock -n 9; then
            echo "build.sh: another ./build.sh is building in this checkout; waiting until it has finished" >&2
            flock 9
        fi
        [ ! out/.lock -ef /dev/fd/9 ] || return 0 # otherwise `clean` has removed it
    done
}

unlock() { exec 9>&-; }

# out/built says of what and with which toolchain the image was made; its time is that of the build's beginning, so that
# what is edited meanwhile is newer.
begin_build() {
    rm -f out/built
    stamp "$1" >out/built.new
}

end_build() { mv out/built.new out/built; }

# A file that is gone makes its folder newer.
is_current() {
    [ -s out/minusone.img ] && [ "$(cat out/built 2>/dev/null)" = "$(stamp "$1")" ] &&
        [ -z "$(find efi hv guests ovmf .build build.sh version.json -newer out/built -print -quit)" ]
}

stamp() { echo "$1 $(commit)"; }

# In seconds; sources without a history are as old as can be.
commit_time() { { [ -e .git ] && git log -1 --format=%ct 2>/dev/null; } || echo 0; }

# Nothing where there is no clone: a repository around it does not count.
commit() { [ ! -e .git ] || git rev-parse HEAD 2>/dev/null || true; }
