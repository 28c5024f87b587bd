#!/usr/bin/env bash
# The one door: build, run, test, measure. Everything it makes goes under out/; what it needs it installs, and says so.
set -euo pipefail
readonly CALLER=$PWD # where relative paths of `run` begin
cd "$(dirname "${BASH_SOURCE[0]}")"
readonly ROOT=$PWD
. .build/state.sh

readonly LIMIT=$((1024 * 1024))     # of BOOTX64.EFI
readonly MERGED="/merge:.managedcode=.text /merge:.pdata=.rdata /merge:.modules=.rdata" # .pdata is for a runtime: mere data
readonly PEER_KERNEL=linux-image-6.1.0-50-amd64
readonly LINUX_KERNEL=linux-image-6.1.0-57-cloud-amd64=6.1.192-3 LINUX_TOOLS=busybox-static=1:1.35.0-4+deb12u1+b1
readonly FOREIGN=(xen-hypervisor-4.17-amd64=4.17.7+13-g2445b30a44-0+deb12u1:xen-system-amd64 memtest86+=6.10-4
    seabios=1.16.2-1 gnumach-image-1.8-486=2:1.8+git20221224-2:gnumach-image-1-486) # and who depends on it elsewhere
readonly IMAGE_BYTES=66060288       # 128 cylinders x 16 heads x 63 sectors: a geometry Bochs accepts
readonly MOST_MEBIBYTES=250         # in out/, with all tools
readonly ESP=1048576                # the partition starts at sector 2048
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 MTOOLS_SKIP_CHECK=1
export DOTNET_SYSTEM_GLOBALIZATION_INVARIANT=1 # no tool of ours needs libicu, which small systems do not have
export PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin # Debian keeps sgdisk and mkfs.vfat from an ordinary user
export YES=${YES:-} TOOLCHAIN=${TOOLCHAIN:-ilc}

usage() {
    cat <<'END'
MinusOne: a hypervisor in C#, started by firmware.

  ./build.sh build                       out/BOOTX64.EFI and out/minusone.img
  ./build.sh run [GUEST...] [options]    run guests; --list shows them, --help the options; linux and debian are fetched
  ./build.sh trace FILE [options]        what run --trace FILE recorded: table, CSV, Perfetto's JSON, SVG, HTML; --help
  ./build.sh test [unit|boot|all]        the tests; 'all' adds the slow ones; --coverage for hv/
  ./build.sh fuzz [TARGET|all] [options] what a fuzzer makes up; without a target, which there are
  ./build.sh bench [--peer kvm] [--cpu ryzen] [--host-cpus N]
                                         what an exit costs; beside Linux's KVM in the same emulator; on SVM;
                                         what N guests on N processors do together
  ./build.sh image [--sign KEY CERT]     out/minusone.img alone; for Secure Boot, out/minusone-signed.img
  ./build.sh count                       how large each room of hv/ is
  ./build.sh clean                       remove out/
  ./build.sh help | --version

  -y, anywhere: install missing packages without asking (so does CI=true).
  --toolchain bflat, anywhere: an image made with bflat.
END
}

fail() { echo "build.sh: $1" >&2; exit 2; }
step() { [ -n "${QUIET:-}" ] || echo "== $*" >&2; }

# --- what the machine must have ------------------------------------------------------------------------------------------

# need COMMAND-OR-FILE PACKAGE: remembers the package if the thing is missing.
MISSING=()
need() { command -v "$1" >/dev/null 2>&1 || [ -e "$1" ] || MISSING+=("$2"); }

need_to_build() {
    need dotnet dotnet-sdk-10.0
    [ ! -e .git ] || need git git
    need lld-link lld
    need sgdisk gdisk
    need mkfs.vfat dosfstools
    need mcopy mtools
}

need_to_run() {
    need setsid util-linux
    need setpriv util-linux
    need /usr/bin/bochs-bin bochs
    need qemu-system-x86_64 qemu-system-x86
    need /usr/share/ovmf/OVMF.fd ovmf
    need /usr/share/seabios/vgabios-stdvga.bin seabios
}

# A first build fills out/ with so much; a later one replaces most of it, a file at a time.
need_space() {
    local free wanted=$MOST_MEBIBYTES
    mkdir -p out
    [ ! -s out/minusone.img ] || wanted=$((IMAGE_BYTES / 1024 / 1024 * 2))
    free=$(($(df -Pk out | awk 'NR == 2 { print $4 }') / 1024))
    [ "$free" -ge "$wanted" ] || fail "out/ has $free MiB free, and a build takes $wanted"
}

