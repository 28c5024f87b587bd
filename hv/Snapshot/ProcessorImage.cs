// A virtual processor in a snapshot, by the names of the architecture: what the backend keeps is asked for and given
// back through GuestState, what stays in the processor while the host runs through VcpuSwitch. Its XSAVE area follows
// in a section of its own.
namespace MinusOne.Hv.Snapshot;

internal unsafe struct ProcessorImage
{
    private const int Segments = 8;
    private const int Pdptes = 4;
    private const int KeptMsrs = 8;
    private const int XmmWords = 12;

    private const uint PageGranularity = 1 << 15, MostByteLimit = 0xF_FFFF;
    private const int LinearBits = 48;

    // LBR and BTF.
    private const ulong DebugControlBits = 3;

    // DR6 among what VcpuSwitch keeps.
    private const int DebugStatus = 5;

    // XMM0-5 in an XSAVE or FXSAVE area; the component bits and what is reserved behind them; MXCSR and its mask.
    private const int XmmOffset = 160, HeaderOffset = 512, HeaderBytes = 64, MxcsrOffset = 24;
    private const uint MxcsrBits = 0xFFFF;

    private const EventKinds Ours = EventKinds.Window | EventKinds.Watched;

    private fixed ulong _general[16];
    private fixed ulong _xmm[XmmWords];
    private ulong _rip;
    private ulong _rsp;
    private ulong _rflags;
    private ulong _cr0;
    private ulong _cr3;
    private ulong _cr4;
    private ulong _efer;
    private ulong _dr7;
    private ulong _traps;
    private uint _blocking;
    private uint _activity;
    private fixed ulong _bases[Segments + 2];
    private fixed uint _limits[Segments + 2];
    private fixed uint _rights[Segments];
    private fixed ushort _selectors[Segments];
    private fixed ulong _pdptes[Pdptes];
    private fixed ulong _msrs[KeptMsrs];

    // As VcpuSwitch keeps them: CR2, DR0-3, DR6, MSRs.
    private fixed ulong _kept[Vcpu.KeptWords];
    private ulong _xcr0;

    // The guest's, at the moment of the snapshot.
    private ulong _tsc;
    private ulong _tscAdjust;
    private PendingEvents _events;
    private byte _isStarted;
    private byte _mustStart;
    private byte _isDeaf;

    public readonly bool IsStarted => _isStarted != 0;

    // The vendors differ about which modes it is for.
    public readonly bool HasSysenter => _msrs[(int)KeptMsr.SysenterCs] != 0;

    // Its registers are in the processor afterwards. The host's TSC was this when the guest was stopped.
    public void Take(Vcpu* vcpu, ulong tsc)
    {
        VcpuSwitch.Unload(Vm.Of(vcpu)->Processor);
        for (int i = 0; i < Vcpu.KeptWords; i++)
        {
            _kept[i] = vcpu->Kept[i];
        }

        _xcr0 = vcpu->Xcr0;
        for (int i = 0; i < XmmWords; i++)
        {
            // What the host had in them when it saved them is nobody's concern.
            _xmm[i] = vcpu->Registers.Xmm[i];
            ((ulong*)(vcpu->StateArea.Pointer) + (XmmOffset / sizeof(ulong)))[i] = _xmm[i];
        }

        VcpuSwitch.To(vcpu);
        for (int i = 0; i < 16; i++)
        {
            _general[i] = vcpu->Registers[i];
        }

        TakeState();
        _tsc = Vm.Of(vcpu)->Board.GuestTsc(tsc) + Backend.TscOffset(vcpu);
        _tscAdjust = vcpu->TscAdjust;
        _events = vcpu->Events;
        _events.Pending &= ~Ours;
        _isStarted = vcpu->Slot != Vcpu.NoSlot ? (byte)1 : (byte)0;
        _mustStart = vcpu->MustStart ? (byte)1 : (byte)0;
        _isDeaf = vcpu->IsDeaf ? (byte)1 : (byte)0;
    }

