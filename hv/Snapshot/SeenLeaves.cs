// What a guest has seen of CPUID. On another processor it goes on seeing it, down to the maker's name: what it has
// decided by is not asked again. Only the features must be there, and XSAVE's areas lie as they did. Left out is what
// depends on the moment, and what is worked out alike everywhere (leaf B).
namespace MinusOne.Hv.Snapshot;

internal unsafe struct SeenLeaves
{
    private const int Count = 29;
    private const int Words = 4;

    // In leaf 1: whether the local APIC is on, whether XSAVE is, and the number of the processor.
    private const uint Apic = 1u << 9;
    private const uint OsXsave = 1u << 27;
    private const uint ApicId = 0xFF00_0000;
    private const int ApicIdShift = 24;
    private const uint Topology = 0xB;

    // What a processor does not do any more, in EBX of leaf 7, is no feature, and nobody asks whether it snoops itself,
    // in EDX of leaf 1.
    private const uint LessOfFpu = (1u << 6) | (1u << 13);
    private const uint SelfSnoop = 1u << 27;

    // What both makes have had for long, in emulators too: FSGSBASE, TSC_ADJUST, BMI1, AVX2, SMEP, BMI2 and SMAP in EBX
    // of leaf 7; no PCID in ECX of leaf 1 and no VME in EDX; no PREFETCHW in ECX of leaf 80000001h; state for AVX,
    // which takes so many bytes.
    private const uint CommonFeatures = 0x0010_01AB;
    private const uint Pcid = 1u << 17;
    private const uint Vme = 1u << 1;
    private const uint Prefetchw = 1u << 8;
    private const uint CommonStates = 7;
    private const uint AvxBytes = 832;
    private const int LastCommon = 11;

    // "Auth" and "Hygo", in the first place.
    private const uint Amd = 0x6874_7541, Hygon = 0x6F67_7948;

    private fixed uint _words[Count * Words];

    // Leaf and subleaf.
    private static ReadOnlySpan<ulong> Places =>
    [
        0, 1, 2, 4, 4 | (1UL << 32), 4 | (2UL << 32), 4 | (3UL << 32), 6, 7, 0xD, 0xD | (1UL << 32),
        0xD | (2UL << 32), 0xD | (5UL << 32), 0xD | (6UL << 32), 0xD | (7UL << 32), 0x15, 0x16,
        0x4000_0000, 0x4000_0001, 0x4000_0010, 0x8000_0000, 0x8000_0001, 0x8000_0002, 0x8000_0003, 0x8000_0004,
        0x8000_0005, 0x8000_0006, 0x8000_0007, 0x8000_0008,
    ];

    // Those that name features: the leaf, and the register from EAX on.
    private static ReadOnlySpan<ulong> Features =>
    [
        1 | (2UL << 56), 1 | (3UL << 56), 7 | (1UL << 56), 7 | (2UL << 56), 7 | (3UL << 56), 0xD, 0xD | (1UL << 32),
        0x8000_0001 | (2UL << 56), 0x8000_0001 | (3UL << 56),
    ];

    // The maker that the guest sees.
    public readonly bool IsAmd => _words[1] is Amd or Hygon;

    public void Take(Vm* vm)
    {
        for (int i = 0; i < Count; i++)
        {
            uint leaf = (uint)Places[i];
            CpuidExits.Answer(vm, vm->First, leaf, (uint)(Places[i] >> 32), out CpuidResult answer);
            answer.Ebx &= leaf == 1 ? ~ApicId : leaf == 0xD && Places[i] >> 32 == 0 ? 0 : ~0u;
            answer.Ecx &= leaf == 1 ? ~OsXsave : ~0u;
            answer.Edx &= leaf == 1 ? ~Apic : ~0u;
            At(i) = answer;
        }
    }

