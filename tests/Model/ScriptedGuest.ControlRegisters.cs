// Control registers of a scripted guest. What the hypervisor owns reads from the shadow and exits when the guest would
// change it; the rest is the processor's. SDM 3C 26.6.6 Guest/Host Masks and Read Shadows for CR0 and CR4, 27.3.
namespace MinusOne.Tests.Model;

internal sealed unsafe partial class ScriptedGuest
{
    private const int MovLength = 3;

    public void MovToCr0(ulong value, int register = 0) => MovToCr(0, value, register);

    public void MovToCr4(ulong value, int register = 0) => MovToCr(4, value, register);

    public ulong MovFromCr0(int register = 0) => ReadShadowed(0, register);

    public ulong MovFromCr4(int register = 0) => ReadShadowed(4, register);

    public void MovToCr3(ulong value, int register = 0)
    {
        Registers[register] = value;
        Execute(MovLength, () => Intercepts.Cr3(Vmcs, value) ? Exits.MovToCr(3, register) : null, () =>
        {
            if (ControlRegisterRules.FaultOfCr3(_cpu, value) != null)
            {
                RaiseFault(ExceptionVector.GeneralProtection, 0, 0, MovLength);
                return;
            }

            bool keeps = (value >> 63) != 0 && (_cpu.Cr4 & (ulong)Cr4.PcidEnable) != 0;
            _cpu.Cr3 = keeps ? value & ~(1ul << 63) : value;
            if (!keeps)
            {
                _cpu.Vmx.Tlb.ForgetPcid(_memory.Vpid, _memory.Pcid);
            }
        });
    }

    public ulong MovFromCr3(int register = 0)
    {
        Execute(
            MovLength,
            () => If(PrimaryControls.Cr3StoreExiting, Exits.MovFromCr(3, register)),
            () => Registers[register] = _cpu.Cr3);
        return Registers[register];
    }

    public void MovToCr8(ulong value, int register = 0)
    {
        Registers[register] = value;
        Execute(
            MovLength + 1,
            () => If(PrimaryControls.Cr8LoadExiting, Exits.MovToCr(8, register)),
            () => _behind = WriteCr8(value));
    }

    public ulong MovFromCr8(int register = 0)
    {
        Execute(
            MovLength + 1,
            () => If(PrimaryControls.Cr8StoreExiting, Exits.MovFromCr(8, register)),
            () => Registers[register] = HasTprShadow ? _apic.TaskPriority >> 4 : _cpu.Cr8);
        return Registers[register];
    }

    private bool HasTprShadow => Vmcs.Has(PrimaryControls.UseTprShadow);

    private GuestExit WriteCr8(ulong value)
    {
        if (value > 15)
        {
            RaiseFault(ExceptionVector.GeneralProtection, 0, 0, MovLength + 1);
            return null;
        }

        if (HasTprShadow)
        {
            return _apic.WriteTaskPriority((uint)value << 4);
        }

        _cpu.Cr8 = value;
        return null;
    }

    public void MovDr(int dr, int register, bool isRead) =>
        Instruction(Exits.MovDr(dr, register, isRead), PrimaryControls.MovDrExiting);

    // With the bit owned by the hypervisor and clear in the shadow, nothing happens.
    public void Clts()
    {
        const ulong bit = (ulong)Cr0.TaskSwitched;
        ulong Owned() => Vmcs[VmcsNatural.Cr0GuestHostMask] & bit;
        Execute(
            2,
            () => (Owned() & Vmcs[VmcsNatural.Cr0ReadShadow]) != 0 ? Exits.Clts() : null,
            () => _cpu.Cr0 &= ~(bit & ~Owned()));
    }

    public void Lmsw(ushort source) => Execute(
        MovLength,
        () => Intercepts.Lmsw(Vmcs, source) ? Exits.Lmsw(source) : null,
        () =>
        {
            ulong mine = ~Vmcs[VmcsNatural.Cr0GuestHostMask] & 0xF;
            ulong protection = (_cpu.Cr0 | source) & 1;
            _cpu.Cr0 = (_cpu.Cr0 & ~mine) | (((source & 0xEul) | protection) & mine);
        });

    public void Invlpg(Gva address) => Execute(
        MovLength,
        () => If(PrimaryControls.InvlpgExiting, Exits.Invlpg(address)),
        () => _cpu.Vmx.Tlb.ForgetLinear(_memory.Vpid, address.Value));

    private void MovToCr(int cr, ulong value, int register)
    {
        VmcsNatural mask = MaskOf(cr), shadow = ShadowOf(cr);
        Registers[register] = value;
        Execute(
            MovLength,
            () => Intercepts.ControlRegister(value, Vmcs[mask], Vmcs[shadow]) || ExitsAtCr(cr, isWrite: true)
                ? Exits.MovToCr(cr, register) : null,
            () => WriteCr(cr, value, Vmcs[mask]));
    }

    private static VmcsNatural MaskOf(int cr) =>
        cr == 0 ? VmcsNatural.Cr0GuestHostMask : VmcsNatural.Cr4GuestHostMask;

    private static VmcsNatural ShadowOf(int cr) =>
        cr == 0 ? VmcsNatural.Cr0ReadShadow : VmcsNatural.Cr4ReadShadow;

    // The bits the guest owns. Turning paging on or off goes through IA-32e mode as EFER.LME says.
    private void WriteCr(int cr, ulong value, ulong mask)
    {
        ulong old = cr == 0 ? _cpu.Cr0 : _cpu.Cr4;
        ulong real = (old & mask) | (value & ~mask);
        bool inVmx = !_cpu.Svm.IsRunning;
        bool unrestricted = Vmcs.Has(SecondaryControls.UnrestrictedGuest);
        string fault = cr == 0
            ? ControlRegisterRules.FaultOfCr0(_cpu, real, inVmx, unrestricted)
            : ControlRegisterRules.FaultOfCr4(_cpu, real, inVmx);
        if (fault != null)
        {
            RaiseFault(ExceptionVector.GeneralProtection, 0, 0, MovLength);
            return;
        }

        if (cr == 4)
        {
            _cpu.Cr4 = real;
        }
        else
        {
            SetCr0(real);
        }

        if (real != old)
        {
            _cpu.Vmx.Tlb.ForgetVpid(_memory.Vpid, keepGlobals: false);
        }
    }

    private void SetCr0(ulong value)
    {
        ulong efer = _cpu.Msrs[(uint)Msr.Efer];
        bool active = (value & (ulong)Cr0.Paging) != 0 && (efer & (ulong)Efer.LongModeEnable) != 0;
        _cpu.Msrs[(uint)Msr.Efer] = (efer & ~(ulong)Efer.LongModeActive) | (active ? (ulong)Efer.LongModeActive : 0);
        _cpu.Cr0 = value;
    }

    private ulong ReadShadowed(int cr, int register)
    {
        GuestExit Exit() => ExitsAtCr(cr, isWrite: false) ? Exits.MovFromCr(cr, register) : null;
        Execute(MovLength, Exit, () =>
        {
            ulong owned = Vmcs[MaskOf(cr)];
            ulong real = cr == 0 ? _cpu.Cr0 : _cpu.Cr4;
            Registers[register] = (Vmcs[ShadowOf(cr)] & owned) | (real & ~owned);
        });
        return Registers[register];
    }
}
