// The VMCB's layout, segment attributes, and what exits say, against the manual's tables written out anew.

using System;
using System.Collections.Generic;
using System.Linq;
using System.Reflection;
using System.Runtime.InteropServices;
using MinusOne.Tests.Model;
using Xunit;

namespace MinusOne.Tests.Unit.Svm;

public sealed unsafe class VmcbTests
{
    private static readonly (string Name, int Offset)[] s_offsets =
    [
        ("ControlRegisters", 0), ("DebugRegisters", 4), ("Exceptions", 8), ("General", 0xC), ("Instructions", 0x10),
        ("Late", 0x14), ("PauseThreshold", 0x3C), ("PauseCount", 0x3E), ("PortMap", 0x40), ("MsrMap", 0x48),
        ("TscOffset", 0x50), ("Asid", 0x58), ("TlbControl", 0x5C), ("Interrupt", 0x60), ("Shadow", 0x68),
        ("ExitCode", 0x70), ("Info1", 0x78), ("Info2", 0x80), ("InterruptedEvent", 0x88), ("NestedPaging", 0x90),
        ("Injection", 0xA8), ("NestedRoot", 0xB0), ("BranchRecords", 0xB8), ("Clean", 0xC0), ("NextRip", 0xC8),
        ("FetchedBytes", 0xD0), ("Es", 0x400), ("Cs", 0x410), ("Ss", 0x420), ("Ds", 0x430), ("Fs", 0x440),
        ("Gs", 0x450), ("Gdtr", 0x460), ("Ldtr", 0x470), ("Idtr", 0x480), ("Tr", 0x490), ("Cpl", 0x4CB),
        ("Efer", 0x4D0), ("Cr4", 0x548), ("Cr3", 0x550), ("Cr0", 0x558), ("Dr7", 0x560), ("Dr6", 0x568),
        ("Rflags", 0x570), ("Rip", 0x578), ("Rsp", 0x5D8), ("Rax", 0x5F8), ("Star", 0x600), ("Lstar", 0x608),
        ("Cstar", 0x610), ("Fmask", 0x618), ("KernelGsBase", 0x620), ("SysenterCs", 0x628), ("SysenterEsp", 0x630),
        ("SysenterEip", 0x638), ("Cr2", 0x640), ("Pat", 0x668), ("DebugControl", 0x670),
    ];

    [Fact]
    public void EveryFieldIsWhereTheManualHasIt()
    {
        IEnumerable<string> fields = typeof(Vmcb).GetFields(BindingFlags.Public | BindingFlags.Instance)
            .Select(field => field.Name);
        Assert.Equal(s_offsets.Select(field => field.Name).Order(), fields.Order());
        Assert.All(s_offsets, field => Assert.Equal(field.Offset, (int)Marshal.OffsetOf<Vmcb>(field.Name)));
        Assert.Equal((4096, 16), (sizeof(Vmcb), sizeof(VmcbSegment)));
    }

    [Theory]
    [InlineData(0xA09Bu, 0xA9B)]
    [InlineData(0xC093u, 0xC93)]
    [InlineData(0x0093u, 0x093)]
    [InlineData(0x008Bu, 0x08B)]
    [InlineData(0x1_0000u, 0)]
    [InlineData(0x1_C093u, 0)]
    public void AttributesAreAccessRightsWithoutTheGap(uint rights, ushort attributes)
    {
        var segment = new VmcbSegment { Rights = new(rights) };
        Assert.Equal(attributes, segment.Attributes);
        Assert.Equal(attributes == 0 ? 0x1_0000u : rights, segment.Rights.Raw);
    }

    // Against what VT-x says of the same access.
    [Theory]
    [InlineData(false, 1, 0x3F8, 0x03F8_0210ul)]
    [InlineData(true, 2, 0x1F0, 0x01F0_0221ul)]
    [InlineData(true, 4, 0xCFC, 0x0CFC_0241ul)]
    [InlineData(false, 4, 0xFFFC, 0xFFFC_0240ul)]
    public void PortAccesses(bool isIn, int size, int port, ulong told)
    {
        using var exit = new Told(ExitCode.Port, told, 0x1002);
        Assert.Equal(Exits.Io(isIn, size, (ushort)port).Qualification, SvmExit.Port.Raw);
        Assert.Equal(2u, SvmExit.InstructionLength);
    }

