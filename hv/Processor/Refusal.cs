// Why the hypervisor will not start on this processor, and what the user can do about it. One sentence each.
namespace MinusOne.Hv.Processor;

internal enum Refusal
{
    None,
    [Says("this processor is neither Intel's nor AMD's, and MinusOne knows VT-x and SVM only; take another machine")]
    UnknownMaker,
    [Says("this processor does not announce VT-x (CPUID.1:ECX.VMX is 0); take one that has it, or let the " +
        "hypervisor below pass it on")]
    NoVmx,
    [Says("VT-x is locked off in the firmware set-up; enable 'Intel Virtualization Technology' there, then " +
        "switch the machine off and on")]
    LockedOff,
    [Says("this processor's VT-x is of the first generation (no secondary controls, so no EPT); MinusOne needs " +
        "one of 2010 or later")]
    NoSecondaryControls,
    [Says("this processor has VT-x but no EPT (extended page tables); MinusOne needs one of 2010 or later")] NoEpt,
    [Says("this processor's EPT cannot walk four levels in write-back memory; MinusOne needs both")]
    NoFourLevelWriteBackEpt,
    [Says("this processor has EPT but not INVEPT; MinusOne needs it to take memory away from a guest")] NoInvept,
    [Says("this processor has EPT but no unrestricted guest (real mode under VT-x); MinusOne needs one of 2010 " +
        "or later")]
    NoUnrestrictedGuest,
    [Says("this processor's VT-x has no I/O bitmaps; MinusOne needs them")] NoIoBitmaps,
    [Says("this processor's VT-x has no MSR bitmaps; MinusOne needs them")] NoMsrBitmaps,
    [Says("this processor's VT-x cannot return to a 64-bit host; MinusOne is one")] No64BitHost,
    [Says("this processor's VT-x cannot switch EFER on entry and exit; MinusOne needs that")] NoEferSwitch,
    [Says("this processor does not announce SVM (CPUID.80000001H:ECX.SVM is 0); take one that has it, or let the " +
        "hypervisor below pass it on")]
    NoSvm,
    [Says("SVM is locked off in the firmware set-up; enable 'SVM Mode' (or 'AMD-V') there, then switch the machine " +
        "off and on")]
    SvmLockedOff,
    [Says("this processor has SVM but no nested paging; MinusOne needs one of 2008 or later, under QEMU " +
        "--cpu EPYC,+svm,+npt")]
    NoNestedPaging,
    [Says("firmware has no free page below 4 GiB; remove drivers or add memory")] NoMemory,
    [Says("VMXON was refused although everything it asks for is there; please report the table above")] VmxonFailed,
}
