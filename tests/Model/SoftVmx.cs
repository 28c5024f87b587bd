// VMX operation: VMXON, VMXOFF, VMCLEAR, VMPTRLD. SDM 3C Chapter 33 VMX Instruction Reference, operation sections.
// What a real processor answers with a fault throws; what it answers with VMfail is returned. The hypervisor's own
// accesses to the memory of a VMCS are caught as well as they can be: VMCLEAR writes all of it, and a VMCS is found
// again by a token in that memory.

using System.Collections.Generic;

namespace MinusOne.Tests.Model;

internal sealed partial class SoftVmx
{
    private const int RegionSize = 4096;
    private const ulong TokenOffset = 8;

    // Errors that the hypervisor does not look for: it only tells them.
    private const InstructionError CallInRootOperation = (InstructionError)1, ResumeAfterVmxoff = (InstructionError)6;
    private const InstructionError BlockedByMovSs = (InstructionError)26;

    private readonly SoftProcessor _cpu;

    // What the processor holds, by region; what VMCLEAR put into memory, by token.
    private readonly Dictionary<ulong, SoftVmcs> _active = [];
    private Dictionary<ulong, SoftVmcs> _saved = [];

    // Regions whose VMCS was launched when VMX operation ended.
    private readonly HashSet<ulong> _left = [];

    public SoftVmx(SoftProcessor cpu)
    {
        _cpu = cpu;
        Guest = new ScriptedGuest(cpu);
    }

    public bool IsOn { get; private set; }

    public Hpa VmxonRegion { get; private set; }

    public SoftVmcs Current { get; private set; }

    public SoftCapabilities Capabilities { get; private set; }

    // VMCSs that were loaded and not cleared: there should be none at VMXOFF.
    public int Active => _active.Count;

    // What VMCLEAR has put into memory is there for all processors.
    public void Share(SoftVmx other) => _saved = other._saved;

    public VmxResult VmxOn(Hpa region)
    {
        bool hasVmx = (_cpu.Cpuid(1, 0).Ecx & (1u << 5)) != 0;
        Require(hasVmx && (_cpu.Cr4 & (ulong)Cr4.VmxEnable) != 0, "#UD: VMXON without VMX or with CR4.VMXE clear");
        if (IsOn)
        {
            return Fail(InstructionError.VmxonInRootOperation);
        }

        var control = new FeatureControl(_cpu.ReadMsr((uint)Msr.FeatureControl));
        Require(control.IsLocked && control.AllowsVmx, $"#GP: VMXON with FEATURE_CONTROL {control.Raw:X}");
        string fault = ControlRegisterRules.Fixed(_cpu, _cpu.Cr0, Msr.VmxCr0Fixed0, Msr.VmxCr0Fixed1, 0)
            ?? ControlRegisterRules.Fixed(_cpu, _cpu.Cr4, Msr.VmxCr4Fixed0, Msr.VmxCr4Fixed1, 0);
        Require(fault == null, $"#GP: VMXON: {fault}");
        Capabilities = new SoftCapabilities(_cpu);
        _audited = VmxCapabilities.Read();
        _limits = RegisterLimits.Read();
        if (!IsRegion(region) || _cpu.Memory.Read<uint>(region) != Capabilities.RevisionId)
        {
            return VmxResult.FailInvalid;
        }

        VmxonRegion = region;
        IsOn = true;
        Current = null;
        return VmxResult.Succeed;
    }

    // What was not cleared is lost, but for its having been launched.
    public VmxResult VmxOff()
    {
        RequireOperation("VMXOFF");
        IsOn = false;
        Current = null;
        foreach ((ulong region, SoftVmcs vmcs) in _active)
        {
            if (vmcs.LaunchState == LaunchState.Launched)
            {
                _left.Add(region);
            }
        }

        _active.Clear();
        return VmxResult.Succeed;
    }

    public VmxResult VmClear(Hpa region)
    {
        RequireOperation("VMCLEAR");
        if (!IsRegion(region))
        {
            return Fail(InstructionError.VmclearInvalidAddress);
        }

        if (region == VmxonRegion)
        {
            return Fail(InstructionError.VmclearVmxonPointer);
        }

        SoftVmcs vmcs = _active.TryGetValue(region.Value, out SoftVmcs active) ? active : Find(region);
        vmcs.LaunchState = LaunchState.Clear;
        _left.Remove(region.Value);
        Save(vmcs);
        _active.Remove(region.Value);
        Current = Current?.Region == region ? null : Current;
        return VmxResult.Succeed;
    }

    public VmxResult VmPtrLoad(Hpa region)
    {
        RequireOperation("VMPTRLD");
        if (!IsRegion(region))
        {
            return Fail(InstructionError.VmptrldInvalidAddress);
        }

        if (region == VmxonRegion)
        {
            return Fail(InstructionError.VmptrldVmxonPointer);
        }

        if (_cpu.Memory.Read<uint>(region) != Capabilities.RevisionId)
        {
            return Fail(InstructionError.VmptrldIncorrectRevision);
        }

        if (!_active.TryGetValue(region.Value, out SoftVmcs vmcs))
        {
            vmcs = Find(region);
            vmcs.LaunchState = _left.Contains(region.Value) ? LaunchState.LaunchedBefore : vmcs.LaunchState;
            _active.Add(region.Value, vmcs);
        }

        Current = vmcs;
        return VmxResult.Succeed;
    }

    // VMCALL by the hypervisor itself, which nobody answers. SDM 3C 33.3 VMX Instructions, VMCALL.
    public VmxResult VmCall()
    {
        RequireOperation("VMCALL");
        return Fail(CallInRootOperation);
    }

    // VMfail: with a number where there is a VMCS to hold it.
    public VmxResult Fail(InstructionError error)
    {
        if (Current == null)
        {
            return VmxResult.FailInvalid;
        }

        Current[VmcsReadOnly32.InstructionError] = (uint)error;
        return VmxResult.FailValid;
    }

    private static void Require(bool holds, string fault)
    {
        if (!holds)
        {
            throw new SoftCpuException(fault);
        }
    }

    private void RequireOperation(string instruction)
    {
        Require(IsOn, $"#UD: {instruction} outside VMX operation");
        Require(!InGuest, $"{instruction}: the hypervisor does not run, a guest does");
    }

    private bool IsRegion(Hpa region) =>
        (region.Value & (RegionSize - 1)) == 0 && region.Value >> _cpu.PhysicalAddressBits == 0;

    private void Save(SoftVmcs vmcs)
    {
        ulong token;
        lock (_saved)
        {
            token = 0x4D56_0000_0000_0000 | ((ulong)_saved.Count + 1);
            _saved.Add(token, new SoftVmcs(vmcs.Region, vmcs));
        }

        _cpu.Memory.Bytes(vmcs.Region, RegionSize)[(int)TokenOffset..].Fill(0xC1);
        _cpu.Memory.Write(vmcs.Region + TokenOffset, token);
    }

    // What the region's memory says: a VMCS that was cleared into it, or one nobody knows anything about.
    private SoftVmcs Find(Hpa region)
    {
        ulong token = _cpu.Memory.Read<ulong>(region + TokenOffset);
        lock (_saved)
        {
            return _saved.TryGetValue(token, out SoftVmcs saved) ? new SoftVmcs(region, saved) : new SoftVmcs(region);
        }
    }
}
