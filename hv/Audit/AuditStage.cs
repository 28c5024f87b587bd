// The four stages in which an entry checks the VMCS; each fails in its own way. SDM 3C 28 VM Entries. The fifth is not
// checked by an entry at all: a broken exit area aborts the next exit. The value is the upper half of an AuditRule.

namespace MinusOne.Hv.Audit;

internal enum AuditStage : uint
{
    None = 0,

    // VMfailValid with error 7.
    Controls = 1,

    // VMfailValid with error 8.
    HostState = 2,

    // An exit with reason 0x8000_0021.
    GuestState = 3,

    // An exit with reason 0x8000_0022, the entry's number in its qualification.
    MsrLoading = 4,

    // A VMX abort when the guest exits.
    ExitMsrAreas = 5,
}