    private void TakeState()
    {
        _rip = GuestState.Rip;
        _rsp = GuestState.Rsp;
        _rflags = (ulong)GuestState.Rflags;
        _cr0 = (ulong)GuestState.SeenCr0;
        _cr3 = GuestState.Cr3;
        _cr4 = (ulong)GuestState.SeenCr4;
        _efer = (ulong)GuestState.Efer;
        _dr7 = GuestState.Dr7;
        _traps = GuestState.PendingTraps.Raw;
        _blocking = GuestState.Blocking.Raw;
        _activity = (uint)GuestState.Activity;
        for (int i = 0; i < Segments; i++)
        {
            var segment = (GuestSegment)i;
            _selectors[i] = GuestState.Selector(segment);
            _bases[i] = GuestState.Base(segment);
            _limits[i] = GuestState.Limit(segment);
            _rights[i] = GuestState.Rights(segment).Raw;
        }

        DescriptorTable gdt = GuestState.Gdtr, idt = GuestState.Idtr;
        (_bases[Segments], _limits[Segments]) = (gdt.Base, gdt.Limit);
        (_bases[Segments + 1], _limits[Segments + 1]) = (idt.Base, idt.Limit);
        for (int i = 0; i < Pdptes; i++)
        {
            _pdptes[i] = GuestState.Pdpte(i);
        }

        for (int i = 0; i < KeptMsrs; i++)
        {
            _msrs[i] = GuestState.Kept((KeptMsr)i);
        }
    }

    // The processor itself would refuse it, where it cannot be told so: the first must have been started.
    public readonly bool IsSound(Vcpu* vcpu) =>
        (vcpu->Index != 0 || IsStarted)
        && (_cr4 & ~(ulong)(Backend.SupportedCr4(vcpu) & ~ControlRegisterRules.HiddenCr4)) == 0
        && _msrs[(int)KeptMsr.DebugControl] <= DebugControlBits && _kept[DebugStatus] <= uint.MaxValue
        && _msrs[(int)KeptMsr.SysenterCs] <= uint.MaxValue
        && HasSoundMsrs && (_activity <= (uint)ActivityState.Hlt)
        && XsaveRules.Allowed is var states && (states == 0 || XsaveRules.IsAllowed((XsaveStates)_xcr0, states));

    // WRMSR would refuse the others, and what another guest had would stay.
    private readonly bool HasSoundMsrs
    {
        get
        {
            bool isSound = true;
            for (int i = 0; i < VcpuSwitch.Msrs.Length; i++)
            {
                ulong value = _kept[Vcpu.KeptWords - VcpuSwitch.Msrs.Length + i];
                isSound &= (Msr)VcpuSwitch.Msrs[i] switch
                {
                    Msr.Lstar or Msr.Cstar or Msr.KernelGsBase => RegisterLimits.IsCanonical(value, LinearBits),
                    Msr.Fmask or Msr.TscAux => value <= uint.MaxValue,
                    _ => true,
                };
            }

            return isSound;
        }
    }

    // What XRSTOR refuses, it refuses to the host. SDM 1 13.8.1 Standard Form of XRSTOR.
    public static bool IsSoundArea(byte* area)
    {
        if ((*(uint*)(area + MxcsrOffset) & ~MxcsrBits) != 0)
        {
            return false;
        }

        ulong present = *(ulong*)(area + HeaderOffset), others = 0;
        for (int i = 1; i < HeaderBytes / sizeof(ulong); i++)
        {
            others |= ((ulong*)(area + HeaderOffset))[i];
        }

        return XsaveRules.Allowed == 0 || ((present & ~(ulong)XsaveRules.Allowed) == 0 && others == 0);
    }

    // Its registers are in the processor afterwards; its XSAVE area has been filled in before. From the host's TSC at
    // this moment on its own goes on. It may come from a processor of the other make.
    public readonly void Give(Vcpu* vcpu, ulong tsc, bool isForeign)
    {
        VcpuSwitch.Unload(Vm.Of(vcpu)->Processor);
        for (int i = 0; i < Vcpu.KeptWords; i++)
        {
            vcpu->Kept[i] = _kept[i];
        }

        vcpu->Xcr0 = vcpu->States == 0 ? 0 : _xcr0;
        VcpuSwitch.To(vcpu);
        for (int i = 0; i < VcpuSwitch.Msrs.Length; i++)
        {
            Backend.NoteMsr(VcpuSwitch.Msrs[i], _kept[Vcpu.KeptWords - VcpuSwitch.Msrs.Length + i]);
        }

        for (int i = 0; i < 16; i++)
        {
            vcpu->Registers[i] = _general[i];
        }

        for (int i = 0; i < XmmWords; i++)
        {
            vcpu->Registers.Xmm[i] = _xmm[i];
        }

        GiveState(vcpu, isForeign);
        Backend.SetTscOffset(_tsc - Vm.Of(vcpu)->Board.GuestTsc(tsc));
        vcpu->TscAdjust = _tscAdjust;
        EventKinds ours = vcpu->Events.Pending & Ours;
        vcpu->Events = _events;
        vcpu->Events.Pending = (_events.Pending & ~Ours) | ours;
        vcpu->MustStart = _mustStart != 0;
        vcpu->IsDeaf = _isDeaf != 0;
        vcpu->Progress = default;
        Backend.ForgetTranslations(vcpu);
    }

