// Why the hypervisor will not start on this processor, and what the user can do about it. One sentence each.

namespace MinusOne.Hv.Report;

internal static class Refusals
{
    public static ReadOnlySpan<byte> Sentence(Refusal refusal) => refusal switch
    {
        Refusal.NotIntel =>
            "this is not an Intel processor, and MinusOne needs VT-x; under QEMU use KVM with nesting on an Intel "u8 +
            "machine, or --machine bochs"u8,
        Refusal.NoVmx =>
            "this processor does not announce VT-x (CPUID.1:ECX.VMX is 0); take one that has it, or let the "u8 +
            "hypervisor below pass it on"u8,
        Refusal.LockedOff =>
            "VT-x is locked off in the firmware set-up; enable 'Intel Virtualization Technology' there, then "u8 +
            "switch the machine off and on"u8,
        Refusal.NoSecondaryControls =>
            "this processor's VT-x is of the first generation (no secondary controls, so no EPT); MinusOne needs "u8 +
            "one of 2010 or later"u8,
        Refusal.NoEpt =>
            "this processor has VT-x but no EPT (extended page tables); MinusOne needs one of 2010 or later"u8,
        Refusal.NoFourLevelWriteBackEpt =>
            "this processor's EPT cannot walk four levels in write-back memory; MinusOne needs both"u8,
        Refusal.NoInvept =>
            "this processor has EPT but not INVEPT; MinusOne needs it to take memory away from a guest"u8,
        Refusal.NoUnrestrictedGuest =>
            "this processor has EPT but no unrestricted guest (real mode under VT-x); MinusOne needs one of 2010 "u8 +
            "or later"u8,
        Refusal.NoIoBitmaps =>
            "this processor's VT-x has no I/O bitmaps; MinusOne needs them"u8,
        Refusal.NoMsrBitmaps =>
            "this processor's VT-x has no MSR bitmaps; MinusOne needs them"u8,
        Refusal.No64BitHost =>
            "this processor's VT-x cannot return to a 64-bit host; MinusOne is one"u8,
        Refusal.NoEferSwitch =>
            "this processor's VT-x cannot switch EFER on entry and exit; MinusOne needs that"u8,
        Refusal.FiveLevelPaging =>
            "firmware runs with five-level paging (LA57), which MinusOne does not take over; switch it off in the "u8 +
            "firmware set-up"u8,
        Refusal.NoMemory =>
            "firmware has no free page below 4 GiB; remove drivers or add memory"u8,
        Refusal.VmxonFailed =>
            "VMXON was refused although everything it asks for is there; please report the table above"u8,
        _ => default,
    };
}