as_root() { if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi; }

install_missing() {
    [ "${#MISSING[@]}" -gt 0 ] || return 0
    local packages answer
    packages=$(printf '%s\n' "${MISSING[@]}" | sort -u | tr '\n' ' ')
    command -v apt-get >/dev/null || fail "missing: $packages- install them with this system's package manager"
    [ "$(id -u)" = 0 ] || command -v sudo >/dev/null || fail "missing: $packages- install them as root"
    echo "build.sh: missing packages: $packages" >&2
    if [ -z "${YES:-}" ] && [ "${CI:-}" != true ] && [ -t 0 ]; then
        read -r -p "Install them with apt-get? [Y/n] " answer
        case "$answer" in [nN]*) fail "stopped; install them with: apt-get install $packages" ;; esac
    fi
    step "apt-get install $packages"
    # Several of us may miss something at once, and others may be installing: who comes later waits.
    as_root env DEBIAN_FRONTEND=noninteractive flock -w 900 /run/lock/minusone-packages sh -c "apt-get update -q &&
        apt-get -o DPkg::Lock::Timeout=600 install -q -y --no-install-recommends $packages" >&2 ||
        fail "apt-get could not install: $packages(the .NET 10 SDK is in Ubuntu's archive; on Debian get it from https://dot.net)"
}

# --- building ------------------------------------------------------------------------------------------------------------

# The version, and how it is read: .build/Version.proj. What is built knows it already.
version() {
    if ! is_current "$TOOLCHAIN"; then
        lock
        read_version 9>&-
        unlock
    fi
    cat out/version
}

read_version() {
    dotnet build .build/Version.proj -restore --nologo >out/version.log 2>&1 || { cat out/version.log >&2; fail "there is no reading the version"; }
}

