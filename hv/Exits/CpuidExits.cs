// CPUID. SDM 2A CPUID. Short half: the leaves whose answer never changes, prepared for each processor. Long half: the
// filter's table hides what the guest cannot have; here is what depends on the moment (OSXSAVE, the XSAVE area's size),
// on the machine that the guest has (its processors, clocks as they were measured), or on the controls of its VMCS; and
// the leaves that name the hypervisor.
namespace MinusOne.Hv.Exits;

internal static unsafe class CpuidExits
{
    private const uint Apic = 1u << 9, X2Apic = 1u << 21, TscDeadline = 1u << 24, OsXsave = 1u << 27;
    private const uint MoreThanOne = 1u << 28, UnderHypervisor = 1u << 31;
    private const int LogicalProcessors = 16, ApicId = 24, Cores = 26;
    private const uint CacheType = 0x1F;
    private const uint TscAdjust = 1u << 1, Umip = 1u << 2, Invpcid = 1u << 10, Rdpid = 1u << 22, Rdtscp = 1u << 27;

    // All clocks here are worked out from the TSC: where its rate is not the same for ever, nothing is right.
    private const uint InvariantTsc = 1u << 8;

    // Leaf D, subleaf 1: XSAVEOPT and XGETBV of index 1.
    private const uint XsaveExtensions = 0x5;

    public static Verdict Short(Vcpu* vcpu)
    {
        if (!PreparedLeaves.TryFind(vcpu, out CpuidResult* prepared))
        {
            return Verdict.Refused;
        }

        Put(vcpu, prepared);
        return ShortPath.Done(Vm.Of(vcpu), vcpu, ExitReason.Cpuid, Verdict.Advance);
    }

