// Instructions of a scripted guest, but for control registers and memory. SDM 3C 27.1 Instructions That Cause VM Exits,
// 27.3 Changes to Instruction Behavior in VMX Non-Root Operation.
namespace MinusOne.Tests.Model;

internal sealed unsafe partial class ScriptedGuest
{
    // Blocking that the current instruction begins, and that it does not end at once.
    private bool _freshBlocking;

    public void Cpuid(uint leaf, uint subleaf = 0)
    {
        Registers.Rax = leaf;
        Registers.Rcx = subleaf;
        Always(Exits.Cpuid());
    }

    // AMD's have another instruction for it, and this one is none.
    public void Vmcall()
    {
        if (_cpu.Svm.IsRunning)
        {
            RaiseInvalid(Exits.Vmcall());
            return;
        }

        Always(Exits.Vmcall());
    }

    public void Invd() => Always(Exits.Invd());

    public void Xsetbv(uint register, ulong value)
    {
        Registers.Rcx = register;
        SetEdxEax(value);
        Always(Exits.Xsetbv());
    }

    // Any other instruction, by the control that makes it exit; without it, nothing happens.
    public void Instruction(GuestExit exit, PrimaryControls control) =>
        Execute(exit.InstructionLength.Value, () => If(control, exit), () => { });

    public void Instruction(GuestExit exit, SecondaryControls control) =>
        Execute(exit.InstructionLength.Value, () => Vmcs.Has(control) ? exit : null, () => { });

    // The guest waits if it does not exit: for an event, or for its time to pass.
    public void Hlt() => Execute(
        1,
        () => If(PrimaryControls.HltExiting, Exits.Hlt()),
        () => Activity = ActivityState.Hlt);

    public void Pause() => Instruction(Exits.Pause(), PrimaryControls.PauseExiting);

    public void Nop(uint length = 1) => Execute(length, () => null, () => { });

    public ulong Rdtsc()
    {
        Execute(2, () => If(PrimaryControls.RdtscExiting, Exits.Rdtsc()), () => SetEdxEax(GuestTsc));
        return EdxEax;
    }

    public ulong Rdtscp()
    {
        Execute(3, () => ExitsAtRdtscp ? Exits.Rdtscp() : null, () =>
        {
            if (!Vmcs.Has(SecondaryControls.EnableRdtscp))
            {
                RaiseFault(ExceptionVector.InvalidOpcode, null, 0, 3);
                return;
            }

            SetEdxEax(GuestTsc);
            Registers.Rcx = _cpu.ReadMsr((uint)Msr.TscAux);
        });
        return EdxEax;
    }

    public void Wbinvd() => Instruction(Exits.Wbinvd(), SecondaryControls.WbinvdExiting);

    public ulong Rdmsr(uint msr)
    {
        Registers.Rcx = msr;
        Execute(2, () => Intercepts.Msr(_cpu, msr, false) ? Exits.Rdmsr() : null, () =>
        {
            if (!_apic.TryRead(msr, out ulong value) && !_cpu.TryReadMsr(msr, out value))
            {
                RaiseFault(ExceptionVector.GeneralProtection, 0, 0, 2);
                return;
            }

            SetEdxEax(msr == (uint)Msr.TimeStampCounter ? GuestTsc : value);
        });
        return EdxEax;
    }

    public void Wrmsr(uint msr, ulong value)
    {
        Registers.Rcx = msr;
        SetEdxEax(value);
        Execute(2, () => Intercepts.Msr(_cpu, msr, true) ? Exits.Wrmsr() : null, () =>
        {
            bool faults = _apic.TryWrite(msr, value, out bool isRefused, out _behind)
                ? isRefused
                : !_cpu.TryWriteMsr(msr, value);
            if (faults)
            {
                RaiseFault(ExceptionVector.GeneralProtection, 0, 0, 2);
            }
        });
    }

    public byte In8(ushort port) => (byte)In(port, 1);

    public ushort In16(ushort port) => (ushort)In(port, 2);

    public uint In32(ushort port) => In(port, 4);

    public void Out8(ushort port, byte value) => Out(port, 1, value);

    public void Out16(ushort port, ushort value) => Out(port, 2, value);

    public void Out32(ushort port, uint value) => Out(port, 4, value);

