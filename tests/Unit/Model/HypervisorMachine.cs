// Everything the firmware side hands over to hv/, over the software processor's memory: frames, a memory map, facts
// about the processor. Runs one configuration the way the image does.

using System;
using System.Text;
using MinusOne.Tests.Model;
using Xunit;

namespace MinusOne.Tests.Unit.Model;

internal sealed unsafe class HypervisorMachine
{
    private const int Frames = 512;
    private const ulong PageSize = 4096;

    private readonly Machine* _machine;
    private readonly VmConfig* _config;

    public HypervisorMachine(SoftProcessor processor)
    {
        Processor = processor;
        Cpu.Soft = processor;
        Host.Written(Output.Log).Clear();
        Host.Written(Output.Console).Clear();
        _machine = ((Installation*)processor.Memory.AllocateZeroed((sizeof(Installation) / (int)PageSize) + 1).Pointer)
            ->Connect();
        _config = (VmConfig*)processor.Memory.AllocateZeroed(1).Pointer;
        _machine->Facts = CpuFacts.Read();
        _machine->Mtrr = Mtrr.None;
        _machine->TscHertz = 100_000_000;
        _machine->At(0)->Host =
            new HostState { CodeSelector = 8, DataSelector = 16, TaskSelector = 24, ExitAddress = 0x1000 };
        Hpa map = processor.Memory.AllocateZeroed(1);
        _machine->Memory.Initialize(map.Pointer, (int)PageSize);
        Hpa pool = processor.Memory.Allocate(Frames);
        Hpa end = pool + (Frames * PageSize);
        Assert.True(_machine->Memory.TrySet(pool, end, PhysicalKind.Hypervisor));
        Assert.True(_machine->Frames.Initialize([new PhysicalRange(pool, end, PhysicalKind.Hypervisor)]));
        Config.MemoryBytes = 64 * PageSize;
    }

    public SoftProcessor Processor { get; }

    public ref VmConfig Config => ref *_config;

    public uint FramesLeft => _machine->Frames.Available;

    public string Log => Encoding.ASCII.GetString([.. Host.Written(Output.Log)]);

    public string Console => Encoding.ASCII.GetString([.. Host.Written(Output.Console)]);

    // True if the guest ended as its configuration says.
    public bool Run()
    {
        Assert.True(Backend.TryTurnOn(&_machine->Frames, out Hpa region));
        VmSlot* slot = VmSlots.Of(_machine)->At(0);
        *slot = new() { Number = 1, Next = _config, Left = 1, IsAsExpected = true };
        slot->Settings.MemoryBytes = 64 * PageSize;
        bool asExpected = Orders.Run(_machine, 1);
        Assert.Equal(0, Processor.Vmx.Active);
        Backend.TurnOff(&_machine->Frames, region);
        return asExpected;
    }
}
