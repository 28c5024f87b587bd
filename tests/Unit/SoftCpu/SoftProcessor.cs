// A processor in software, strict where real ones are lax: what it does not know, it refuses. It has ordinary state (MSRs,
// control registers, ports) here; VMX stands beside it.

using System;
using System.Collections.Generic;
using MinusOne.Hv.Memory;
using MinusOne.Hv.Vmx;
using MinusOne.Hv.X86;

namespace MinusOne.Tests.Unit.SoftCpu;

internal sealed unsafe class SoftProcessor
{
    public Dictionary<uint, ulong> Msrs { get; } = [];

    public Dictionary<(uint Leaf, uint Subleaf), CpuidResult> CpuidLeaves { get; } = [];

    public ulong Cr0 { get; set; } = 0x8001_0033;

    public ulong Cr2 { get; set; }

    public ulong Cr3 { get; set; }

    public ulong Cr4 { get; set; } = 0x668;

    public ulong Xcr0 { get; set; } = 1;

    public ulong Tsc { get; set; }

    public CpuidResult Cpuid(uint leaf, uint subleaf) =>
        CpuidLeaves.TryGetValue((leaf, subleaf), out CpuidResult result) ? result : default;

    public ulong ReadTsc() => Tsc += 10;

    public ulong ReadMsr(uint msr) =>
        TryReadMsr(msr, out ulong value) ? value : throw new InvalidOperationException($"#GP: RDMSR {msr:X}");

    public void WriteMsr(uint msr, ulong value)
    {
        if (!TryWriteMsr(msr, value))
        {
            throw new InvalidOperationException($"#GP: WRMSR {msr:X} {value:X}");
        }
    }

    public bool TryReadMsr(uint msr, out ulong value) => Msrs.TryGetValue(msr, out value);

    public bool TryWriteMsr(uint msr, ulong value)
    {
        if (!Msrs.ContainsKey(msr))
        {
            return false;
        }

        Msrs[msr] = value;
        return true;
    }

    public bool TryWriteXcr0(ulong value)
    {
        if ((value & 1) == 0 || (value & 6) == 4)
        {
            return false;
        }

        Xcr0 = value;
        return true;
    }

    public void WriteCr0(ulong value) => Cr0 = value;

    public void WriteCr4(ulong value) => Cr4 = value;

    public uint In(ushort port, int bytes) => throw new InvalidOperationException($"IN {port:X}, {bytes}");

    public void Out(ushort port, int bytes, uint value) => throw new InvalidOperationException($"OUT {port:X}, {bytes}, {value:X}");

    public VmxResult VmxOn(Hpa region) => throw new InvalidOperationException("#UD: VMXON");

    public VmxResult VmxOff() => throw new InvalidOperationException("#UD: VMXOFF");

    public VmxResult VmClear(Hpa region) => throw new InvalidOperationException("#UD: VMCLEAR");

    public VmxResult VmPtrLoad(Hpa region) => throw new InvalidOperationException("#UD: VMPTRLD");

    public ulong VmRead(uint field) => throw new InvalidOperationException("#UD: VMREAD");

    public void VmWrite(uint field, ulong value) => throw new InvalidOperationException("#UD: VMWRITE");

    public VmxResult TryVmRead(uint field, out ulong value) => throw new InvalidOperationException("#UD: VMREAD");

    // What is remembered of EPT; null outside VMX operation.
    public EptTlb EptTlb { get; set; }

    public VmxResult InvEpt(InvEptKind kind, InvEptDescriptor descriptor) =>
        EptTlb?.Invalidate(kind, descriptor) ?? throw new InvalidOperationException("#UD: INVEPT");

    public VmxResult InvVpid(InvVpidKind kind, InvVpidDescriptor descriptor) => throw new InvalidOperationException("#UD: INVVPID");

    public VmxResult Enter(GuestRegisters* registers) => throw new InvalidOperationException("#UD: VMLAUNCH");
}
