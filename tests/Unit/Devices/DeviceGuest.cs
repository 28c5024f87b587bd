// A guest of the real run loop whose exits a test plays: 256 KiB of RAM at 0 in our own guest memory, the board's
// devices, and a good VMCS of any mode. The script's exits say what an instruction did; its registers and memory are
// the guest's.

using System;
using System.Runtime.InteropServices;
using System.Text;
using MinusOne.Tests.Model;
using MinusOne.Tests.Unit.Model;
using Xunit;

namespace MinusOne.Tests.Unit.Devices;

internal sealed unsafe class DeviceGuest : IDisposable
{
    public const ulong RamBytes = 0x4_0000;
    public const ulong Root = 0x1000;
    public const ulong Rip = 0x8000;

    private readonly Memory.GuestFixture _frames = new(200, 0);
    private readonly VmxMachine _vmx;
    private readonly Machine* _machine = Zeroed<Installation>()->Connect();
    private readonly VmConfig* _config = Zeroed<VmConfig>();
    private readonly Bus* _bus = Zeroed<Bus>();
    private readonly void* _apicPage = NativeMemory.AllocZeroed(4096);

    public DeviceGuest(VmcsImage image, SoftProcessor processor = null, VmFeatures flags = VmFeatures.None)
    {
        _vmx = new VmxMachine(processor ?? Presets.SkylakeX());
        _machine->Facts = CpuFacts.Read();
        _machine->TscHertz = 100_000_000;
        _config->Flags = flags;
        _config->Lesson = Lesson;
        Vm->Attach(_machine, _machine->At(0), hasOwnLine: true);
        Vm->Board.Plug(_bus, (flags & VmFeatures.Pc) != 0);
        Hv.Lessons.LessonBoard.Plug(_bus, LessonBoard, LessonDevices.Scratch);
        Vm->Config = _config;
        Assert.True(Vm->Memory.Initialize(
            _frames.Arena.Pool,
            _frames.Physical,
            _frames.Mtrr,
            _machine->Facts.Vmx.EptVpid.SecondLevel(hasLargePages: false, hasLargeCode: false),
            quota: 100));
        Assert.Equal(RegionStatus.Added, Vm->Memory.AddRegion(GuestRegionKind.Ram, default, RamBytes));
        Assert.True(Vm->Board.TryMap(&Vm->Memory, _frames.Arena.Pool, default, default, out _));
        VmxVcpu.Of(Vcpu)->Region = _vmx.LoadVmcs();
        VmxVcpu.Of(Vcpu)->Capabilities = &_machine->Facts.Vmx;
        Load(image);
        Vm->Add(Vcpu);
        Vm->Board.Apic->Reset((byte*)_apicPage, id: 0);
        Vm->SliceTicks = 1_000_000;
        GuestTime.Start(Vm, Vcpu);
        Host.Typed.Clear();
        Host.Written(Output.Console).Clear();
        Host.Written(Output.Log).Clear();
    }

    public Vm* Vm { get; } = Zeroed<Vm>();

    public Vcpu* Vcpu { get; } = Zeroed<Vcpu>();

    public LessonBoard* LessonBoard { get; } = Zeroed<LessonBoard>();

    public Lesson* Lesson { get; } = Zeroed<Lesson>();

    public ref GuestRegisters Registers => ref Vcpu->Registers;

    public ScriptedGuest Script => _vmx.Processor.Guest;

    public static string Printed => Encoding.Latin1.GetString(Host.Written(Output.Console).ToArray());

    public static string Log => Encoding.Latin1.GetString(Host.Written(Output.Log).ToArray());

    // Modes by name, for theories. Paging maps all RAM and the devices' pages one to one.
    public static DeviceGuest Of(
        string mode, SoftProcessor processor = null, VmFeatures flags = VmFeatures.None)
    {
        VmcsImage image = mode switch
        {
            "real" => GoodVmcs.RealMode(),
            "protected" => GoodVmcs.Protected32(),
            _ => GoodVmcs.Long64(),
        };
        image[VmcsNatural.GuestRip] = Rip;
        var guest = new DeviceGuest(image, processor, flags);
        if (mode == "long")
        {
            guest.MapLong();
        }

        return guest;
    }

