// The other hypervisor of `./build.sh bench --peer kvm`: the first and only program of a Linux, which loads KVM, gives
// it the bench guest as its users do - interrupt controllers and clocks in the kernel, the serial port out here - and
// copies what the guest prints to the machine's own serial port. Documentation/virt/kvm/api.rst is the interface.

#include <fcntl.h>
#include <linux/kvm.h>
#include <linux/reboot.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/io.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum { MEMORY = 32 << 20, START = 0x1000, SERIAL = 0x3F8, EIGHT_BITS = 3, POWER = 0x604, LEAVES = 256 };

// The HPET, which KVM leaves to its users: its page, its main counter, and a capability register that says 10 ns.
enum { CLOCK = 0xFED00000, COUNTER = 0xF0, TICK = 10 };

enum { BUSY_TASK = 11 };
static const uint64_t CLOCK_CAPABILITIES = (10000000ull << 32) | 0x8086A201;

static void say(const char *text)
{
    for (; *text; text++)
    {
        while (!(inb(SERIAL + 5) & 0x20))
        {
        }

        outb(*text, SERIAL);
    }
}

static void end(const char *why)
{
    say(why);
    say("\npeer: end\n");
    reboot(LINUX_REBOOT_CMD_POWER_OFF);
    for (;;)
    {
        pause();
    }
}

static int check(int result, const char *what)
{
    if (result < 0)
    {
        char text[128];
        snprintf(text, sizeof text, "peer: %s: %m", what);
        end(text);
    }

    return result;
}

static void load_module(const char *path)
{
    int file = check(open(path, O_RDONLY), path);
    check(syscall(SYS_finit_module, file, "", 0), path);
    close(file);
}

static void load_guest(uint8_t *memory)
{
    int file = check(open("/guest", O_RDONLY), "/guest");
    ssize_t part, at = START;
    while ((part = read(file, memory + at, MEMORY - at)) > 0)
    {
        at += part;
    }

    close(file);
}

// Every feature that KVM can give.
static void give_features(int kvm, int vcpu)
{
    struct kvm_cpuid2 *table = calloc(1, sizeof *table + LEAVES * sizeof table->entries[0]);
    table->nent = LEAVES;
    check(ioctl(kvm, KVM_GET_SUPPORTED_CPUID, table), "KVM_GET_SUPPORTED_CPUID");
    check(ioctl(vcpu, KVM_SET_CPUID2, table), "KVM_SET_CPUID2");
}

// Real mode, as the guest's first instruction wants it. On AMD's, KVM begins with a 16-bit TSS, with which Bochs lets
// nobody into long mode: this is the 32-bit one of Intel's.
static void give_registers(int vcpu)
{
    struct kvm_sregs special;
    check(ioctl(vcpu, KVM_GET_SREGS, &special), "KVM_GET_SREGS");
    special.cs.base = 0;
    special.cs.selector = 0;
    special.tr.type = BUSY_TASK;
    check(ioctl(vcpu, KVM_SET_SREGS, &special), "KVM_SET_SREGS");
    struct kvm_regs registers = { .rip = START, .rflags = 2, .rax = 2, .rbx = 2 };
    check(ioctl(vcpu, KVM_SET_REGS, &registers), "KVM_SET_REGS");
}

// A serial port that is always ready, and remembers what it does not send.
static void port(struct kvm_run *run)
{
    static uint8_t registers[8];
    uint8_t *data = (uint8_t *)run + run->io.data_offset;
    unsigned offset = run->io.port - SERIAL, bytes = run->io.size * run->io.count;
    if (run->io.direction == KVM_EXIT_IO_IN)
    {
        memset(data, offset == 5 ? 0x60 : offset < 8 ? registers[offset] : 0xFF, bytes);
    }
    else if (offset == 0)
    {
        char text[2] = { (char)*data };
        say(text);
    }
    else if (offset < 8)
    {
        registers[offset] = data[bytes - 1];
    }
}

// Where nobody is, all ones are read.
static void device_memory(struct kvm_run *run)
{
    uint64_t value = ~0ull;
    if (run->mmio.is_write)
    {
        return;
    }

    if (run->mmio.phys_addr == CLOCK)
    {
        value = CLOCK_CAPABILITIES;
    }
    else if (run->mmio.phys_addr == CLOCK + COUNTER)
    {
        struct timespec now;
        clock_gettime(CLOCK_MONOTONIC, &now);
        value = now.tv_sec * (1000000000ull / TICK) + now.tv_nsec / TICK;
    }

    memcpy(run->mmio.data, &value, run->mmio.len);
}

int main(void)
{
    iopl(3);
    outb(EIGHT_BITS, SERIAL + 3);
    mount("devtmpfs", "/dev", "devtmpfs", 0, "");
    load_module("/irqbypass.ko");
    load_module("/kvm.ko");
    if (access("/kvm-amd.ko", F_OK) == 0)
    {
        load_module("/ccp.ko");
        load_module("/kvm-amd.ko");
    }
    else
    {
        load_module("/kvm-intel.ko");
    }

    int kvm = check(open("/dev/kvm", O_RDWR), "/dev/kvm");
    int machine = check(ioctl(kvm, KVM_CREATE_VM, 0), "KVM_CREATE_VM");
    check(ioctl(machine, KVM_SET_TSS_ADDR, 0xFFFBD000), "KVM_SET_TSS_ADDR");
    check(ioctl(machine, KVM_CREATE_IRQCHIP, 0), "KVM_CREATE_IRQCHIP");
    uint8_t *memory = mmap(0, MEMORY, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    load_guest(memory);
    struct kvm_userspace_memory_region region = { .memory_size = MEMORY, .userspace_addr = (uintptr_t)memory };
    check(ioctl(machine, KVM_SET_USER_MEMORY_REGION, &region), "KVM_SET_USER_MEMORY_REGION");
    int vcpu = check(ioctl(machine, KVM_CREATE_VCPU, 0), "KVM_CREATE_VCPU");
    int size = check(ioctl(kvm, KVM_GET_VCPU_MMAP_SIZE, 0), "KVM_GET_VCPU_MMAP_SIZE");
    struct kvm_run *run = mmap(0, size, PROT_READ | PROT_WRITE, MAP_SHARED, vcpu, 0);
    give_features(kvm, vcpu);
    give_registers(vcpu);
    for (;;)
    {
        check(ioctl(vcpu, KVM_RUN, 0), "KVM_RUN");
        if (run->exit_reason == KVM_EXIT_MMIO)
        {
            device_memory(run);
            continue;
        }

        if (run->exit_reason != KVM_EXIT_IO)
        {
            char text[64];
            snprintf(text, sizeof text, "peer: exit reason %u", run->exit_reason);
            end(text);
        }

        if (run->io.port == POWER)
        {
            end("peer: the guest powered off");
        }

        port(run);
    }
}