    // None: this processor has what the guest has seen.
    public SnapshotTrouble Compare(Vm* vm)
    {
        SeenLeaves own = default;
        var shown = vm->Shown;
        vm->Shown = null;
        own.Take(vm);
        vm->Shown = shown;
        foreach (ulong feature in Features)
        {
            int place = Places.IndexOf(feature & 0xFF_FFFF_FFFF_FFFF), register = (int)(feature >> 56);
            uint seen = _words[(place * Words) + register] & ~own._words[(place * Words) + register];
            seen &= (uint)feature == 7 && register == 1 ? ~LessOfFpu : ~0u;
            seen &= (uint)feature == 1 && register == 3 ? ~SelfSnoop : ~0u;
            if (seen != 0)
            {
                Writer.Log.Text("this processor lacks of CPUID's leaf "u8).Hex((uint)feature).Text("h, "u8)
                    .Text("EAX EBX ECX EDX "u8.Slice(4 * register, 3)).Text(": "u8).Hex(seen).Text("h"u8).EndLine();
                return SnapshotTrouble.OtherFeatures;
            }
        }

        uint states = At(Places.IndexOf(0xDUL)).Eax;
        for (int i = 0; i < Count; i++)
        {
            int component = (int)(Places[i] >> 32);
            bool isLikeOurs = At(i).Eax == own.At(i).Eax && At(i).Ebx == own.At(i).Ebx;
            if ((uint)Places[i] == 0xD && component > 1 && (states & (1u << component)) != 0 && !isLikeOurs)
            {
                return SnapshotTrouble.OtherFeatures;
            }
        }

        return SnapshotTrouble.None;
    }

    // Only what a processor of the other make is likely to have, too.
    public void MakeCommon()
    {
        At(1).Ecx &= ~Pcid;
        At(1).Edx &= ~(SelfSnoop | Vme);
        At(Places.IndexOf(0x8000_0001UL)).Ecx &= ~Prefetchw;
        ref CpuidResult features = ref At(Places.IndexOf(7UL)), states = ref At(Places.IndexOf(0xDUL));
        features.Ebx &= CommonFeatures;
        features.Ecx = features.Edx = 0;
        states.Eax &= CommonStates;
        states.Ecx = Math.Min(states.Ecx, AvxBytes);
        for (int i = LastCommon + 1; (uint)Places[i] == 0xD; i++)
        {
            At(i) = default;
        }
    }

    // The guest sees these from now on, unless it does already. False: no frame for them.
    public bool TryShow(Vm* vm)
    {
        SeenLeaves own = default;
        own.Take(vm);
        fixed (SeenLeaves* seen = &this)
        {
            var bytes = new ReadOnlySpan<byte>(seen, sizeof(SeenLeaves));
            if (bytes.SequenceEqual(new ReadOnlySpan<byte>(&own, sizeof(SeenLeaves))))
            {
                return true;
            }

            if (!vm->Machine->Frames.TryAllocateCleared(FrameOwner.Hypervisor, out Hpa frame))
            {
                return false;
            }

            Forget(vm);
            *(SeenLeaves*)frame.Pointer = this;
            vm->ShownLeaves = frame.Pointer;
        }

        vm->Shown = &TryAnswer;
        for (int i = 0; i < vm->VcpuCount; i++)
        {
            ExitMemory.Of(vm->At(i))->Leaves.Prepare(vm, vm->At(i));
        }

        return true;
    }

    // The guest goes.
    public static void Forget(Vm* vm)
    {
        vm->Machine->Frames.Free(new Hpa(vm->ShownLeaves), FrameOwner.Hypervisor);
        vm->Shown = null;
        vm->ShownLeaves = null;
    }

    // A number beyond the last basic leaf answers as that leaf does on Intel's processors.
    private static bool TryAnswer(Vm* vm, Vcpu* vcpu, uint leaf, uint subleaf, ref CpuidResult answer)
    {
        var seen = (SeenLeaves*)vm->ShownLeaves;
        leaf = CpuidFilter.Effective(leaf, vm->Board.Hypervisor != HypervisorKind.None, seen->IsAmd);
        int place = Places.IndexOf(leaf | ((ulong)subleaf << 32));
        place = place < 0 && leaf is not (4 or 7 or 0xD) ? Places.IndexOf((ulong)leaf) : place;
        if (place >= 0)
        {
            answer = seen->At(place);
        }

        if (leaf == 1)
        {
            answer.Ebx |= vcpu->Index << ApicIdShift;
            answer.Ecx |= (GuestState.SeenCr4 & Cr4.OsXsave) != 0 ? OsXsave : 0;
            answer.Edx |= vm->Board.IsPc && vm->Board.At(vcpu->Index)->Mode != ApicMode.Disabled ? Apic : 0;
        }

        answer.Ebx = leaf == 0xD && subleaf == 0 && answer.Eax != 0 ? Cpu.Cpuid(0xD).Ebx : answer.Ebx;
        return leaf != Topology;
    }

    [UnscopedRef]
    private ref CpuidResult At(int place) => ref Unsafe.As<uint, CpuidResult>(ref _words[place * Words]);
}
