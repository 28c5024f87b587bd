// A driver for one disk of virtio, in 64-bit code, for one request at a time: a chain of three descriptors in the same
// place each time. RBX is the BAR, R12 the function in configuration space, R13 the common configuration.

using Iced.Intel;
using static Iced.Intel.AssemblerRegisters;

namespace MinusOne.Guests.Kit;

internal sealed class DiskCode(GuestCode part, Faults faults, bool byMessage)
{
    public const byte Vector = 0x41;
    public const int In = 0, Out = 1, Name = 8;
    public const int Data = Area + 0x5000;

    private const int Area = 0x2_0000;
    private const int Descriptors = Area, Available = Area + 0x1000, Used = Area + 0x2000;
    private const int Header = Area + 0x3000, Status = Area + 0x3010;

    // Where the structures are that the capabilities name, by their kinds; the table of MSI-X, and its capability.
    private const int Places = Area + 0x4000;
    private const int Notify = Places + (2 * 8), Reasons = Places + (3 * 8), Own = Places + (4 * 8);
    private const int Table = Places, Messages = Places + (8 * 8);

    private const uint Identity = 0x1042_1AF4;
    private const uint FirstSlot = 0x8000_0800, SlotStep = 0x800, LastSlot = 0x8000_7800;
    private const ushort AddressPort = 0xCF8, DataPort = 0xCFC;
    private const int Entries = 8;
    private const uint Apic = 0xFEE0_0000, IoApic = 0xFEC0_0000;
    private const byte NeedsReset = 64;

    private readonly Assembler _c = part.Code;

    // Finds the disk by the ports; everything else is done in memory.
    public void Find()
    {
        _c.mov(ebx, FirstSlot);
        Place next = part.Here();
        Place found = part.NewPlace();
        _c.mov(eax, ebx);
        _c.mov(dx, AddressPort);
        _c.@out(dx, eax);
        _c.mov(dx, DataPort);
        _c.@in(eax, dx);
        _c.cmp(eax, Identity);
        _c.je(found);
        _c.add(ebx, SlotStep);
        _c.cmp(ebx, LastSlot);
        part.Expect(_c.jbe, "there is no disk");
        _c.jmp(next);
        part.Mark(found);
        _c.and(ebx, 0x7800);
        _c.shl(ebx, 4);
        _c.mov(r12d, PciLayout.Configuration);
        _c.add(r12, rbx);
        part.Print("a disk in slot ");
        _c.mov(eax, ebx);
        _c.shr(eax, 15);
        part.PrintDecimal();
        _c.mov(ebx, __dword_ptr[r12 + 16]);
        part.Print(", its registers at ");
        _c.mov(eax, ebx);
        part.PrintHex(8);
        part.PrintLine("h");
        _c.mov(__word_ptr[r12 + 4], 6);
        Capabilities();
    }

    private void Capabilities()
    {
        Place messages = part.NewPlace(), other = part.NewPlace(), walk = part.NewPlace();
        _c.movzx(eax, __byte_ptr[r12 + 52]);
        part.Mark(walk);
        _c.lea(rdi, __[r12 + rax]);
        _c.mov(edx, __dword_ptr[rdi + 8]);
        _c.cmp(__byte_ptr[rdi], 0x11);
        _c.je(messages);
        _c.cmp(__byte_ptr[rdi], 9);
        _c.jne(other);
        _c.movzx(ecx, __byte_ptr[rdi + 3]);
        _c.add(rdx, rbx);
        _c.mov(__qword_ptr[(rcx * 8) + Places], rdx);
        _c.jmp(other);
        part.Mark(messages);
        _c.mov(edx, __dword_ptr[rdi + 4]);
        _c.add(rdx, rbx);
        _c.mov(__qword_ptr[Table], rdx);
        _c.mov(__qword_ptr[Messages], rdi);
        part.Mark(other);
        _c.movzx(eax, __byte_ptr[rdi + 1]);
        _c.test(eax, eax);
        _c.jne(walk);
        _c.mov(r13, __qword_ptr[Places + 8]);
    }

