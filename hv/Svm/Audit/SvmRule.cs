// Every rule that VMRUN checks, in the manual's order, and what it says. AMD APM 2 15.5.1 Basic Operation,
// Canonicalization and Consistency Checks, 15.20 Event Injection, 15.25.4 Nested Paging and VMRUN/#VMEXIT. Left out is
// what concerns shadow stacks, encrypted guests and virtual NMIs: nothing here turns them on. The upper half of a
// number is AuditStage.Vmrun.
namespace MinusOne.Hv.Svm.Audit;

internal enum SvmRule : uint
{
    None = 0,

    [Says("EFER.SVME of the guest must be 1")] SvmeIsClear = 0x500,
    [Says("CR0.NW needs CR0.CD")] NotWriteThroughNeedsCacheDisable,
    [Says("bits 63:32 of CR0 must be 0")] Cr0Upper,
    [Says("CR3 of a long-mode guest must lie within the physical-address width")] Cr3Width,
    [Says("a bit of CR4 is 1 that this processor does not have")] Cr4Reserved,
    [Says("bits 63:32 of DR6 must be 0")] Dr6Upper,
    [Says("bits 63:32 of DR7 must be 0")] Dr7Upper,
    [Says("a reserved bit of EFER is 1")] EferReserved,
    [Says("EFER.LME and CR0.PG need CR4.PAE")] LongModeNeedsPae,
    [Says("EFER.LME and CR0.PG need CR0.PE")] LongModeNeedsProtection,
    [Says("CS.L and CS.D must not both be 1 in long mode")] LongAndBig,
    [Says("VMRUN must be intercepted")] VmrunNotIntercepted,
    [Says("the I/O permission map must end within the physical-address width")] PortMapAddress,
    [Says("the MSR permission map must end within the physical-address width")] MsrMapAddress,
    [Says("the injected event is of a reserved type")] InjectionType,
    [Says("the injected exception has a vector that is no exception's")] InjectionVector,
    [Says("ASID 0 belongs to the host")] AsidIsZero,
    [Says("the ASID is not one that this processor has")] AsidTooHigh,
    [Says("nested paging is on, which this processor does not have")] NoNestedPaging,
    [Says("the guest's PAT holds something that is no memory type")] Pat,
    [Says("nested CR3 must be page-aligned and within the physical-address width")] NestedRoot,
}
