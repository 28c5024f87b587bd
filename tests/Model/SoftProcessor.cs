// A processor in software, strict where real ones are lax: what it does not know, it refuses. It has ordinary state
// here: CPUID, MSRs, control registers, ports, time; VMX operation stands beside it (SoftVmx), and SVM (SoftSvm). A new
// one is bare: Presets makes the ones that are like processors.

using System;
using System.Collections.Concurrent;
using System.Collections.Generic;

namespace MinusOne.Tests.Model;

internal sealed class SoftProcessor
{
    private ulong _tsc;

    // The registers of the machine's I/O APIC that were written.
    public Dictionary<uint, uint> IoApic { get; } = [];

    // What a guest has left in it was made to go: VERW, and calls that no guest made.
    public List<string> Forgotten { get; } = [];

    // The processors that it has sent messages to, and how often it has waited for one.
    public List<uint> Messages { get; } = [];

    public int Waits { get; set; }

    // What happens when it waits for a message, or for anybody else.
    public Action Waited { get; set; }

    // Those of one machine, by the IDs of their local APICs: messages reach them, and waiting ends with one. Null: it
    // is alone.
    public ConcurrentDictionary<uint, SoftProcessor> Crew { get; init; }

    // The time of a machine in which several run at the same time passes by itself. Null: it passes with what is done.
    public Func<ulong> Clock { get; init; }

    // What the hypervisor has found out about it.
    public bool IsAmd { get; set; }

    public ulong ReadTicks { get; init; } = 10;

    public SoftProcessor()
    {
        Vmx = new SoftVmx(this);
        Svm = new SoftSvm(this);
        Apic = new SoftLocalApic(this);
    }

    public SoftMemory Memory { get; } = new();

    public SoftVmx Vmx { get; }

    public SoftSvm Svm { get; }

    public SoftPorts Ports { get; } = new();

    // Exits go to the short path first: only where the registers are those of a Vcpu.
    public bool HasShortPath { get; set; }

    // Exits that it finished.
    public int ShortExits { get; set; }

    // The script of every guest that has none of its own.
    public ScriptedGuest Guest => Vmx.Guest;

    public Dictionary<uint, ulong> Msrs { get; } = [];

    public Dictionary<(uint Leaf, uint Subleaf), CpuidResult> CpuidLeaves { get; } = [];

    // DR0-DR3 and DR6, which VMX does not switch.
    public ulong[] DebugRegisters { get; } = [0, 0, 0, 0, 0, 0, 0xFFFF_0FF0, 0x400];

    public SoftLocalApic Apic { get; }

    public ulong Cr0 { get; set; } = 0x8001_0033;

    public ulong Cr2 { get; set; }

    public ulong Cr3 { get; set; }

    public ulong Cr4 { get; set; } = 0x668;

    public ulong Cr8 { get; set; }

    public ulong Dr7 { get; set; } = 0x400;

    public ulong Xcr0 { get; set; } = 1;

    // What XSAVE manages: of the vector register the half that SSE has, and the one that came with AVX.
    public ulong Vector { get; set; }

    public ulong UpperVector { get; set; }

    public ulong Tsc
    {
        get => Clock?.Invoke() ?? _tsc;
        set => _tsc = value;
    }

    // What RDRAND gives; without it, that there is no number at the moment.
    public Func<ulong?> Random { get; set; }

    // A VM entry with translations that are remembered and no longer true goes well, as on hardware: for tests of what
    // such a guest sees. Otherwise it is refused, because some processor would have used them.
    public bool AllowsStaleEpt { get; set; }

    public int PhysicalAddressBits =>
        CpuidLeaves.TryGetValue((0x8000_0008, 0), out CpuidResult leaf) ? (int)(leaf.Eax & 0xFF) : 36;

    // CPUID.1:ECX.OSXSAVE mirrors CR4.
    public CpuidResult Cpuid(uint leaf, uint subleaf)
    {
        CpuidResult result = CpuidLeaves.TryGetValue((leaf, subleaf), out CpuidResult found) ? found : default;
        if (leaf == 1 && (Cr4 & (ulong)Hv.X86.Cr4.OsXsave) != 0)
        {
            result.Ecx |= 1u << 27;
        }

        return result;
    }