    // From its reset to its first request; after a reset of its own, too.
    public void Begin()
    {
        _c.xor(eax, eax);
        _c.mov(edi, Descriptors);
        _c.mov(ecx, 0x3000 / 4);
        _c.rep.stosd();
        _c.mov(__byte_ptr[r13 + 0x14], 0);
        _c.mov(__byte_ptr[r13 + 0x14], 3);
        _c.mov(__dword_ptr[r13 + 8], 1);
        _c.mov(__dword_ptr[r13 + 12], 1);
        _c.mov(__byte_ptr[r13 + 0x14], 11);
        _c.test(__byte_ptr[r13 + 0x14], 8);
        part.Expect(_c.jne, "it does not take the features");
        Interrupts();
        _c.mov(__word_ptr[r13 + 0x16], 0);
        _c.mov(__word_ptr[r13 + 0x18], Entries);
        _c.mov(eax, Descriptors);
        _c.mov(__qword_ptr[r13 + 0x20], rax);
        _c.mov(eax, Available);
        _c.mov(__qword_ptr[r13 + 0x28], rax);
        _c.mov(eax, Used);
        _c.mov(__qword_ptr[r13 + 0x30], rax);
        _c.mov(__word_ptr[r13 + 0x1C], 1);
        _c.mov(__byte_ptr[r13 + 0x14], 15);
    }

    private void Interrupts()
    {
        _c.mov(edi, Apic);
        _c.mov(__dword_ptr[rdi + 0xF0], 0x1FF);
        if (byMessage)
        {
            _c.mov(rdi, __qword_ptr[Table]);
            _c.mov(__dword_ptr[rdi], Apic);
            _c.mov(__dword_ptr[rdi + 4], 0);
            _c.mov(__dword_ptr[rdi + 8], Vector);
            _c.mov(__dword_ptr[rdi + 12], 0);
            _c.mov(rdi, __qword_ptr[Messages]);
            _c.mov(__word_ptr[rdi + 2], 0x8000);
            _c.mov(__word_ptr[r13 + 0x16], 0);
            _c.mov(__word_ptr[r13 + 0x1A], 0);
            _c.mov(__word_ptr[r13 + 0x10], 0);
            return;
        }

        // A level, active low.
        _c.movzx(eax, __byte_ptr[r12 + 60]);
        _c.mov(edi, IoApic);
        _c.lea(eax, __[(rax * 2) + 0x10]);
        _c.mov(__dword_ptr[rdi], eax);
        _c.mov(__dword_ptr[rdi + 0x10], 0xA000 + Vector);
    }

    public void PrintCapacity()
    {
        _c.mov(rdi, __qword_ptr[Own]);
        _c.mov(eax, __dword_ptr[rdi]);
        part.PrintDecimal();
        part.PrintLine(" sectors");
    }

    // One, from its header to the interrupt that says it is done.
    public void Request(int type, uint sector, int bytes, bool isWritten)
    {
        _c.mov(__dword_ptr[Header], type);
        _c.mov(__dword_ptr[Header + 8], sector);
        _c.mov(__byte_ptr[Status], 0xFF);
        Describe(0, Header, 16, flags: 1, next: 1);
        Describe(1, Data, bytes, isWritten ? 3 : 1, next: 2);
        Describe(2, Status, 1, flags: 2, next: 0);
        Offer();
    }

    public void Circle()
    {
        Describe(2, Status, 1, flags: 3, next: 2);
        Offer();
        _c.test(__byte_ptr[r13 + 0x14], NeedsReset);
        part.Expect(_c.jne, "it does not see the circle");
    }

    public void ExpectStatus(byte status, string otherwise)
    {
        _c.cmp(__byte_ptr[Status], status);
        part.Expect(_c.je, otherwise);
    }

    private void Describe(int index, int address, int bytes, int flags, int next)
    {
        int at = Descriptors + (16 * index);
        _c.mov(__qword_ptr[at], address);
        _c.mov(__dword_ptr[at + 8], bytes);
        _c.mov(__dword_ptr[at + 12], flags | (next << 16));
    }

    // The line stays up until somebody has asked for the reason.
    private void Offer()
    {
        _c.inc(__word_ptr[Available + 2]);
        _c.mov(rdi, __qword_ptr[Notify]);
        _c.mov(__dword_ptr[Faults.Count], 0);
        faults.ExpectMeanwhile(Vector, () =>
        {
            _c.mov(__word_ptr[rdi], 0);
            _c.sti();
            Place wait = part.Here();
            _c.cmp(__dword_ptr[Faults.Count], 0);
            _c.je(wait);
            _c.cli();
        });
        if (!byMessage)
        {
            _c.mov(rdi, __qword_ptr[Reasons]);
            _c.mov(al, __byte_ptr[rdi]);
            _c.test(al, al);
            part.Expect(_c.jne, "nobody has pulled the line");
        }

        _c.mov(edi, Apic);
        _c.mov(__dword_ptr[rdi + 0xB0], 0);
    }
}