    // Plays one exit, and then the guest's end.
    public GuestEnd Run(GuestExit exit)
    {
        Script.Then(exit);
        Script.Then(Exits.Hlt());
        RunLoop.Run(Vm, Vcpu);
        return Vm->End;
    }

    // The exit that reaching for a device's memory makes.
    public static GuestExit Violation(ulong address, Access access) =>
        Exits.EptViolation(new Gpa(address), access);

    public void Write(ulong address, params byte[] bytes) =>
        Assert.Equal(Resolution.Mapped, Vm->Memory.Load(new Gpa(address), bytes));

    public void Write(ulong address, ulong value) => Write(address, BitConverter.GetBytes(value));

    public byte[] Read(ulong address, int count)
    {
        var bytes = new byte[count];
        Assert.Equal(Resolution.Mapped, Vm->Memory.Read(new Gpa(address), bytes));
        return bytes;
    }

    public ulong this[VmcsNatural field]
    {
        get => Vmcs.Read(field);
        set => Vmcs.Write(field, value);
    }

    // Entry of the table that maps RAM below 2 MiB.
    public void SetPage(ulong page, ulong entry) => Write(0x4000 + (8 * page), entry);

    public void Dispose()
    {
        NativeMemory.Free(Vm);
        NativeMemory.Free(Vcpu);
        NativeMemory.Free(LessonBoard);
        NativeMemory.Free(Lesson);
        NativeMemory.Free(_bus);
        NativeMemory.Free(_machine);
        NativeMemory.Free(_config);
        NativeMemory.Free(_apicPage);
        _frames.Dispose();
    }

    private static T* Zeroed<T>()
        where T : unmanaged => (T*)NativeMemory.AllocZeroed((nuint)sizeof(T));

    private void MapLong()
    {
        Write(Root, 0x2007ul);
        Write(0x2000, 0x3007ul);
        Write(0x2000 + (8 * 3), 0x5007ul);
        Write(0x3000, 0x4007ul);
        foreach (ulong devices in (ulong[])[0xFEA0_0000, 0xFEC0_0000, 0xFEE0_0000])
        {
            Write(0x5000 + (8 * ((devices >> 21) & 511)), devices | 0x87);
        }

        for (ulong page = 0; page < RamBytes >> 12; page++)
        {
            SetPage(page, (page << 12) | 7);
        }
    }

    private void Load(VmcsImage image)
    {
        Hpa bitmaps = _vmx.Processor.Memory.AllocateZeroed(3);
        image[Vmcs64.IoBitmapA] = bitmaps.Value;
        image[Vmcs64.IoBitmapB] = (bitmaps + 0x1000).Value;
        image[Vmcs64.MsrBitmaps] = (bitmaps + 0x2000).Value;
        image[Vmcs64.EptPointer] = EptPointer.To(Vm->Memory.Table.Root, _machine->Facts.Vmx.EptVpid).Raw;
        image[Vmcs32.PreemptionTimerValue] = 1_000_000;
        image[VmcsNatural.HostCr3] = _vmx.Processor.Cr3;
        image[Vmcs32.PrimaryControls] |= (uint)PrimaryControls.HltExiting;
        VmcsImageLoader.Load(image, _vmx.Processor.Vmx.Capabilities);
        VmxVcpu.Of(Vcpu)->Controls.Primary = (PrimaryControls)image[Vmcs32.PrimaryControls];
        VmxVcpu.Of(Vcpu)->Controls.Exit = (ExitControls)image[Vmcs32.ExitControls];
        VmxVcpu.Of(Vcpu)->Controls.Pin = (PinControls)image[Vmcs32.PinControls];
        VmxVcpu.Of(Vcpu)->Controls.Secondary = (SecondaryControls)image[Vmcs32.SecondaryControls];
    }
}