build() {
    [ $# = 0 ] || fail "build: unknown option '$1'; ./build.sh help"
    [ "$TOOLCHAIN" != bflat ] || command -v bflat >/dev/null || fail "bflat is not on the PATH; the default toolchain needs no bflat"
    need_to_build
    install_missing
    if is_current "$TOOLCHAIN"; then return; fi
    lock
    if ! is_current "$TOOLCHAIN"; then build_alone 9>&-; fi
    unlock
}

build_alone() {
    need_space
    begin_build "$TOOLCHAIN"
    mkdir -p out/kernel
    step "compiling"
    dotnet build .build/Image.proj -v q --nologo -clp:NoSummary >out/build.log 2>&1 || { cat out/build.log >&2; fail "compilation failed"; }
    dotnet out/bin/Stubs/Stubs.dll stubs out/stubs.obj
    build_kernel
    dotnet out/bin/Guests/Guests.dll emit out/guests.obj out/guests.tsv out/kernel/kernel.bin
    if [ "$TOOLCHAIN" = bflat ]; then build_with_bflat; else link; fi
    local size
    size=$(stat -c %s out/BOOTX64.EFI.new)
    [ "$size" -le $LIMIT ] || fail "the image has $size bytes, more than the $LIMIT it may have"
    dotnet out/bin/Stubs/Stubs.dll gate-image out/BOOTX64.EFI.new || fail "the linker made an image that breaks a rule"
    mv out/BOOTX64.EFI.new out/BOOTX64.EFI
    make_image out/BOOTX64.EFI out/minusone.img
    end_build
    step "out/BOOTX64.EFI: $size bytes, $(cat out/version)"
}

# Linked twice: the first time for the map, the second with the names of all functions in it.
link() {
    step "linking"
    dotnet out/bin/Stubs/Stubs.dll gate out/managed.obj || fail "the compiled code breaks a rule of the image"
    dotnet out/bin/Stubs/Stubs.dll names - out/names.obj
    link_once
    dotnet out/bin/Stubs/Stubs.dll names out/image.map out/names.obj
    link_once
}

link_once() {
    lld-link /entry:EfiMain /subsystem:efi_application /nodefaultlib /opt:ref /Brepro $MERGED /map:out/image.map \
        /out:out/BOOTX64.EFI.new out/managed.obj out/stubs.obj out/guests.obj out/names.obj || fail "linking failed"
}

# The guest kernel: its programs first, because it carries them. out/kernel/kernel.bin starts anywhere that knows multiboot.
build_kernel() {
    local tool="dotnet out/bin/Guests/Guests.dll" options="/subsystem:native /nodefaultlib /opt:ref /fixed /Brepro $MERGED"
    $tool kernel-prepare out/kernel || fail "the guest kernel breaks a rule of its image"
    (cd out/kernel && lld-link $options /entry:ProgramStart /base:0x8000000000 /largeaddressaware /map:programs.map \
        /out:programs.exe programs.obj programs-stubs.obj) || fail "linking the guest kernel's programs failed"
    $tool kernel-programs out/kernel
    (cd out/kernel && lld-link $options /entry:KernelMain /base:0x200000 /map:zero.map /out:zero.exe \
        zero.obj zero-stubs.obj programs-image.obj) || fail "linking the guest kernel failed"
    $tool kernel-image out/kernel
}

# bflat brings its own linker, which is not asked for a map: there are no names of functions.
build_with_bflat() {
    dotnet out/bin/Stubs/Stubs.dll names - out/names.obj
    bflat build --os:uefi --arch:x64 --stdlib:none -o out/BOOTX64.EFI.new \
        --ldflags "out/stubs.obj out/guests.obj out/names.obj" \
        $(find efi hv out/generated -name '*.cs' -not -path 'efi/Stubs/*') || fail "bflat failed"
}

# One GPT disk with one EFI system partition. Fixed identifiers and times: two builds give the same bytes.
make_image() { # PROGRAM IMAGE
    local image=$2.new files=out/esp
    rm -rf "$files" "$image" && mkdir -p "$files/EFI/BOOT" "$files/minusone"
    cp "$1" "$files/EFI/BOOT/BOOTX64.EFI"
    find "$files" -exec touch -d "@$(commit_time)" {} +
    truncate -s $IMAGE_BYTES "$image"
    sgdisk --clear --disk-guid=4D494E55-534F-4E45-0000-000000000001 --new=1:2048:0 --typecode=1:EF00 \
        --partition-guid=1:4D494E55-534F-4E45-0000-000000000002 --change-name=1:MinusOne "$image" >/dev/null
    mkfs.vfat -F 32 -i 4D494E55 -n MINUSONE --invariant --offset 2048 "$image" $((IMAGE_BYTES / 1024 - 1024 - 17)) >/dev/null 2>&1
    mcopy -i "$image@@$ESP" -s -m "$files/EFI" "$files/minusone" :: || fail "cannot write the disk image: is there space in out/?"
    mv "$image" "$2"
}

image() {
    local key="" certificate="" signed=out/BOOTX64-signed.EFI
    case "${1:-}" in
        --help | -h) echo "usage: ./build.sh image [--sign KEY CERT]   both in PEM, as openssl makes them"; return ;;
        --sign)
            [ $# = 3 ] || fail "image: --sign wants two files, a key and its certificate"
            key=$(callers "$2") certificate=$(callers "$3")
            for file in "$key" "$certificate"; do [ -r "$file" ] || fail "image: cannot read '$file'"; done
            need sbsign sbsigntool
            set --
            ;;
    esac
    build "$@"
    [ -n "$key" ] || return 0
    lock
    sbsign --key "$key" --cert "$certificate" --output "$signed" out/BOOTX64.EFI 2>out/sign.log 9>&- ||
        fail "image: sbsign could not sign with '$key' and '$certificate': $(tail -n 1 out/sign.log)"
    make_image "$signed" out/minusone-signed.img
    unlock
    step "out/minusone-signed.img, with $signed in it"
}