    public static Verdict Execute(Vm* vm, Vcpu* vcpu)
    {
        CpuidResult result;
        if (!PreparedLeaves.TryFind(vcpu, out CpuidResult* leaf))
        {
            Answer(vm, vcpu, (uint)vcpu->Registers.Rax, (uint)vcpu->Registers.Rcx, out result);
            leaf = &result;
        }

        Put(vcpu, leaf);
        return Verdict.Advance;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Put(Vcpu* vcpu, CpuidResult* leaf)
    {
        vcpu->Registers.Rax = leaf->Eax;
        vcpu->Registers.Rbx = leaf->Ebx;
        vcpu->Registers.Rcx = leaf->Ecx;
        vcpu->Registers.Rdx = leaf->Edx;
    }

    public static void Answer(Vm* vm, Vcpu* vcpu, uint leaf, uint subleaf, out CpuidResult result)
    {
        result = default;
        if (vm->Shown != null && vm->Shown(vm, vcpu, leaf, subleaf, ref result))
        {
            return;
        }

        bool hasHypervisor = vm->Board.Hypervisor != HypervisorKind.None;
        leaf = CpuidFilter.Effective(leaf, hasHypervisor, vm->Machine->Facts.Processor.IsAmd);
        result = Cpu.Cpuid(leaf, subleaf);
        CpuidFilter.Mask(leaf, ref result);
        if (leaf == 0)
        {
            result.Eax = CpuidFilter.LastBasic;
        }
        else
        {
            Complete(vm, vcpu, leaf, subleaf, ref result);
        }
    }

    // What a mask cannot say.
    private static void Complete(Vm* vm, Vcpu* vcpu, uint leaf, uint subleaf, ref CpuidResult result)
    {
        switch (leaf)
        {
            case 1:
                result.Ebx |= ((uint)vm->VcpuCount << LogicalProcessors) | (vcpu->Index << ApicId);
                result.Edx |= vm->VcpuCount > 1 ? MoreThanOne : 0;
                ShowApic(vm, vcpu, ref result);
                result.Ecx |= (vm->Board.Hypervisor == HypervisorKind.None ? 0 : UnderHypervisor)
                    | ((GuestMode.Cr4 & Cr4.OsXsave) != 0 ? OsXsave : 0);
                break;
            case 4 when (result.Eax & CacheType) != 0:
                result.Eax |= ((1u << CoreBits(vm)) - 1) << Cores;
                break;
            case 7:
                Features(vcpu, subleaf, ref result);
                break;
            case 0xB:
                result = Topology(vm, vcpu, subleaf);
                break;
            case 0xD:
                result = Xsave(subleaf);
                break;
            case 0x15:
                result = CrystalRatio.Of(vm->Machine->TscHertz);
                break;
            case 0x16:
                uint megahertz = (uint)((vm->Machine->TscHertz + 500_000) / 1_000_000);
                result = new() { Eax = megahertz, Ebx = megahertz, Ecx = (uint)(GuestClock.Hertz / 1_000_000) };
                break;
            case >= CpuidFilter.FirstHypervisor and <= CpuidFilter.LastHypervisor:
                result = HypervisorLeaves.Answer(leaf, &vm->Board, vm->Machine->TscHertz);
                break;
            case CpuidFilter.FirstExtended:
                result.Eax = CpuidFilter.LastExtended;
                break;
            case CpuidFilter.FirstExtended + 1:
                result.Edx &= Backend.HasRdtscp(vcpu) ? ~0u : ~Rdtscp;
                break;
            case CpuidFilter.FirstExtended + 7:
                result.Edx |= InvariantTsc;
                break;
        }
    }

    // The one subleaf there is. A real processor without leaf 7 would answer with its last leaf's words.
    private static void Features(Vcpu* vcpu, uint subleaf, ref CpuidResult result)
    {
        if (subleaf != 0 || Cpu.Cpuid(0).Eax < 7)
        {
            result = default;
            return;
        }

        result.Ebx &= Backend.HasInvpcid(vcpu) ? ~0u : ~Invpcid;
        result.Ebx |= Backend.HasTscOffset(vcpu) ? TscAdjust : 0;
        result.Ecx &= Backend.HasRdtscp(vcpu) ? ~0u : ~Rdpid;
        result.Ecx |= (Backend.SupportedCr4(vcpu) & Cr4.UserModeInstructionPrevention) != 0 ? Umip : 0;
    }

    // One thread in each core, all cores in one package; levels are numbered from 1, and what is no level is 0.
    private static CpuidResult Topology(Vm* vm, Vcpu* vcpu, uint subleaf) => new()
    {
        Eax = subleaf == 1 ? (uint)CoreBits(vm) : 0,
        Ebx = subleaf == 0 ? 1 : subleaf == 1 ? (uint)vm->VcpuCount : 0,
        Ecx = (subleaf & 0xFF) | (subleaf < 2 ? (subleaf + 1) << 8 : 0),
        Edx = vcpu->Index,
    };

    // The bits of an APIC id that tell the cores apart.
    private static int CoreBits(Vm* vm) => BitOperations.Log2((2 * (uint)vm->VcpuCount) - 1);

    // Sizes follow from the components given: the processor's own would count the ones that are hidden. Subleaf 0, EBX
    // is the size for what XCR0 holds now, and that is the guest's own value.
    private static CpuidResult Xsave(uint subleaf)
    {
        CpuidResult result = default;
        uint states = (uint)XsaveRules.Allowed;
        if (subleaf == 0 && states != 0)
        {
            result = new() { Eax = states, Ebx = Cpu.Cpuid(0xD).Ebx, Ecx = XsaveRules.AreaBytes };
        }
        else if (subleaf == 1 && states != 0)
        {
            result.Eax = Cpu.Cpuid(0xD, 1).Eax & XsaveExtensions;
        }
        else if (subleaf is > 1 and < 32 && (states & (1u << (int)subleaf)) != 0)
        {
            result = Cpu.Cpuid(0xD, subleaf);
        }

        return result;
    }

    // The local APIC as the board has it; turned off, it is not shown. SDM 3A 12.4.3.
    private static void ShowApic(Vm* vm, Vcpu* vcpu, ref CpuidResult result)
    {
        if (vm->Board.IsPc)
        {
            result.Ecx |= X2Apic | TscDeadline;
            result.Edx = Vm.Of(vcpu)->Board.Apic->Mode == ApicMode.Disabled ? result.Edx & ~Apic : result.Edx | Apic;
        }
    }
}