    [Fact]
    public void PortStrings()
    {
        using var exit = new Told(ExitCode.Port, 0x0060_0E1D, 0x1002);
        Assert.Equal((true, true, true, 1, 0x60), (SvmExit.Port.IsIn, SvmExit.Port.IsString, SvmExit.Port.IsRepeated,
            SvmExit.Port.Size, SvmExit.Port.Port));
    }

    [Theory]
    [InlineData(1ul << 36, 0ul, 1ul)]
    [InlineData(1ul << 38, 0ul, 2ul)]
    [InlineData(0ul, 0ul, 0ul)]
    [InlineData(0ul, 0x8000_0021ul, 3ul)]
    public void TaskSwitches(ulong told, ulong interrupted, ulong source)
    {
        using var exit = new Told(ExitCode.TaskSwitch, 0x1_0028, told);
        exit.Vmcb->InterruptedEvent = interrupted;
        Assert.Equal((0x28, source), (SvmExit.TaskSwitch.Selector, (ulong)SvmExit.TaskSwitch.Source));
    }

    // P, W, U and I/D, and whether the address is the operand's.
    [Theory]
    [InlineData(0x1_0000_0004ul, 0x181ul)]
    [InlineData(0x1_0000_0006ul, 0x182ul)]
    [InlineData(0x1_0000_0014ul, 0x184ul)]
    [InlineData(0x1_0000_0007ul, 0x18Aul)]
    [InlineData(0x2_0000_0006ul, 0x002ul)]
    public void NestedFaults(ulong told, ulong fault)
    {
        using var exit = new Told(ExitCode.NestedPageFault, told, 0xFEE0_0300);
        Assert.Equal((fault, 0xFEE0_0300ul), (SvmExit.Fault.Raw, SvmExit.PhysicalAddress.Value));
    }

    // A next RIP behind RIP is a length; anything else has to be read.
    [Theory]
    [InlineData(0x1000ul, 0u)]
    [InlineData(0ul, 0u)]
    [InlineData(0x1003ul, 3u)]
    public void Lengths(ulong next, uint length)
    {
        using var exit = new Told(ExitCode.Cpuid, 0, 0);
        exit.Vmcb->NextRip = next;
        Assert.Equal(length, SvmExit.InstructionLength);
    }

    // The filter of PAUSE would let most of them pass.
    [Theory]
    [InlineData(true, 0)]
    [InlineData(false, 64)]
    public void AGuestThatWantsEveryPauseToExitHasNoFilter(bool isWanted, int count)
    {
        Vmcb vmcb = default;
        vmcb.PauseCount = 64;
        var changes = new ControlChanges
        {
            PrimarySet = (uint)(isWanted ? PrimaryControls.PauseExiting : PrimaryControls.HltExiting),
        };
        Counterparts.Apply(&vmcb, in changes, null);
        Assert.Equal(count, vmcb.PauseCount);
    }

    private sealed class Told : IDisposable
    {
        private readonly SvmVcpu* _beside = (SvmVcpu*)NativeMemory.AllocZeroed((nuint)sizeof(SvmVcpu));

        public Told(ExitCode code, ulong info1, ulong info2)
        {
            Vmcb = (Vmcb*)NativeMemory.AllocZeroed((nuint)sizeof(Vmcb));
            SvmCpu.Processor.Vmcb = Vmcb;
            SvmCpu.Processor.Vcpu = _beside;
            (Vmcb->ExitCode, Vmcb->Info1, Vmcb->Info2, Vmcb->Rip) = (code, info1, info2, 0x1000);
        }

        public Vmcb* Vmcb { get; }

        public void Dispose()
        {
            SvmCpu.Processor = default;
            NativeMemory.Free(Vmcb);
            NativeMemory.Free(_beside);
        }
    }
}
