// Exit qualification of an entry that failed on guest state. SDM 3C 28.8 VM-Entry Failures During or After Loading
// Guest State. For a failure in the MSR-load area the qualification is the number of the entry, counted from 1.

namespace MinusOne.Hv.Vmx.Qualifications;

internal enum EntryFailureQualification : ulong
{
    Unspecified = 0,
    PdpteLoading = 2,
    NmiInjectionBlockedByEvents = 3,
    InvalidVmcsLinkPointer = 4,
}
