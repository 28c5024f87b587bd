// Every failure that a report can end with: its message, what it means, and the way out. The annex of the project's
// README is this table; a test compares them. Numbers by kind: 100h and the VM-instruction error (SDM 3C 32.4 VM
// Instruction Error Numbers), 200h and the exit reason of an entry failure, 300h and the guest's end, 400h and the
// exit reason of what nobody handles, 500h and the vector of an exception of the host's own.

using static MinusOne.Hv.Report.FailureWays;

namespace MinusOne.Hv.Report;

internal enum Failure : ushort
{
    [Explains("VMCALL in VMX root operation", "the hypervisor has called itself", Defect)] InstructionError1 = 0x101,
    [Explains("VMCLEAR: the address is none of a VMCS", "not page-aligned, or beyond the physical width", Defect)]
    InstructionError2,
    [Explains("VMCLEAR: the address is the VMXON region's", "two structures share a frame", Defect)] InstructionError3,
    [Explains("VMLAUNCH: the VMCS is not clear", "it has been launched already, VMRESUME would be right", Defect)]
    InstructionError4,
    [Explains("VMRESUME: the VMCS is not launched", "it was cleared, VMLAUNCH would be right", Defect)]
    InstructionError5,
    [Explains("VMRESUME after VMXOFF", "VT-x was off in between", Defect)] InstructionError6,
    [Explains("VM entry: the control fields are invalid", "the first audit line below names the broken rule",
        "take back the setting that asks for that bit (--set apicv=off); otherwise " + Defect)]
    InstructionError7,
    [Explains("VM entry: the host-state fields are invalid",
        "the first audit line below names the broken rule", Defect)]
    InstructionError8,
    [Explains("VMPTRLD: the address is none of a VMCS", "not page-aligned, or beyond the physical width", Defect)]
    InstructionError9,
    [Explains("VMPTRLD: the address is the VMXON region's", "two structures share a frame", Defect)] InstructionError10,
    [Explains("VMPTRLD: the VMCS has another revision", "something has written over its first bytes", Suspect)]
    InstructionError11,
    [Explains("VMREAD or VMWRITE: no such field", "this processor does not have the field", Defect)] InstructionError12,
    [Explains("VMWRITE: the field is read-only", "the hypervisor has written to exit information", Defect)]
    InstructionError13,
    [Explains("VMXON in VMX root operation", "VT-x is on already: another hypervisor is there",
        "start this one alone; switch off what firmware starts before it")]
    InstructionError15 = 0x10F,
    [Explains("VM entry: events are blocked by MOV SS",
        "the entry stands directly behind an instruction of the hypervisor's that loads SS", Defect)]
    InstructionError26 = 0x11A,
    [Explains("INVEPT or INVVPID: the operand is invalid", "the kind of invalidation, or the EPT pointer, is not one " +
        "that this processor has", "see what check says of INVEPT; otherwise " + Defect)]
    InstructionError28 = 0x11C,
    [Explains("there is no current VMCS", "the processor has forgotten it, or it was never loaded", Suspect)]
    NoCurrentStructure = 0x1FF,

    [Explains("VMRUN: the processor refuses this VMCB", "the first audit line below names the broken rule", Defect)]
    InvalidBlock = 0x200,
    [Explains("VM entry: the guest's state is invalid", "the first audit line below names the broken rule",
        "a guest that asked for that state in its configuration has to ask for another; otherwise " + Defect)]
    InvalidGuestState = 0x221,
    [Explains("VM entry: an MSR cannot be loaded", "the qualification is the number of the entry in the list", Defect)]
    MsrLoading = 0x222,
    [Explains("VM entry: machine check", "the machine reported broken hardware during the entry", Broken)]
    EntryMachineCheck = 0x229,

    [Explains("triple fault: an exception while a double fault was being delivered",
        "the guest has lost its handlers; " +
        "the lines below follow them", "correct what the guest has put into its IDT, GDT, TSS or tables")]
    TripleFault = 0x303,
    [Explains("shutdown", "the guest's processor has stopped itself", "see where it stands, below")] Shutdown,
    [Explains("it touched memory that it does not have", "there is neither memory nor a device at that address",
        "give the guest more memory (--memory), or an open bus, which answers with ones (--set openbus=on)")]
    IllegalAddress,
    [Explains("no memory left for it", "its quota, or the host's memory, is used up",
        "give the guest less memory or the machine more; run fewer guests at once")]
    OutOfMemory,
    [Explains("an exit that nobody handles",
        "the guest did something that is not offered to it, or was made to exit for it",
        "see the last exit below; a configuration that intercepts it has to do without")]
    UnhandledExit = 0x308,
    [Explains("it makes no progress", "the same exit at the same instruction again and again, or no exit and no move",
        "look at the instruction below: what it waits for does not come")]
    NoProgress,
    [Explains("an instruction on device memory that cannot be emulated", "it reached a device's registers with an " +
        "instruction that is not a plain access", "use MOV there, or let any instruction do it (--set openbus=on)")]
    Undecodable = 0x30B,
    [Explains("the machine has reported broken hardware", "an error that cannot be mended came while this guest ran",
        Broken)]
    MachineCheck = 0x311,

    [Explains("nested page fault: reserved bit", "an entry of the nested page tables has a bit that has to be 0",
        "the walk below shows the entry; " + Suspect)]
    NestedMisconfiguration = 0x430,
    [Explains("EPT misconfiguration", "an entry of the second-level tables has a reserved bit or a type that is none",
        "the walk below shows the entry; " + Suspect)]
    EptMisconfiguration,

    [Explains("host exception: divide error",
        "the hypervisor has divided by zero, or out of a register's range", Defect)]
    HostDivision = 0x500,
    [Explains("host exception: NMI", "the machine, or its firmware, has signalled trouble",
        "see what the machine's own log (firmware, BMC) says of that time; then have the machine tested")]
    HostNmi = 0x502,
    [Explains("host exception: invalid opcode",
        "the hypervisor's own code is damaged, or for another processor", Suspect)]
    HostInvalidOpcode = 0x506,
    [Explains("host exception: double fault", "the hypervisor's stack or tables are gone", Defect)]
    HostDoubleFault = 0x508,
    [Explains("host exception: general protection",
        "a value that the processor does not take, or a wild pointer", Defect)]
    HostGeneralProtection = 0x50D,
    [Explains("host exception: page fault",
        "the hypervisor has followed a pointer to where it has no memory; CR2 says where",
        Defect)]
    HostPageFault,
    [Explains("host exception: machine check", "the machine has reported broken hardware", Broken)]
    HostMachineCheck = 0x512,
    [Explains("host exception", "the hypervisor has broken a rule of the processor", Defect)] HostException = 0x5FF,
}

// Ways out that many have in common.
internal static class FailureWays
{
    public const string Defect = "a defect of the hypervisor: please report the lines below with the version";
    public const string Suspect = "test the machine's memory; if it is good, please report the lines below";
    public const string Broken = "have memory, processor and cooling tested; nothing here can help";
}
