// What all processors that work for the host must have alike. The first one's is read once; another takes over what
// can be set, and what cannot is compared.

using System.Runtime.CompilerServices;

namespace MinusOne.Efi.Host;

internal unsafe struct ProcessorState
{
    private const uint TaskPriority = 0x80;
    private const uint SpuriousVector = 0xF0;
    private const uint ApicSoftwareEnabled = 0x1FF;
    private const uint ApicId = 0x20;
    private const ulong ApicModes = 3UL << 10;
    private const ulong X2ApicMode = 1UL << 10;
    private const int XapicIdShift = 24;

    // CR4.OSXSAVE shows there.
    private const uint OsXsave = 1u << 27;

    private ulong _cr0;
    private ulong _cr4;
    private ulong _efer;
    private ulong _pat;
    private ulong _xcr0;
    private ulong _apicBase;
    private CpuFacts _facts;
    private MtrrRegisters _types;

    public readonly bool IsX2Apic => (_apicBase & X2ApicMode) != 0;

    public static uint OwnApicId =>
        (Cpu.ReadMsr(Msr.ApicBase) & X2ApicMode) != 0 ? Cpu.ReadApic(ApicId) : Cpu.ReadApic(ApicId) >> XapicIdShift;

    // Takes down the state of the processor that asks.
    public void Read()
    {
        _cr0 = Cpu.ReadCr0();
        _cr4 = Cpu.ReadCr4() & ~(ulong)Cr4.VmxEnable;
        _efer = Cpu.ReadMsr(Msr.Efer);
        _pat = Cpu.ReadMsr(Msr.Pat);
        _xcr0 = HasXcr0 ? Cpu.ReadXcr0() : 0;
        _apicBase = Cpu.ReadMsr(Msr.ApicBase);
        _facts = CpuFacts.Read();
        _types.Read();
    }

    // What the way into long mode takes of it: no more than what counts there, and can be set together.
    public readonly void Prepare(StartUpData* data)
    {
        const Cr4 Later = Cr4.PcidEnable | Cr4.ControlFlowEnforcement;
        const Efer First = Efer.LongModeEnable | Efer.ExecuteDisableEnable;
        data->Cr0 = (uint)_cr0;
        data->Cr4 = (uint)(_cr4 & ~(ulong)Later);
        data->Efer = (uint)(_efer & (ulong)First);
    }

    public readonly void TakeOver()
    {
        Cpu.WriteMsr(Msr.Efer, _efer);
        Cpu.WriteMsr(Msr.Pat, _pat);
        _types.WriteWhereOff();
        Cpu.WriteCr3(HostTables.Root.Value);
        Cpu.WriteCr4(_cr4);
        if (HasXcr0)
        {
            Cpu.TryWriteXcr0(_xcr0);
        }

        SetApicMode();
        LetMessagesIn();
    }

    // An APIC that firmware has turned off, or told to mind nothing of this priority, takes no message.
    public static void LetMessagesIn()
    {
        Cpu.WriteApic(SpuriousVector, ApicSoftwareEnabled);
        Cpu.WriteApic(TaskPriority, 0);
    }

    // How this processor is another than the first.
    public readonly ArrivalState Compare()
    {
        ProcessorState own = default;
        own.Read();
        return !IsSame(in _facts.Processor, in own._facts.Processor) || !AreSame(in _facts.Vmx, in own._facts.Vmx)
                || !AreSame(in _facts.Svm, in own._facts.Svm) || _facts.HasLargeCode != own._facts.HasLargeCode
                || own._facts.Verdict != Refusal.None ? ArrivalState.OtherFeatures
            : !AreSame(in _types, in own._types) ? ArrivalState.OtherMemoryTypes
            : ArrivalState.There;
    }

    private readonly bool HasXcr0 => (_cr4 & (ulong)Cr4.OsXsave) != 0;

    // The way from one mode to the other is through none. SDM 3A 12.12.5 x2APIC State Transitions.
    private readonly void SetApicMode()
    {
        ulong own = Cpu.ReadMsr(Msr.ApicBase);
        if ((own & ApicModes & ~_apicBase) != 0)
        {
            own &= ~ApicModes;
            Cpu.WriteMsr(Msr.ApicBase, own);
        }

        ulong wanted = _apicBase & ApicModes;
        Cpu.WriteMsr(Msr.ApicBase, own | (wanted & ~X2ApicMode));
        Cpu.WriteMsr(Msr.ApicBase, own | wanted);
    }

    // But for the number that each has.
    private static bool IsSame(in ProcessorExamination first, in ProcessorExamination other) =>
        AreSame(in first.VendorLeaf, in other.VendorLeaf) && first.Features.Eax == other.Features.Eax
            && ((first.Features.Ecx ^ other.Features.Ecx) & ~OsXsave) == 0
            && first.Features.Edx == other.Features.Edx
            && first.PhysicalAddressBits == other.PhysicalAddressBits && first.HasPages1G == other.HasPages1G;

    private static bool AreSame<T>(in T first, in T other)
        where T : unmanaged
    {
        var bytes = (byte*)Unsafe.AsPointer(ref Unsafe.AsRef(in first));
        var others = (byte*)Unsafe.AsPointer(ref Unsafe.AsRef(in other));
        return new System.ReadOnlySpan<byte>(bytes, sizeof(T))
            .SequenceEqual(new System.ReadOnlySpan<byte>(others, sizeof(T)));
    }
}

// How far another processor has come.
internal enum ArrivalState : uint
{
    Awaited,
    There,

    // It is not like the first, and goes no further.
    OtherFeatures,
    OtherMemoryTypes,

    // Nobody waits for it any more.
    TooLate,
}
