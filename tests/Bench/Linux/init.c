// The first and only program of the Linux that `./build.sh bench` boots, on the bare machine, on this hypervisor and
// under KVM alike. It prints, as `bench: NAME TICKS`, with bench=start on the kernel's command line what the way to here
// has cost since the kernel's entry, which has left the clock at 500h (StampedKernel.cs); with bench=devices what disk,
// network and messages between two processors cost. Everything goes to the serial port itself: a console of the
// kernel's would be measured, too.

#define _GNU_SOURCE
#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/reboot.h>
#include <net/if.h>
#include <netinet/ip_icmp.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/io.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>
#include <x86intrin.h>

enum { SERIAL = 0x3F8, EIGHT_BITS = 3, STAMP = 0x500, BLOCK = 4096, ROUNDS = 256, WARM = 8 };

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

static void tell(const char *name, uint64_t ticks)
{
    char line[64];
    snprintf(line, sizeof line, "bench: %s %llu\n", name, (unsigned long long)ticks);
    say(line);
}

static int check(int result, const char *what)
{
    if (result < 0)
    {
        char line[128];
        snprintf(line, sizeof line, "init: %s: %m\n", what);
        say(line);
    }

    return result;
}

// Half of the clock is enough: the way to here is below 2^32.
static uint32_t stamp(void)
{
    uint32_t value = 0;
    int memory = check(open("/dev/mem", O_RDONLY), "/dev/mem");
    check(pread(memory, &value, sizeof value, STAMP), "the kernel's stamp");
    close(memory);
    return value;
}

static void load_modules(void)
{
    char name[64], path[80];
    FILE *list = fopen("/modules", "r");
    while (list && fscanf(list, "%63s", name) == 1)
    {
        snprintf(path, sizeof path, "/lib/%s", name);
        int file = check(open(path, O_RDONLY), path);
        check(syscall(SYS_finit_module, file, "", 0), path);
        close(file);
    }
}

// Read or written past the page cache, one after the other.
static void disk(const char *name, ssize_t (*transfer)(int file, void *buffer, off_t at))
{
    uint64_t start = 0;
    void *buffer = aligned_alloc(BLOCK, BLOCK);
    memset(buffer, 0x5A, BLOCK);
    int file = check(open("/dev/vda", O_RDWR | O_DIRECT), "/dev/vda");
    for (int i = 0; i < WARM + ROUNDS; i++)
    {
        start = i == WARM ? __rdtsc() : start;
        if (check(transfer(file, buffer, (off_t)i * BLOCK), name) != BLOCK)
        {
            return;
        }
    }

    tell(name, (__rdtsc() - start) / ROUNDS);
    close(file);
}

static ssize_t block_read(int file, void *buffer, off_t at) { return pread(file, buffer, BLOCK, at); }

static ssize_t block_write(int file, void *buffer, off_t at) { return pwrite(file, buffer, BLOCK, at); }

static void network_up(const char *address)
{
    struct ifreq request = { .ifr_name = "eth0" };
    struct sockaddr_in *where = (struct sockaddr_in *)&request.ifr_addr;
    int any = socket(AF_INET, SOCK_DGRAM, 0);
    where->sin_family = AF_INET;
    inet_aton(address, &where->sin_addr);
    check(ioctl(any, SIOCSIFADDR, &request), "the card's address");
    inet_aton("255.255.255.0", &where->sin_addr);
    check(ioctl(any, SIOCSIFNETMASK, &request), "the card's mask");
    request.ifr_flags = IFF_UP | IFF_RUNNING;
    check(ioctl(any, SIOCSIFFLAGS, &request), "the card");
    close(any);
}

// A request of ICMP's and its answer. The checksum of a header with only type, and number in it, is their complement.
static int ping(int any, const struct sockaddr_in *peer, uint16_t number)
{
    uint8_t answer[128];
    struct icmphdr request = { .type = ICMP_ECHO, .un.echo.sequence = htons(number) };
    request.checksum = ~htons((ICMP_ECHO << 8) + number);
    if (check(sendto(any, &request, sizeof request, 0, (const struct sockaddr *)peer, sizeof *peer), "sendto") < 0)
    {
        return -1;
    }

    return check(recv(any, answer, sizeof answer, 0), "the answer to a ping");
}

static void network(const char *peer_address)
{
    uint64_t start = 0;
    char packet[64] = "";
    struct timeval patience = { .tv_sec = 3 };
    struct sockaddr_in peer = { .sin_family = AF_INET, .sin_port = htons(9) };
    inet_aton(peer_address, &peer.sin_addr);
    int raw = check(socket(AF_INET, SOCK_RAW, IPPROTO_ICMP), "a raw socket"), sender = socket(AF_INET, SOCK_DGRAM, 0);
    setsockopt(raw, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    for (int i = 0; i < WARM + ROUNDS; i++)
    {
        start = i == WARM ? __rdtsc() : start;
        if (ping(raw, &peer, i) < 0)
        {
            return;
        }
    }

    tell("linux-ping", (__rdtsc() - start) / ROUNDS);
    for (int i = 0; i < WARM + ROUNDS; i++)
    {
        start = i == WARM ? __rdtsc() : start;
        check(sendto(sender, packet, sizeof packet, 0, (struct sockaddr *)&peer, sizeof peer), "a packet");
    }

    tell("linux-send", (__rdtsc() - start) / ROUNDS);
}

static void run_on(int processor)
{
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET(processor, &set);
    check(sched_setaffinity(0, sizeof set, &set), "sched_setaffinity");
}

// A byte goes from a program on one processor to one on the other and back: each of them sleeps until the other one's
// message wakes its processor.
static void messages(void)
{
    uint64_t start = 0;
    char byte = 0;
    int there[2], back[2];
    check(pipe(there), "pipe");
    check(pipe(back), "pipe");
    if (fork() == 0)
    {
        run_on(1);
        for (int i = 0; i < WARM + ROUNDS && read(there[0], &byte, 1) == 1; i++)
        {
            check(write(back[1], &byte, 1), "write");
        }

        _exit(0);
    }

    run_on(0);
    for (int i = 0; i < WARM + ROUNDS; i++)
    {
        start = i == WARM ? __rdtsc() : start;
        check(write(there[1], &byte, 1), "write");
        check(read(back[0], &byte, 1), "read");
    }

    tell("linux-ipi", (__rdtsc() - start) / ROUNDS / 2);
    wait(NULL);
}

int main(void)
{
    uint32_t here = __rdtsc();
    const char *what = getenv("bench"), *address = getenv("address"), *peer = getenv("peer");
    iopl(3);
    outb(EIGHT_BITS, SERIAL + 3);
    mount("devtmpfs", "/dev", "devtmpfs", 0, "");
    if (what && strcmp(what, "start") == 0)
    {
        tell("linux-init", here - stamp());
    }
    else
    {
        load_modules();
        disk("linux-read", block_read);
        disk("linux-write", block_write);
        network_up(address);
        network(peer);
        messages();
    }

    say("bench: end\n");
    reboot(LINUX_REBOOT_CMD_POWER_OFF);
    for (;;)
    {
        pause();
    }
}
