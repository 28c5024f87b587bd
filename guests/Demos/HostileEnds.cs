// Tries of which there is one only, because no guest outlives them: memory that it does not have, reached in every way
// there is, an instruction on a device that is not emulated, tables that lead nowhere. Where exactly, the seed says.

using System;
using Iced.Intel;
using MinusOne.Guests.Kit;
using static Iced.Intel.AssemblerRegisters;

namespace MinusOne.Guests.Demos;

internal static class HostileEnds
{
    // A page of the 39 bits that are mapped. Bit 31 is set in it, so it lies behind all memory.
    private const ulong Pages = 0x7F_FFFF_F000;
    private const int Behind = 31;

    public static GuestConfig[] Configs { get; } =
    [
        Ends("a load from anywhere", GuestEnd.IllegalAddress, c => c.mov(rax, __qword_ptr[rbx])),
        Ends("page tables anywhere", GuestEnd.IllegalAddress, c => c.mov(cr3, rbx)),
        Ends("a stack anywhere", GuestEnd.IllegalAddress, c =>
        {
            c.mov(rsp, rbx);
            c.push(rax);
        }),
        Ends("INSB to anywhere", GuestEnd.IllegalAddress, c =>
        {
            c.mov(rdi, rbx);
            c.insb();
        }),
        Ends("interrupt descriptors anywhere", GuestEnd.IllegalAddress, c =>
        {
            Load(c, c.lidt);
            c.int3();
        }),
        Ends("segment descriptors anywhere", GuestEnd.IllegalAddress, c =>
        {
            Load(c, c.lgdt);
            c.mov(eax, Start.Data);
            c.mov(ds, ax);
        }),
        Ends("no descriptors at all", GuestEnd.TripleFault, c =>
        {
            c.xor(ebx, ebx);
            Load(c, c.lgdt);
            c.int3();
        }),
        Ends("MOVUPS on a device", GuestEnd.Undecodable, c =>
        {
            c.mov(ebx, 0xFEB0_0010);
            c.movups(__[rbx], xmm0);
        }),
    ];

    private static GuestConfig Ends(string title, GuestEnd end, Action<Assembler> last) => new(Start.Long(part =>
    {
        // From the seed: a page somewhere.
        part.Code.imul(rbx, rsi, 0x4F1B_BCD9);
        part.Code.shl(rbx, 3);
        part.Code.mov(rax, Pages);
        part.Code.and(rbx, rax);
        part.Code.bts(rbx, Behind);
        last(part.Code);
        part.PrintLine("FAILED: still here");
        part.PowerOff();
    }))
    {
        Title = title,
        Lesson = LessonFeatures.SeedInRegisters,
        Devices = LessonDevices.Scratch,
        End = end,
    };

    // LGDT or LIDT: RBX, and a limit that suffices if it is not 0.
    private static void Load(Assembler c, Action<AssemblerMemoryOperand> load)
    {
        c.push(rbx);
        c.push(rbx);
        c.mov(__word_ptr[rsp + 6], 0xFFF);
        load(__[rsp + 6]);
    }
}
