// The VMX instructions. Each answers with a VmxResult made of the flags: CF is VMfailInvalid, ZF VMfailValid. The two
// that every exit uses, VMREAD and VMWRITE of known fields, cost one untaken branch instead.

using Iced.Intel;
using static Iced.Intel.AssemblerRegisters;

namespace MinusOne.Efi.Stubs;

internal static class VmxStubs
{
    // C# functions that the stubs call when a field does not exist.
    public const string FieldFailed = "VmcsFieldFailed";

    public static void Emit(StubBuilder stubs)
    {
        Regions(stubs);
        Fields(stubs);
        Invalidations(stubs);
    }

    private static void Regions(StubBuilder stubs)
    {
        Assembler c = stubs.Code;
        stubs.Begin("VmxOn"); // (address): the operand is in memory, the caller's home space for RCX serves
        c.mov(__qword_ptr[rsp + 8], rcx);
        c.vmxon(__qword_ptr[rsp + 8]);
        ReturnResult(c);

        stubs.Begin("VmxOff");
        c.vmxoff();
        ReturnResult(c);

        stubs.Begin("VmClear");
        c.mov(__qword_ptr[rsp + 8], rcx);
        c.vmclear(__qword_ptr[rsp + 8]);
        ReturnResult(c);

        stubs.Begin("VmPtrLoad");
        c.mov(__qword_ptr[rsp + 8], rcx);
        c.vmptrld(__qword_ptr[rsp + 8]);
        ReturnResult(c);
    }

    private static void Fields(StubBuilder stubs)
    {
        Assembler c = stubs.Code;
        Label failed = c.CreateLabel();
        stubs.Begin("VmRead"); // (field) -> value
        c.mov(ecx, ecx);
        c.vmread(rax, rcx);
        c.jbe(failed);
        c.ret();

        stubs.Begin("VmWrite"); // (field, value)
        c.mov(ecx, ecx);
        c.vmwrite(rcx, rdx);
        c.jbe(failed);
        c.ret();

        stubs.Place(ref failed);
        c.sub(rsp, 0x28);
        stubs.CallManaged(FieldFailed); // (field): does not return
        c.ud2();

        stubs.Begin("TryVmRead"); // (field, ulong*) -> VmxResult
        c.mov(ecx, ecx);
        c.vmread(__qword_ptr[rdx], rcx);
        ReturnResult(c);
    }

    private static void Invalidations(StubBuilder stubs)
    {
        Assembler c = stubs.Code;
        stubs.Begin("InvEpt"); // (kind, descriptor*)
        c.invept(rcx, __xmmword_ptr[rdx]);
        ReturnResult(c);

        stubs.Begin("InvVpid");
        c.invvpid(rcx, __xmmword_ptr[rdx]);
        ReturnResult(c);
    }

    // VmxResult in EAX. MOV leaves the flags alone, and CF is worth one.
    public static void MakeResult(Assembler c)
    {
        c.mov(eax, (int)VmxResult.Succeed);
        c.mov(ecx, 0);
        c.setc(al);
        c.setz(cl);
        c.lea(eax, __dword_ptr[rax + (rcx * (int)VmxResult.FailValid)]);
    }

    private static void ReturnResult(Assembler c)
    {
        MakeResult(c);
        c.ret();
    }
}