# A path as the user means it.
callers() { case "$1" in /*) echo "$1" ;; *) echo "$CALLER/$1" ;; esac; }

# --- running and testing -------------------------------------------------------------------------------------------------

run() {
    need_to_run
    build
    case " $* " in *" linux "* | *" debian "* | *" out/linux/"*) fetch_linux ;; esac
    case " $* " in *" debian "*) make_debian ;; esac
    case " $* " in *" out/foreign/"*) fetch_foreign ;; esac
    cd "$CALLER"
    exec dotnet "$ROOT/out/bin/Runner/Runner.dll" run "$@"
}

# What `run --trace FILE` has recorded.
trace() {
    build
    cd "$CALLER"
    exec dotnet "$ROOT/out/bin/Runner/Runner.dll" trace "$@"
}

# Debian's kernel for virtual machines and BusyBox: what is needed of them, unpacked and not installed.
fetch_linux() {
    local folder=out/linux
    if [ -s "$folder/initrd" ] && [ "$folder/initrd" -nt out/bin/Runner/Runner.dll ]; then return; fi
    command -v apt-get >/dev/null && command -v dpkg-deb >/dev/null ||
        fail "run linux fetches Debian's packages, and there is no apt-get here; give a kernel with --kernel"
    lock
    if compgen -G "$folder/squashfs.ko*" >/dev/null; then
        write_initrd "$folder"
        unlock
        return
    fi
    rm -rf "$folder" && mkdir -p "$folder"
    step "downloading ${LINUX_KERNEL%=*} and ${LINUX_TOOLS%=*}"
    download "$folder" "$LINUX_KERNEL" || download "$folder" "$(depends_of linux-image-cloud-amd64)" ||
        { as_root apt-get update -q >&2 && download "$folder" "$LINUX_KERNEL"; } ||
        download "$folder" "$(depends_of linux-image-cloud-amd64)" || fail "$(no_linux)"
    download "$folder" "$LINUX_TOOLS" || download "$folder" "${LINUX_TOOLS%=*}" || fail "$(no_linux)"
    dpkg-deb --fsys-tarfile "$folder"/linux-image-*.deb | tar xO --wildcards './boot/vmlinuz-*' >"$folder/vmlinuz" &&
        dpkg-deb --fsys-tarfile "$folder"/busybox-static_*.deb | tar xO --wildcards '*bin/busybox' >"$folder/busybox" &&
        dpkg-deb --fsys-tarfile "$folder"/linux-image-*.deb | tar x -C "$folder" --wildcards --transform 's|.*/||' \
            '*/virtio*.ko*' '*failover.ko*' '*/squashfs.ko*' '*/overlay.ko*' ||
        fail "Debian's packages have not the files they should have"
    rm "$folder"/*.deb
    write_initrd "$folder"
    unlock
}

# What else the boot tests run: kernels and a BIOS of Debian's, each a file.
fetch_foreign() {
    local folder=out/foreign package name
    if [ -e "$folder/ready" ]; then return; fi
    lock
    rm -rf "$folder" && mkdir -p "$folder"
    for package in "${FOREIGN[@]}"; do
        name=${package%%=*}
        step "downloading $name"
        download "$folder" "${package%:[a-z]*}" || download "$folder" "$name" ||
            download "$folder" "$(depends_of "${package##*:}")" || fail "apt-get could not download $name"
        dpkg-deb -x "$folder"/*.deb "$folder/files" && rm "$folder"/*.deb
    done
    gunzip -c "$folder"/files/boot/xen-*.gz >"$folder/xen" && gunzip -c "$folder"/files/boot/gnumach-*.gz >"$folder/gnumach" &&
        mv "$folder"/files/boot/memtest86+x64.bin "$folder/memtest" &&
        mv "$folder"/files/usr/share/seabios/bios-256k.bin "$folder/seabios" ||
        fail "Debian's packages have not the files they should have"
    rm -rf "$folder/files"
    : >"$folder/ready"
    unlock
}

write_initrd() { # FOLDER
    dotnet out/bin/Runner/Runner.dll initrd "$1" "$1/initrd.new" && mv "$1/initrd.new" "$1/initrd"
}

no_linux() { echo "apt-get could not download a Linux kernel and BusyBox: is there a network, and Debian's archive? --kernel takes one you have"; }

# The package that a package of packages stands for.
depends_of() { apt-cache depends "$1" 2>/dev/null | sed -n 's/.*Depends: //p' | head -n 1; }

download() { [ -n "$2" ] && (cd "$1" && apt-get -o APT::Sandbox::User=root download -q "$2" >&2 2>/dev/null); }

# Debian's smallest system, on a disk that Linux can read. Files in it belong to root, so root makes it.
make_debian() {
    local folder=out/debian
    if [ -s "$folder/system.squashfs" ] && [ "$folder/system.squashfs" -nt .build/debian.sh ]; then return; fi
    need debootstrap debootstrap
    need mksquashfs squashfs-tools
    need /usr/share/keyrings/debian-archive-keyring.gpg debian-archive-keyring
    install_missing
    [ "$(id -u)" = 0 ] || command -v sudo >/dev/null || fail "run debian makes a file system with files of root's: install sudo, or call it as root"
    lock
    mkdir -p "$folder"
    step "making $folder/system.squashfs with debootstrap, some two minutes; $folder/log tells"
    as_root "$ROOT/.build/debian.sh" "$ROOT/$folder" >"$folder/log" 2>&1 9>&- ||
        fail "debootstrap could not make a Debian system: is there a network, and Debian's archive? $folder/log ends: $(tail -n 1 "$folder/log")"
    unlock
}

need_to_fuzz() {
    need dotnet dotnet-sdk-10.0
    case " $* " in *" --count "*) ;; *) need afl-fuzz afl++ ;; esac
    install_missing
}

run_tests() {
    case " $* " in
        *" -h "* | *" --help "*) ;;
        *) need_to_run; need iasl acpica-tools; need sbsign sbsigntool; need gdb gdb; install_missing ;; # ACPI tables; signs; debugs
    esac
    exec tests/run.sh "$@"
}

bench() {
    local kernel="" model=corei7_skylake_x linux=out/linux processors=""
    while [ $# -gt 0 ]; do
        case "$*" in
            '--peer kvm'*) need /usr/include/linux/kvm.h libc6-dev; need qemu-system-x86_64 qemu-system-x86; kernel=out/peer/$PEER_KERNEL; shift 2 ;;
            '--cpu ryzen'*) model=ryzen; shift 2 ;;
            '--host-cpus '[2-8]*) processors=$2; shift 2 ;;
            --help*) echo "usage: ./build.sh bench [--peer kvm] [--cpu ryzen] [--host-cpus 2..8]"; return ;;
            *) fail "bench: unknown option '$*'; there are --peer kvm, --cpu ryzen and --host-cpus 2..8" ;;
        esac
    done
    [ -n "$processors" ] || { need gcc gcc; need /usr/include/stdio.h libc6-dev; need syslinux syslinux; }
    need_to_run
    build
    [ -z "$kernel" ] || fetch_kernel
    [ -n "$processors" ] || (fetch_linux) || { linux=""; step "without Linux its rows are left out"; }
    lock
    dotnet build tests/Bench/Bench.csproj -v q --nologo -clp:NoSummary >out/bench.log 2>&1 9>&- || { cat out/bench.log >&2; fail "compilation failed"; }
    unlock
    exec dotnet out/bin/Bench/Bench.dll "$model" "$linux" "$kernel" $processors
}

# Debian's kernel: what is needed of it, unpacked and not installed.
fetch_kernel() {
    local folder=out/peer
    [ -z "$(find "$folder/$PEER_KERNEL" -name kvm-amd.ko 2>/dev/null)" ] || return 0
    rm -rf "$folder" && mkdir -p "$folder/new"
    step "downloading $PEER_KERNEL"
    download_kernel "$folder" || { as_root apt-get update -q >&2 && download_kernel "$folder"; } ||
        fail "apt-get could not download $PEER_KERNEL; this needs Debian 12's archive, and PEER_KERNEL in build.sh to name a kernel in it"
    dpkg-deb --fsys-tarfile "$folder/$PEER_KERNEL"_*.deb | tar x -C "$folder/new" --wildcards \
        './boot/vmlinuz-*' '*/irqbypass.ko' '*/kvm/kvm.ko' '*/kvm/kvm-intel.ko' '*/kvm/kvm-amd.ko' '*/ccp.ko' || fail "$PEER_KERNEL has not the files it should have"
    rm "$folder"/*.deb
    mv "$folder/new" "$folder/$PEER_KERNEL"
}

download_kernel() { (cd "$1" && apt-get -o APT::Sandbox::User=root download -q "$PEER_KERNEL" >&2); }

main() {
    local words=()
    while [ $# -gt 0 ]; do
        case "$1" in
            -y) YES=1 ;;
            --cmdline) words+=("$1"); [ $# = 1 ] || { shift; words+=("$1"); } ;; # whatever it says is the guest's
            --toolchain) [ $# -gt 1 ] || fail "--toolchain wants a name: ilc or bflat"; TOOLCHAIN=$2; shift ;;
            *) words+=("$1") ;;
        esac
        shift
    done
    case "$TOOLCHAIN" in ilc | bflat) ;; *) fail "no toolchain '$TOOLCHAIN'; there are ilc and bflat" ;; esac
    set -- "${words[@]}"
    local command=${1:-help}
    [ $# = 0 ] || shift
    case "$command" in
        build) build "$@" ;;
        run) run "$@" ;;
        trace) trace "$@" ;;
        test) run_tests "$@" ;;
        fuzz) need_to_fuzz "$@"; exec tests/fuzz.sh "$@" ;;
        bench) bench "$@" ;;
        image) image "$@" ;;
        clean) lock; rm -rf out ;;
        count) exec tests/count.sh ;;
        help | --help | -h) usage ;;
        --version) need dotnet dotnet-sdk-10.0; install_missing; echo "minusone $(version)" ;;
        *) fail "no command '$command'; ./build.sh help shows them" ;;
    esac
}

main "$@"