    // INS or OUTS; without an exit there is nobody to do it.
    public void StringIo(bool isIn, int size, ushort port, Gva address, bool repeated)
    {
        Registers.Rdx = port;
        GuestExit exit = Exits.StringIo(isIn, size, port, address, repeated);
        Execute(exit.InstructionLength.Value, () => Intercepts.Port(_cpu, port, size) ? exit : null, () =>
            throw new SoftCpuException($"a string instruction on port {port:X} does not exit"));
    }

    public void Sti() => Execute(1, () => null, () =>
    {
        bool begins = (Rflags & (ulong)Hv.X86.Rflags.InterruptEnable) == 0;
        Rflags |= (ulong)Hv.X86.Rflags.InterruptEnable;
        Blocking |= begins ? InterruptibilityState.Sti : 0;
        _freshBlocking = begins;
    });

    public void Cli() => Execute(1, () => null, () => Rflags &= ~(ulong)Hv.X86.Rflags.InterruptEnable);

    public void MovSs() => Execute(2, () => null, () =>
    {
        Blocking |= InterruptibilityState.MovSs;
        _freshBlocking = true;
    });

    // IRET that finds its frame at `stack`; an EPT violation there comes after NMIs were unblocked, and says so.
    // SDM 3C 29.2.3 Information About NMI Unblocking Due to IRET.
    public void Iret(Gpa? stack = null)
    {
        bool hasBlocked = (Blocking & InterruptibilityState.Nmi) != 0 && UnblocksNmi;
        ulong unblocked = hasBlocked ? 1ul << 12 : 0;
        Execute(
            2,
            () =>
            {
                UnblockNmi();
                GuestExit exit = stack is Gpa frame ? _memory.Translate(frame, Access.Read, out _) : null;
                return exit == null ? null : exit with { Qualification = exit.Qualification | unblocked };
            },
            () => { });
    }

    private static ulong Low(ulong old, int bytes, ulong value) => bytes == 4 ? (uint)value
        : (old & ~((1ul << (8 * bytes)) - 1)) | (value & ((1ul << (8 * bytes)) - 1));

    private bool UnblocksNmi => Vmcs.Has(PinControls.VirtualNmis) || !Vmcs.Has(PinControls.NmiExiting);

    private ulong EdxEax => (Registers.Rdx << 32) | (uint)Registers.Rax;

    // SDM 3C 27.3 Changes to Instruction Behavior in VMX Non-Root Operation: offset and, before it, scaling.
    private ulong GuestTsc
    {
        get
        {
            bool offset = Vmcs.Has(PrimaryControls.UseTscOffsetting);
            bool scaled = offset && Vmcs.Has(SecondaryControls.UseTscScaling);
            ulong host = _cpu.Tsc;
            ulong tsc = scaled ? (ulong)(((System.UInt128)host * Vmcs[Vmcs64.TscMultiplier]) >> 48) : host;
            return offset ? tsc + Vmcs[Vmcs64.TscOffset] : tsc;
        }
    }

    private uint In(ushort port, int bytes)
    {
        Registers.Rdx = port;
        Execute(
            bytes == 2 ? 2u : 1,
            () => Intercepts.Port(_cpu, port, bytes) ? Exits.Io(true, bytes, port) : null,
            () => Registers.Rax = Low(Registers.Rax, bytes, _cpu.Ports.In(port, bytes)));
        return (uint)Registers.Rax & (uint.MaxValue >> (32 - (8 * bytes)));
    }

    private void Out(ushort port, int bytes, uint value)
    {
        Registers.Rdx = port;
        Registers.Rax = Low(Registers.Rax, bytes, value);
        Execute(
            bytes == 2 ? 2u : 1,
            () => Intercepts.Port(_cpu, port, bytes) ? Exits.Io(false, bytes, port) : null,
            () => _cpu.Ports.Out(port, bytes, value));
    }

    private void Always(GuestExit exit)
    {
        RequireIntercept(exit);
        Execute(exit.InstructionLength.Value, () => exit, () => { });
    }

    // SVM has an intercept of its own for it.
    private bool ExitsAtRdtscp =>
        _cpu.Svm.IsRunning ? _cpu.Svm.IsIntercepted(0x87) : Vmcs.Has(PrimaryControls.RdtscExiting);

    private GuestExit If(PrimaryControls control, GuestExit exit) => Vmcs.Has(control) ? exit : null;

    private void SetEdxEax(ulong value)
    {
        Registers.Rax = (uint)value;
        Registers.Rdx = value >> 32;
    }

    private void UnblockNmi() => Blocking &= ~(UnblocksNmi ? InterruptibilityState.Nmi : 0);
}
