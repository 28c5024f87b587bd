// The virtual-APIC page as the processor uses it: TPR, PPR, EOI and self-IPI virtualization, evaluation and delivery of
// virtual interrupts. SDM 3C 31.1 Virtual APIC State, 31.2 Evaluation and Delivery of Virtual Interrupts. Stricter than
// the manual: at an entry RVI and SVI must be what IRR and ISR say, and a halted guest is not woken. Leaves out the
// APIC-access page, posted interrupts and the TPR threshold.
namespace MinusOne.Tests.Model;

internal sealed class VirtualApic(SoftProcessor cpu)
{
    private const uint Tpr = 0x80, Ppr = 0xA0, Eoi = 0xB0, Isr = 0x100, Irr = 0x200, Self = 0x3F0;

    // A virtual interrupt will be delivered as soon as the guest is open to it.
    public bool IsPending { get; private set; }

    public uint TaskPriority => Read(Tpr);

    private SoftVmcs Vmcs => cpu.Vmx.Current;

    private bool Delivers => Vmcs.Has(SecondaryControls.VirtualInterruptDelivery);

    private byte Requested
    {
        get => (byte)Vmcs[Vmcs16.GuestInterruptStatus];
        set => Vmcs[Vmcs16.GuestInterruptStatus] = (ushort)((InService << 8) | value);
    }

    private byte InService
    {
        get => (byte)(Vmcs[Vmcs16.GuestInterruptStatus] >> 8);
        set => Vmcs[Vmcs16.GuestInterruptStatus] = (ushort)((value << 8) | Requested);
    }

    public void Entered()
    {
        IsPending = false;
        if (!Delivers)
        {
            return;
        }

        if (Requested != Highest(Irr) || InService != Highest(Isr))
        {
            throw new SoftCpuException(
                $"guest interrupt status {Vmcs[Vmcs16.GuestInterruptStatus]:X}, but the highest requested vector is "
                + $"{Highest(Irr):X} and the highest in service {Highest(Isr):X}");
        }

        Rank();
    }

    // What RDMSR and WRMSR make of an x2APIC register. False: it is an MSR like any other.
    public bool TryRead(uint msr, out ulong value)
    {
        bool all = Vmcs.Has(SecondaryControls.ApicRegisterVirtualization);
        bool isVirtual = Vmcs.Has(SecondaryControls.VirtualizeX2ApicMode)
            && (all ? msr is >= 0x800 and <= 0x8FF : msr == 0x808);
        value = isVirtual ? cpu.Memory.Read<ulong>(Page + ((msr & 0xFF) << 4)) : 0;
        return isVirtual;
    }

    // The exit, if there is one, comes behind the instruction.
    public bool TryWrite(uint msr, ulong value, out bool faults, out GuestExit exit)
    {
        exit = null;
        faults = value > (msr == 0x80B ? 0u : 0xFF);
        bool isVirtual = Vmcs.Has(SecondaryControls.VirtualizeX2ApicMode)
            && (msr == 0x808 || (Delivers && msr is 0x80B or 0x83F));
        if (isVirtual && !faults)
        {
            exit = msr == 0x808 ? WriteTaskPriority((uint)value) : msr == 0x80B ? End() : SendToSelf((byte)value);
        }

        return isVirtual;
    }

    public GuestExit WriteTaskPriority(uint value)
    {
        Write(Tpr, value);
        if (Delivers)
        {
            Rank();
        }
        else if (Vmcs[Vmcs32.TprThreshold] != 0)
        {
            throw new SoftCpuException("this processor does not know the TPR threshold");
        }

        return null;
    }

    // SDM 3C 31.2.2 Virtual-Interrupt Delivery, up to the delivery itself.
    public byte Acknowledge()
    {
        byte vector = Requested;
        SetBit(Isr, vector, true);
        InService = vector;
        Write(Ppr, vector & 0xF0u);
        SetBit(Irr, vector, false);
        Requested = Highest(Irr);
        IsPending = false;
        return vector;
    }

    private Hpa Page => new(Vmcs[Vmcs64.VirtualApicAddress]);

    private GuestExit End()
    {
        Write(Eoi, 0);
        byte vector = InService;
        SetBit(Isr, vector, false);
        InService = Highest(Isr);
        Rank();
        ulong exits = Vmcs[Vmcs64.EoiExitBitmap0 + (2 * (uint)(vector >> 6))];
        return ((exits >> (vector & 63)) & 1) == 0 ? null
            : new GuestExit(ExitReason.VirtualizedEoi) { Qualification = vector };
    }

    private GuestExit SendToSelf(byte vector)
    {
        Write(Self, vector);
        if (vector < 16)
        {
            return new GuestExit(ExitReason.ApicWrite) { Qualification = Self };
        }

        SetBit(Irr, vector, true);
        Requested = byte.Max(Requested, vector);
        Evaluate();
        return null;
    }

    // PPR virtualization, and evaluation after it.
    private void Rank()
    {
        uint task = Read(Tpr), service = InService;
        Write(Ppr, task >> 4 >= service >> 4 ? task & 0xFF : service & 0xF0);
        Evaluate();
    }

    private void Evaluate() => IsPending = !Vmcs.Has(PrimaryControls.InterruptWindowExiting)
        && Requested >> 4 > (int)(Read(Ppr) >> 4);

    private byte Highest(uint registers)
    {
        for (int vector = 255; vector >= 0; vector--)
        {
            if ((Read(registers + ((uint)vector / 32 * 16)) & (1u << (vector % 32))) != 0)
            {
                return (byte)vector;
            }
        }

        return 0;
    }

    private void SetBit(uint registers, byte vector, bool value)
    {
        uint register = registers + (vector / 32u * 16), bit = 1u << (vector % 32);
        Write(register, value ? Read(register) | bit : Read(register) & ~bit);
    }

    private uint Read(uint register) => cpu.Memory.Read<uint>(Page + register);

    private void Write(uint register, uint value) => cpu.Memory.Write(Page + register, value);
}
