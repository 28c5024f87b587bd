// A small EFI application, written by hand in machine code: does to the machine what a test wants, as a firmware set-up
// would, and then starts the program that is to meet it so. UEFI specification 7.4 Image Services. Whatever fails is
// returned to firmware as it came.
//
//  1. What the test wants.
//  2. Ask which device this program was loaded from, and for that device's path.
//  3. Copy the path to the stack, up to its end, and append the name of the next file.
//  4. LoadImage, the test's load options if it has any, StartImage.

using System.IO;
using System.Runtime.InteropServices;
using System.Text;
using Iced.Intel;
using MinusOne.Efi.Firmware;
using MinusOne.Efi.Stubs;
using static Iced.Intel.AssemblerRegisters;

namespace MinusOne.Tests.Boot.Before;

internal abstract class ProgramBefore
{
    public const string Entry = "Before";

    // The frame: room for six arguments of a call, two results, the device path.
    protected const int FifthArgument = 0x20;
    protected const int Result = 0x30;
    protected const int Second = 0x38;
    private const int SixthArgument = 0x28;
    private const int DevicePath = 0x40;
    private const int Image = 0x840;
    private const int FrameSize = 0x850;

    private const int EndOfDevicePath = 0xFF7F;

    private static readonly System.Guid s_loadedImage = new("5B1B31A1-9562-11D2-8E3F-00A0C969723B");
    private static readonly System.Guid s_devicePath = new("09576E91-6D3F-11D2-8E39-00A0C969723B");

    private static readonly AssemblerRegister64[] s_kept = [rbx, rsi, rdi, r12, r13];

    // An object file with the program; `next` is the path of the file it starts, from the root of its own volume.
    public byte[] Make(string next)
    {
        var code = new Assembler(64);
        Write(code, next);
        var stream = new MemoryStream();
        code.Assemble(new StreamCodeWriter(stream), 0);
        var file = new CoffObject();
        file.Define(Entry, file.AddSection(".text", SectionFlags.Code, stream.ToArray()), 0);
        return file.ToArray();
    }

    // With boot services in RBX; RSI, RDI, R12 and R13 are free.
    protected abstract void Begin(Assembler c, Label end);

    // What the next program gets as its load options; none: whatever firmware gives it.
    protected virtual byte[] LoadOptions => [];

    // What it needs of constants.
    protected virtual void Data(Assembler c)
    {
    }

    private void Write(Assembler c, string next)
    {
        Label end = c.CreateLabel();
        Label loadedImage = c.CreateLabel();
        Label devicePath = c.CreateLabel();
        Label fileName = c.CreateLabel();
        Label options = c.CreateLabel();
        byte[] tail = PathTail(next);

        EnterFrame(c);
        Begin(c, end);
        c.mov(r12, __qword_ptr[rsp + Image]);
        FindProtocol(c, r12, loadedImage, end);
        c.mov(r13, __qword_ptr[rsi + OffsetOf<LoadedImage>(nameof(LoadedImage.DeviceHandle))]);
        FindProtocol(c, r13, devicePath, end);
        JoinPaths(c, fileName, tail.Length);
        LoadNext(c, end);
        if (LoadOptions.Length != 0)
        {
            FindProtocol(c, r13, loadedImage, end);
            c.lea(rax, __[options]);
            c.mov(__qword_ptr[rsi + OffsetOf<LoadedImage>(nameof(LoadedImage.LoadOptions))], rax);
            c.mov(__dword_ptr[rsi + OffsetOf<LoadedImage>(nameof(LoadedImage.LoadOptionsSize))], LoadOptions.Length);
        }

        StartNext(c, end);
        c.Label(ref end);
        LeaveFrame(c);

        Data(c, ref loadedImage, s_loadedImage.ToByteArray());
        Data(c, ref devicePath, s_devicePath.ToByteArray());
        Data(c, ref fileName, tail);
        Data(c, ref options, [.. LoadOptions, 0]);
        Data(c);
    }

    // RBX = boot services.
    private static void EnterFrame(Assembler c)
    {
        foreach (AssemblerRegister64 register in s_kept)
        {
            c.push(register);
        }

        c.sub(rsp, FrameSize);
        c.mov(__qword_ptr[rsp + Image], rcx);
        c.mov(rbx, __qword_ptr[rdx + OffsetOf<SystemTable>(nameof(SystemTable.BootServices))]);
    }

    // RSI = what `handle` has under the GUID at `protocol`.
    protected static void FindProtocol(Assembler c, AssemblerRegister64 handle, Label protocol, Label end)
    {
        c.mov(rcx, handle);
        c.lea(rdx, __[protocol]);
        c.lea(r8, __[rsp + Result]);
        Call(c, nameof(BootServices.HandleProtocol), end);
        c.mov(rsi, __qword_ptr[rsp + Result]);
    }

    // Device path nodes: type, subtype, 16-bit length, content.
    private static void JoinPaths(Assembler c, Label tail, int tailLength)
    {
        Label node = c.CreateLabel();
        Label joined = c.CreateLabel();
        c.lea(rdi, __[rsp + DevicePath]);
        c.Label(ref node);
        c.cmp(__word_ptr[rsi], EndOfDevicePath);
        c.je(joined);
        c.movzx(ecx, __word_ptr[rsi + 2]);
        c.rep.movsb();
        c.jmp(node);
        c.Label(ref joined);
        c.lea(rsi, __[tail]);
        c.mov(ecx, tailLength);
        c.rep.movsb();
    }

    // R13 = its handle.
    private static void LoadNext(Assembler c, Label end)
    {
        c.xor(ecx, ecx); // no boot policy
        c.mov(rdx, r12);
        c.lea(r8, __[rsp + DevicePath]);
        c.xor(r9d, r9d); // not from memory
        c.mov(__qword_ptr[rsp + FifthArgument], 0);
        c.lea(rax, __[rsp + Result]);
        c.mov(__qword_ptr[rsp + SixthArgument], rax);
        Call(c, nameof(BootServices.LoadImage), end);

        c.mov(r13, __qword_ptr[rsp + Result]);
    }

    private static void StartNext(Assembler c, Label end)
    {
        c.mov(rcx, r13);
        c.xor(edx, edx); // no exit data
        c.xor(r8d, r8d);
        Call(c, nameof(BootServices.StartImage), end);
    }

    protected static void Call(Assembler c, string service, Label end)
    {
        c.call(__qword_ptr[rbx + OffsetOf<BootServices>(service)]);
        c.test(rax, rax);
        c.jne(end);
    }

    private static void LeaveFrame(Assembler c)
    {
        c.add(rsp, FrameSize);
        for (int i = s_kept.Length - 1; i >= 0; i--)
        {
            c.pop(s_kept[i]);
        }

        c.ret();
    }

    protected static void Data(Assembler c, ref Label label, byte[] content)
    {
        c.Label(ref label);
        c.db(content);
    }

    // A file path node and the end. UEFI specification 10.3.5.4 File Path Media Device Path.
    private static byte[] PathTail(string path)
    {
        byte[] name = Encoding.Unicode.GetBytes(path + '\0');
        int length = 4 + name.Length;
        return [4, 4, (byte)length, (byte)(length >> 8), .. name, 0x7F, 0xFF, 4, 0];
    }

    protected static int OffsetOf<T>(string field) => (int)Marshal.OffsetOf<T>(field);
}
