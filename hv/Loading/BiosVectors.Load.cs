// The interrupt vectors of a PC in real mode. There is no BIOS behind them: what a kernel asks of one is answered with
// "no such function" (CF, AH = 86h), as a BIOS answers that lacks it, except for the two questions that the data area
// answers. Interrupts of the 8259s are ended, and exceptions go back to where they came from. A kernel that goes back
// to real mode to ask for memory, disks or video modes goes on without. IBM PC AT Technical Reference, 5 System BIOS,
// and Ralf Brown's Interrupt List.
namespace MinusOne.Hv.Loading;

internal static unsafe class BiosVectors
{
    // With the data area, which answers for two of them.
    private const ulong Bytes = 0x500;
    private const int Vectors = 256;
    private const int FirstLine = 8, LineOfSlave = 0x70, Lines = 8;
    private const int EquipmentCall = 0x11, MemoryCall = 0x12;

    // The handlers stand behind what leads to the MP table: F000:0020 and so on.
    private const uint Segment = AcpiLayout.MpAddress >> 4;
    private const uint Refusal = 0x20, Return = 0x2A, Line = 0x30, SlaveLine = 0x40;
    private const uint Equipment = 0x50, BaseMemory = 0x60;

    // push bp; mov bp, sp; or byte [bp + 6], 1; pop bp; mov ah, 86h; iret: the flags that IRET will bring back.
    private static ReadOnlySpan<byte> RefusalCode =>
        [0x55, 0x89, 0xE5, 0x80, 0x4E, 0x06, 0x01, 0x5D, 0xB4, 0x86, 0xCF];

    // push ax; mov al, 20h; out 20h, al; pop ax; iret.
    private static ReadOnlySpan<byte> LineCode => [0x50, 0xB0, 0x20, 0xE6, 0x20, 0x58, 0xCF];

    // The same, and before it: out A0h, al.
    private static ReadOnlySpan<byte> SlaveLineCode => [0x50, 0xB0, 0x20, 0xE6, 0xA0, 0xE6, 0x20, 0x58, 0xCF];

    // push ds; mov ax, 40h; mov ds, ax; mov ax, [10h]; pop ds; iret.
    private static ReadOnlySpan<byte> EquipmentCode =>
        [0x1E, 0xB8, 0x40, 0x00, 0x8E, 0xD8, 0xA1, 0x10, 0x00, 0x1F, 0xCF];

    // The same of [13h].
    private static ReadOnlySpan<byte> BaseMemoryCode =>
        [0x1E, 0xB8, 0x40, 0x00, 0x8E, 0xD8, 0xA1, 0x13, 0x00, 0x1F, 0xCF];

    // False: no memory left. A kernel that lies there keeps its bytes.
    public static bool TryLoad(GuestMemory* guest, in KernelFiles files, in KernelPlan plan, ulong memory)
    {
        if (!files.IsForPc || files.Bios.IsGiven || memory < KernelLayout.HighMemory || plan.Covers(0, Bytes)
            || plan.Covers(AcpiLayout.MpAddress, 0x1000))
        {
            return true;
        }

        if (guest->TryReach(new Gpa(0), PageRights.Write, out byte* page) != Resolution.Mapped)
        {
            return false;
        }

        for (int vector = 0; vector < Vectors; vector++)
        {
            ((uint*)page)[vector] = (Segment << 16) | HandlerOf(vector);
        }

        return IsLoaded(guest, Refusal, RefusalCode) && IsLoaded(guest, Line, LineCode)
            && IsLoaded(guest, SlaveLine, SlaveLineCode) && IsLoaded(guest, Equipment, EquipmentCode)
            && IsLoaded(guest, BaseMemory, BaseMemoryCode);
    }

    private static uint HandlerOf(int vector) =>
        vector < FirstLine ? Return
        : (uint)(vector - FirstLine) < Lines ? Line
        : (uint)(vector - LineOfSlave) < Lines ? SlaveLine
        : vector == EquipmentCall ? Equipment
        : vector == MemoryCall ? BaseMemory
        : Refusal;

    private static bool IsLoaded(GuestMemory* guest, uint at, ReadOnlySpan<byte> code) =>
        guest->Load(new Gpa(AcpiLayout.MpAddress + at), code) == Resolution.Mapped;
}
