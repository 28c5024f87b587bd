// What each stub may do: which instructions besides moves, sums and jumps; what memory, in terms of what its registers
// hold when it is called (r8+C:w4 writes four bytes at R8+12); and whom it calls. A stub without a row fails the tests.

namespace MinusOne.Tests.Unit.Stubs;

internal sealed record StubPolicy(string Name, string Special = "", string Memory = "", string Calls = "")
{
    public static StubPolicy[] All { get; } =
    [
        new("Cpuid", "cpuid", "r8+4:w4 r8+8:w4 r8+C:w4 r8:w4"),
        new("ReadTsc", "rdtsc"),
        new("Pause", "pause"),
        new("ReadMsr", "rdmsr"),
        new("WriteMsr", "wrmsr"),
        new("TryReadMsr", "rdmsr", "rdx+4:w4 rdx:w4"),
        new("TryWriteMsr", "wrmsr"),
        new("ReadXcr0", "xgetbv"),
        new("TryWriteXcr0", "xsetbv"),
        new("SaveExtendedState", "fxsave64 xsave64", "rcx:w0 rcx:w512"),
        new("RestoreExtendedState", "fxrstor64 xrstor64", "rcx:r0 rcx:r512"),
        new("ReadDebugRegister", "mov rax,dr0 mov rax,dr1 mov rax,dr2 mov rax,dr3 mov rax,dr6"),
        new("WriteDebugRegister", "mov dr0,rdx mov dr1,rdx mov dr2,rdx mov dr3,rdx mov dr6,rdx"),
        new("ReadCr0", "mov rax,cr0"),
        new("WriteCr0", "mov cr0,rcx"),
        new("ReadCr2", "mov rax,cr2"),
        new("WriteCr2", "mov cr2,rcx"),
        new("ReadCr3", "mov rax,cr3"),
        new("WriteCr3", "mov cr3,rcx"),
        new("ReadCr4", "mov rax,cr4"),
        new("WriteCr4", "mov cr4,rcx"),
        new("In8", "in"),
        new("Out8", "out"),
        new("Out16", "out"),
        new("ClearFrame", "stosq", "rcx:w8"),
        new("VmxOn", "vmxon"),
        new("VmxOff", "vmxoff"),
        new("VmClear", "vmclear"),
        new("VmPtrLoad", "vmptrld"),
        new("VmRead", "vmread", Calls: "VmcsFieldFailed"),
        new("VmWrite", "vmwrite", Calls: "VmcsFieldFailed"),
        new("TryAdvance", "vmread vmwrite"),
        new("TryVmRead", "vmread", "rdx:w8"),
        new("InvEpt", "invept", "rdx:r16"),
        new("InvVpid", "invvpid", "rdx:r16"),
        new("LoadDescriptorTables",
            "lgdt lidt ltr mov ds,eax mov es,eax mov fs,eax mov gs,eax mov ss,eax retf", "rcx:r10 rdx:r10"),
        new("RecoveryTableAddress"),
        new("InterruptEntriesAddress"),
        new("ExitAddress"),
        new("ImageBaseAddress"),
        new("NameArchiveAddress"),
        new("DisableInterrupts", "cli"),
        new("Halt", "hlt"),
        new("ContinueOnStack", "", "rcx-28:w8", "RunOnOwnStack"),
        new("CallFirmware", "mov cr3,rbx mov cr3,rdx mov rbx,cr3", "", "rcx"),
    ];
}
