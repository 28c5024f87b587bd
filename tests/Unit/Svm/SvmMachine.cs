// A processor in SVM, and a VMCB that it takes, made step by step and not through hv/: to break one thing in.

using System;
using System.Runtime.InteropServices;
using MinusOne.Tests.Model;
using Xunit;

namespace MinusOne.Tests.Unit.Svm;

internal sealed unsafe class SvmMachine : IDisposable
{
    private readonly GuestRegisters* _registers =
        (GuestRegisters*)NativeMemory.AllocZeroed((nuint)sizeof(GuestRegisters));

    public SvmMachine(SoftProcessor processor = null)
    {
        Processor = Cpu.Soft = processor ?? Presets.Ryzen();
        Processor.WriteMsr((uint)Msr.Efer, Processor.ReadMsr((uint)Msr.Efer) | SvmMsr.EferEnable);
        Processor.WriteMsr((uint)SvmMsr.HostSavePage, Processor.Memory.Allocate(1).Value);
        Processor.Svm.SetGlobalInterrupts(false);
        Hpa region = Processor.Memory.AllocateZeroed(1);
        _registers->Vmcb = region.Value;
        Vmcb = (Vmcb*)region.Pointer;
        Vmcb->Instructions = SvmIntercepts.Vmrun;
        Vmcb->Asid = 1;
        Vmcb->NestedPaging = 1;
        Vmcb->NestedRoot = Processor.Memory.AllocateZeroed(1);
        Vmcb->PortMap = Vmcb->MsrMap = Processor.Memory.AllocateZeroed(5);
        Vmcb->Pat = 0x0007_0406_0007_0406;
        Vmcb->Efer = SvmMsr.EferEnable;
        Vmcb->Cr0 = 0x10;
        Vmcb->Rflags = 2;
        Vmcb->Interrupt = VirtualInterrupt.MaskedByHost;
    }

    public SoftProcessor Processor { get; }

    public Vmcb* Vmcb { get; }

    public void Run() => SvmCpu.VmRun(_registers);

    // What VMRUN answers with a fault or worse.
    public string Refused() => Assert.Throws<SoftCpuException>(Run).Message;

    public void Dispose()
    {
        Cpu.Soft = new SoftProcessor();
        NativeMemory.Free(_registers);
    }
}