    private readonly void GiveState(Vcpu* vcpu, bool isForeign)
    {
        Backend.SetCr0(vcpu, (Cr0)_cr0);
        Backend.SetCr4(vcpu, (Cr4)_cr4);
        for (int i = 0; i < Segments; i++)
        {
            SegmentAccessRights rights = isForeign ? Loaded(i) : new(_rights[i]);
            GuestState.SetSegment((GuestSegment)i, _selectors[i], _bases[i], _limits[i], rights);
        }

        GuestState.Gdtr = new(_bases[Segments], _limits[Segments]);
        GuestState.Idtr = new(_bases[Segments + 1], _limits[Segments + 1]);
        for (int i = 0; i < Pdptes; i++)
        {
            GuestState.SetPdpte(i, _pdptes[i]);
        }

        for (int i = 0; i < KeptMsrs; i++)
        {
            if ((KeptMsr)i is not (KeptMsr.FsBase or KeptMsr.GsBase or KeptMsr.Efer))
            {
                GuestState.Keep((KeptMsr)i, _msrs[i]);
            }
        }

        Backend.SetMode((Efer)_efer);
        GuestState.Rip = _rip;
        GuestState.Rsp = _rsp;
        GuestState.Rflags = (Rflags)_rflags;
        GuestState.Cr3 = _cr3;
        GuestState.Dr7 = _dr7;
        GuestState.Blocking = isForeign ? Shadow : new(_blocking);
        GuestState.Activity = (ActivityState)_activity;
        GuestState.PendingTraps = new(_traps);
    }

    // What is loaded is accessed, and a task busy. Not every emulator's SVM says so, and VT-x demands it.
    private readonly SegmentAccessRights Loaded(int index)
    {
        // SVM does not look at the granularity, and keeps what it likes; VT-x wants it to go with the limit.
        bool isByPages = _limits[index] > MostByteLimit;
        var rights = new SegmentAccessRights(isByPages ? _rights[index] | PageGranularity
            : _rights[index] & ~PageGranularity);
        return rights.IsUnusable ? rights
            : rights.IsCodeOrData ? new(rights.Raw | 1)
            : (GuestSegment)index == GuestSegment.Tr ? new(rights.Raw | 2)
            : rights;
    }

    // SVM has one shadow for STI and MOV SS; VT-x has STI's only where interrupts are on.
    private readonly InterruptibilityState Shadow
    {
        get
        {
            var blocking = new InterruptibilityState(_blocking);
            return !blocking.BlockingBySti || (_rflags & (ulong)Rflags.InterruptEnable) != 0
                ? blocking
                : new((_blocking & ~InterruptibilityState.Sti) | InterruptibilityState.MovSs);
        }
    }

    // PAE paging's four entries, of the processor that is loaded, where it keeps them and the one before did not.
    public static void ReadPdptes(GuestMemory* memory)
    {
        ulong* entries = stackalloc ulong[Pdptes];
        bool isPae = GuestState.KeepsPdptes && (GuestState.SeenCr0 & Cr0.Paging) != 0
            && (GuestState.SeenCr4 & Cr4.PhysicalAddressExtension) != 0
            && (GuestState.Efer & Efer.LongModeActive) == 0;
        var place = new Gpa(GuestState.Cr3 & 0xFFFF_FFE0);
        if (isPae && memory->Read(place, new Span<byte>(entries, Pdptes * sizeof(ulong))) == Resolution.Mapped)
        {
            for (int i = 0; i < Pdptes; i++)
            {
                GuestState.SetPdpte(i, entries[i]);
            }
        }
    }
}