    public bool HasFeature(uint leaf, Func<CpuidResult, uint> register, int bit) =>
        (register(Cpuid(leaf, 0)) & (1u << bit)) != 0;

    // How long an emulated processor stands still before its TSC is read.
    public Func<ulong> Stall { get; set; } = () => 0;

    public ulong ReadTsc() => Clock?.Invoke() ?? (Tsc += ReadTicks + Stall());

    // Until so many ticks have passed, or there is an interrupt. Answers how many.
    public ulong Pass(ulong ticks)
    {
        if (Clock == null)
        {
            Tsc += ticks;
            return ticks;
        }

        ulong start = Tsc, passed = 0;
        while (passed < ticks && !Apic.IsPending)
        {
            Waited?.Invoke();
            passed = Tsc - start;
        }

        return Math.Min(passed, ticks);
    }

    // It reaches who is there, and nobody else.
    public void SendMessage(uint apicId)
    {
        Messages.Add(apicId);
        if (Crew != null && Crew.TryGetValue(apicId, out SoftProcessor other))
        {
            other.Apic.Receive((byte)Hv.Seam.Cpu.MessageVector);
        }
    }

    // With interrupts off it halts until there is one, and takes it.
    public void WaitForMessage()
    {
        Waits++;
        do
        {
            Waited?.Invoke();
        }
        while (Crew != null && !Apic.TryTake());
    }

    public ulong ReadMsr(uint msr) =>
        TryReadMsr(msr, out ulong value) ? value : throw new SoftCpuException($"#GP: RDMSR {msr:X}");

    public void WriteMsr(uint msr, ulong value)
    {
        if (!TryWriteMsr(msr, value))
        {
            throw new SoftCpuException($"#GP: WRMSR {msr:X} {value:X}");
        }
    }

    public bool TryReadMsr(uint msr, out ulong value)
    {
        bool known = Msrs.TryGetValue(msr, out value);
        value = known && msr == (uint)Msr.TimeStampCounter ? Tsc : value;
        return known;
    }

    public bool TryWriteMsr(uint msr, ulong value)
    {
        if (!Msrs.TryGetValue(msr, out ulong old) || !MsrRules.Allow(this, (Msr)msr, old, value))
        {
            return false;
        }

        Msrs[msr] = msr == (uint)Msr.Efer ? MsrRules.KeepLongModeActive(old, value) : value;
        Tsc = msr == (uint)Msr.TimeStampCounter ? value : Tsc;
        return true;
    }

    public bool TryRandom(out ulong value)
    {
        ulong? number = Random?.Invoke();
        value = number ?? 0;
        return number != null;
    }

    public ulong ReadXcr0()
    {
        RequireOsXsave("XGETBV");
        return Xcr0;
    }

    public bool TryWriteXcr0(ulong value)
    {
        RequireOsXsave("XSETBV");
        if (!ControlRegisterRules.AllowXcr0(this, value))
        {
            return false;
        }

        Xcr0 = value;
        return true;
    }

    public void WriteCr0(ulong value)
    {
        Refuse("CR0", value, ControlRegisterRules.FaultOfCr0(this, value, Vmx.IsOn));
        Cr0 = value;
    }

    public void WriteCr3(ulong value)
    {
        Refuse("CR3", value, ControlRegisterRules.FaultOfCr3(this, value));
        Cr3 = value;
    }

    public void WriteCr4(ulong value)
    {
        Refuse("CR4", value, ControlRegisterRules.FaultOfCr4(this, value, Vmx.IsOn));
        Cr4 = value;
    }

    private static void Refuse(string register, ulong value, string reason)
    {
        if (reason != null)
        {
            throw new SoftCpuException($"#GP: MOV to {register} of {value:X}: {reason}");
        }
    }

    private void RequireOsXsave(string instruction)
    {
        if ((Cr4 & (ulong)Hv.X86.Cr4.OsXsave) == 0)
        {
            throw new SoftCpuException($"#UD: {instruction} with CR4.OSXSAVE clear");
        }
    }
}
