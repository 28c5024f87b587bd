// A guest ready to be entered: a good VMCS with everything it refers to in real memory, 256 KiB of RAM at 0 through
// hand-written EPT, bitmaps that intercept nothing.

using System;
using MinusOne.Tests.Model;
using Xunit;

namespace MinusOne.Tests.Unit.Model;

internal sealed unsafe class GuestFixture
{
    public const int RamFrames = 64;

    private readonly GuestRegisters* _registers;

    public GuestFixture()
        : this(GoodVmcs.RealMode())
    {
    }

    public GuestFixture(VmcsImage image)
        : this(image, new VmxMachine())
    {
    }

    public GuestFixture(VmcsImage image, VmxMachine vmx)
    {
        Vmx = vmx;
        Processor.AllowsStaleEpt = true;
        Region = vmx.LoadVmcs();
        _registers = (GuestRegisters*)Memory.AllocateZeroed(1).Pointer;
        Ept = new TestEpt(Memory);
        Ram = Memory.AllocateZeroed(RamFrames);
        for (uint i = 0; i < RamFrames; i++)
        {
            Ept.Map(i << 12, Ram + (i << 12));
        }

        Hpa bitmaps = Memory.AllocateZeroed(3);
        image[Vmcs64.IoBitmapA] = bitmaps.Value;
        image[Vmcs64.IoBitmapB] = (bitmaps + 0x1000).Value;
        image[Vmcs64.MsrBitmaps] = (bitmaps + 0x2000).Value;
        image[Vmcs64.EptPointer] = Ept.Pointer;
        image[Vmcs32.PreemptionTimerValue] = 1_000_000;
        image[VmcsNatural.HostCr3] = Processor.Cr3;
        Load(image);
    }

    public VmxMachine Vmx { get; }

    public SoftProcessor Processor => Vmx.Processor;

    public SoftMemory Memory => Vmx.Processor.Memory;

    public ScriptedGuest Guest => Processor.Guest;

    public Hpa Region { get; }

    public TestEpt Ept { get; }

    public Hpa Ram { get; }

    public ref GuestRegisters Registers => ref *_registers;

    public ExitReason Reason => (ExitReason)Vmcs.Read(VmcsReadOnly32.ExitReason);

    public ulong Qualification => Vmcs.Read(VmcsReadOnlyNatural.ExitQualification);

    public uint Length => Vmcs.Read(VmcsReadOnly32.ExitInstructionLength);

    public VmxResult TryEnter() => VmxCpu.Enter(_registers);

    // Enters and comes back with the reason of the exit.
    public ExitReason Enter()
    {
        VmxResult result = TryEnter();
        Assert.True(result == VmxResult.Succeed, $"{result}: {Processor.Vmx.Refusal}");
        Registers.Launched = 1;
        return Reason;
    }

    // Enters, and the exit must be this one.
    public void Expect(ExitReason reason) => Assert.Equal(reason, Enter());

    public void Advance() => Vmcs.Write(VmcsNatural.GuestRip, Vmcs.Read(VmcsNatural.GuestRip) + Length);

    public void Set(PinControls bits) => Set(Vmcs32.PinControls, (uint)bits);

    public void Set(PrimaryControls bits) => Set(Vmcs32.PrimaryControls, (uint)bits);

    public void Set(SecondaryControls bits) => Set(Vmcs32.SecondaryControls, (uint)bits);

    public void Clear(PinControls bits) => Clear(Vmcs32.PinControls, (uint)bits);

    public void Clear(PrimaryControls bits) => Clear(Vmcs32.PrimaryControls, (uint)bits);

    public void Clear(SecondaryControls bits) => Clear(Vmcs32.SecondaryControls, (uint)bits);

    public void SetBit(Vmcs64 bitmap, uint bit) =>
        Memory.Bytes(new Hpa(Vmcs.Read(bitmap) + (bit >> 3)), 1)[0] |= (byte)(1 << (int)(bit & 7));

    public static void Inject(uint information) => Vmcs.Write(Vmcs32.EntryInterruptionInformation, information);

    private static void Set(Vmcs32 field, uint bits) => Vmcs.Write(field, Vmcs.Read(field) | bits);

    private static void Clear(Vmcs32 field, uint bits) => Vmcs.Write(field, Vmcs.Read(field) & ~bits);

    // Every writable field that exists here.
    private void Load(VmcsImage image)
    {
        foreach (uint field in VmcsFieldTable.All)
        {
            bool isWritable = new VmcsEncoding(field).Type != VmcsFieldType.ReadOnlyData;
            if (isWritable && VmcsFieldTable.Exists(field, Processor.Vmx.Capabilities))
            {
                VmxCpu.VmWrite(field, image[field]);
            }
        }
    }
}
